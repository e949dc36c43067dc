"""sft: teach the format and a first bit of skill from demonstrations."""

from demonstrations import tokenized_demonstrations
from repro_sdk import Stage, StageFailure, run_stage


def program(stage: Stage) -> None:
    stage.begin_torch()
    from repro_sdk.model_files import load_model, load_tokenizer, save_model

    params = stage.params
    tokenizer = load_tokenizer(stage.inputs["model"])
    rows = tokenized_demonstrations(tokenizer, stage.inputs["data"], params["max_length"], params["chat"])
    model = load_model(stage.inputs["model"])
    train(stage, model, tokenizer, rows)
    save_model(model, tokenizer, stage.outputs["model"], dtype=params["dtype"])


def train(stage: Stage, model, tokenizer, rows) -> None:
    """Run TRL's SFTTrainer for `steps` optimizer steps; changes `model` in place."""
    from datasets import Dataset
    from repro_sdk.training import StageReporter, drop_console_callbacks
    from trl import SFTTrainer

    trainer = SFTTrainer(
        model=model,
        args=trainer_config(stage.params, stage.seed),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        callbacks=[StageReporter(stage, {"loss": "loss", "grad_norm": "grad_norm", "learning_rate": "learning_rate"})],
    )
    drop_console_callbacks(trainer)
    trainer.train()


def trainer_config(params, seed: int):
    """The params of stage.yaml in TRL's words."""
    from repro_sdk.training import common_arguments
    from trl import SFTConfig

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
