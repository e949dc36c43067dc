"""sft: teach the format and a first bit of skill from demonstrations."""

from demonstrations import tokenized_demonstrations

from repro_sdk import Stage, StageFailure, run_stage


def program(stage: Stage) -> None:
    stage.accept_interruptions()
    stage.begin_torch()
    from repro_sdk.model_files import load_tokenizer
    from repro_sdk.training_run import TrainingRun

    params = stage.params
    tokenizer = load_tokenizer(stage.inputs["model"])
    rows = tokenized_demonstrations(tokenizer, stage.inputs["data"], params["max_length"], params["chat"])
    run = TrainingRun(stage)
    trainer = run.train(lambda: new_trainer(stage, tokenizer, rows))
    if trainer is not None:
        run.save(trainer.model, tokenizer)


def new_trainer(stage: Stage, tokenizer, rows):
    """TRL's SFTTrainer over the input model, for `steps` optimizer steps, resuming exactly."""
    from datasets import Dataset
    from trl import SFTTrainer

    from repro_sdk.exact_trainer import ExactResume
    from repro_sdk.model_files import load_model
    from repro_sdk.training import StageReporter, drop_console_callbacks

    class ExactSFTTrainer(ExactResume, SFTTrainer): ...

    trainer = ExactSFTTrainer(
        model=load_model(stage.inputs["model"]),
        args=trainer_config(stage.params, stage.seed),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )
    drop_console_callbacks(trainer)
    StageReporter(stage, {"loss": "loss", "grad_norm": "grad_norm", "learning_rate": "learning_rate"}).attach(trainer)
    return trainer


def trainer_config(params, seed: int):
    """The params of stage.yaml in TRL's words."""
    from trl import SFTConfig

    from repro_sdk.training import common_arguments

    batch, accumulation = params["batch_size"], params["accumulation"]
    if batch % accumulation:
        raise StageFailure(f"accumulation ({accumulation}) must divide batch_size ({batch}).")
    return SFTConfig(
        **common_arguments(params, seed),
        per_device_train_batch_size=batch // accumulation,
        gradient_accumulation_steps=accumulation,
        max_length=params["max_length"],
        completion_only_loss=True,
        packing=False,
    )


if __name__ == "__main__":
    run_stage(program)
