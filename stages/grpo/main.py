"""grpo: one round of reinforcement learning from verified answers."""

import warnings

from recorded import COMPLETIONS, RecordedCompletions
from recorder import RolloutRecorder

from repro_sdk import Stage, StageFailure, run_stage
from repro_sdk.problems import read_problems
from repro_sdk.rollouts import PromptFormat
from repro_sdk.sampling import SamplingOptions

REPORTED = {
    "reward": "reward",
    "loss": "loss",
    "grad_norm": "grad_norm",
    "entropy": "entropy",
    "completions/mean_length": "mean_length",
    "completions/clipped_ratio": "truncated",
    "frac_reward_zero_std": "groups_without_signal",
    "identical_groups": "identical_groups",
}


def program(stage: Stage) -> None:
    stage.accept_interruptions()
    stage.begin_torch()
    from repro_sdk.model_files import load_tokenizer
    from repro_sdk.training_run import TrainingRun

    problems = read_problems(stage.inputs["problems"])
    tokenizer = load_tokenizer(stage.inputs["model"])
    recorder = rollout_recorder(stage, problems)
    run = TrainingRun(stage, recorder.logs, {"mean_rewards": recorder.mean_rewards})
    trainer = run.train(lambda: new_trainer(stage, tokenizer, problems, recorder))
    recorder.close()
    if trainer is None:
        return
    run.save(trainer.model, tokenizer)
    tail = recorder.mean_rewards[-max(1, len(recorder.mean_rewards) // 10) :]
    stage.value("mean_reward", sum(tail) / len(tail))


def rollout_recorder(stage: Stage, problems) -> RolloutRecorder:
    params = stage.params
    recorded = stage.inputs.get("recorded")
    recorder = RolloutRecorder(
        logs={"rollouts": stage.outputs.get("rollouts"), "completions": stage.outputs["boundaries"] / COMPLETIONS},
        problems=problems,
        samples=params["samples"],
        options=SamplingOptions.from_params(params),
        form=PromptFormat(params["chat"], params["answer_style"]),
        seed=stage.seed,
        recorded=None if recorded is None else RecordedCompletions(recorded / COMPLETIONS),
    )
    recorder.most_identical = params["most_identical"]
    return recorder


def new_trainer(stage: Stage, tokenizer, problems, recorder: RolloutRecorder):
    """TRL's GRPOTrainer over the input model, for `steps` optimizer steps, resuming exactly."""
    from datasets import Dataset
    from trl import GRPOTrainer

    from repro_sdk.exact_trainer import ExactResume
    from repro_sdk.model_files import load_model
    from repro_sdk.training import StageReporter, drop_console_callbacks

    class ExactGRPOTrainer(ExactResume, GRPOTrainer): ...

    # `rollout_func` is marked experimental; trl is pinned, and test_grpo.py covers it.
    warnings.filterwarnings("ignore", message=".*rollout_func.*experimental")
    trainer = ExactGRPOTrainer(
        model=load_model(stage.inputs["model"]),
        reward_funcs=recorder.rewards,  # pyright: ignore[reportArgumentType] (a list is invariant; trl takes it)
        rollout_func=recorder.draw,
        args=trainer_config(stage.params, stage.seed),
        train_dataset=Dataset.from_list([{"prompt": problem["prompt"]} for problem in problems]),
        processing_class=tokenizer,
    )
    drop_console_callbacks(trainer)
    StageReporter(stage, REPORTED).attach(trainer)
    return trainer


def trainer_config(params, seed: int):
    """The params of stage.yaml in TRL's words."""
    from trl import GRPOConfig

    from repro_sdk.training import common_arguments

    rollouts, accumulation = params["prompts_per_step"] * params["samples"], params["accumulation"]
    if rollouts % accumulation:
        raise StageFailure(f"accumulation ({accumulation}) must divide prompts_per_step times samples ({rollouts}).")
    return GRPOConfig(
        **common_arguments(params, seed),
        per_device_train_batch_size=rollouts // accumulation,
        gradient_accumulation_steps=accumulation,
        num_generations=params["samples"],
        max_completion_length=params["max_new_tokens"],
        temperature=params["temperature"],
        top_k=params["top_k"],
        top_p=params["top_p"],
        epsilon=params["epsilon"],
        epsilon_high=params["epsilon_high"],
        beta=params["beta"],
        num_iterations=params["iterations"],
        loss_type=params["loss"],
        scale_rewards=params["scale_rewards"],
        mask_truncated_completions=params["mask_truncated"],
    )


if __name__ == "__main__":
    run_stage(program)
