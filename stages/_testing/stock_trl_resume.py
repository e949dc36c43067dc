"""Which interruptions stock TRL survives bit for bit, and which `ExactResume` does: the same trainers, every step.

    python stages/_testing/stock_trl_resume.py

Each case trains a tiny model for eight steps. Then, for every step k, a new trainer goes on from k: stock TRL from the
checkpoint that it wrote there (`resume_from_checkpoint`), `ExactResume` from its own state. Compared are weights,
optimizer, random states and the data's cursor. GRPO generates with transformers' `generate`, as stock TRL does.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

STAGES = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(STAGES / "_testing"), str(STAGES / "_sdk"), str(STAGES / "_sdk" / "tests")]

STEPS = 8
# 24 rows. SFT: six a step, so four steps an epoch. GRPO: four prompts for each batch of rollouts, two samples of each.
CASES = {
    "SFT": ("sft", {"per_device_train_batch_size": 6}),
    "SFT, accumulation 2, dropout": (
        "sft",
        {"per_device_train_batch_size": 3, "gradient_accumulation_steps": 2, "dropout": 0.1},
    ),
    "SFT, data set that draws": ("sft", {"per_device_train_batch_size": 6, "draws": True}),
    "GRPO": ("grpo", {"per_device_train_batch_size": 8}),
    "GRPO, 2 iterations": ("grpo", {"per_device_train_batch_size": 8, "num_iterations": 2}),
    "GRPO, steps_per_generation 4": ("grpo", {"per_device_train_batch_size": 2, "steps_per_generation": 4}),
    "GRPO, accumulation 2, 4 per generation, 2 iterations": (
        "grpo",
        {
            "per_device_train_batch_size": 2,
            "steps_per_generation": 4,
            "gradient_accumulation_steps": 2,
            "num_iterations": 2,
        },
    ),
}


def main() -> None:
    from rig import CONTRACT

    if any(os.environ.get(name) != value for name, value in CONTRACT.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **CONTRACT})
    quiet()
    from repro_sdk.determinism import enforce_determinism

    enforce_determinism(1)
    print(f"{'':52} {'stock TRL':>{STEPS}}  ExactResume    (each step k: = exact, x other bits)")
    for name, (kind, options) in CASES.items():
        print(f"{name:52} {stock(kind, options):>{STEPS}}  {exact(kind, options):>11}", flush=True)


def stock(kind: str, options: dict) -> str:
    with tempfile.TemporaryDirectory() as folder:
        whole = trainer_of(kind, options, folder, save_strategy="steps", save_steps=1)
        whole.train()
        expected = digest(whole)
        return "".join(mark(expected, lambda k=k: stock_from(kind, options, folder, k)) for k in range(1, STEPS))


def stock_from(kind: str, options: dict, folder: str, step: int) -> str:
    trainer = trainer_of(kind, options, folder)
    trainer.train(resume_from_checkpoint=f"{folder}/checkpoint-{step}")
    return digest(trainer)


def exact(kind: str, options: dict) -> str:
    with tempfile.TemporaryDirectory() as folder:
        states: dict = {}
        whole = trainer_of(kind, options, folder, is_exact=True)
        whole.add_callback(every_state())
        whole.train_from(None, lambda state: states.update({state.step: kept(state)}))
        expected = digest(whole)
        return "".join(
            mark(expected, lambda k=k: exact_from(kind, options, folder, states[k])) for k in range(1, STEPS)
        )


def exact_from(kind: str, options: dict, folder: str, state) -> str:
    trainer = trainer_of(kind, options, folder, is_exact=True)
    trainer.train_from(state, lambda _: None)
    return digest(trainer)


def mark(expected: str, again) -> str:
    return "=" if again() == expected else "x"


def kept(state):
    from repro_sdk.training_state import TrainingState

    return TrainingState(
        state.step, {name: tensor.detach().clone() for name, tensor in state.tensors.items()}, state.facts
    )


def digest(trainer) -> str:
    from repro_sdk.random_state import random_states
    from repro_sdk.tensor_digest import tensors_digest
    from repro_sdk.training_state import optimizer_tensors

    parameters = dict(trainer.model.named_parameters())
    parts = (parameters, optimizer_tensors(parameters, trainer.optimizer), random_states())
    return " ".join(map(tensors_digest, parts))


def every_state():
    from transformers import TrainerCallback

    class EveryState(TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            control.should_save = True

    return EveryState()


def trainer_of(kind: str, options: dict, folder: str, is_exact: bool = False, **saving) -> Any:
    from tiny import tiny_model, tiny_tokenizer  # pyright: ignore[reportMissingImports] (the SDK's tests)
    from trl import GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

    from repro_sdk.exact_trainer import ExactResume
    from repro_sdk.training import drop_console_callbacks

    options = dict(options)
    model = tiny_model()
    for layer in model.model.layers:
        layer.self_attn.attention_dropout = options.get("dropout", 0.0)
    draws = options.pop("draws", False)
    options.pop("dropout", None)
    config = {
        "output_dir": folder, "max_steps": STEPS, "seed": 7, "learning_rate": 1e-2, "logging_steps": 1, "report_to": "none",
        "disable_tqdm": True, "bf16": False, "use_cpu": True, "gradient_checkpointing": False, "dataloader_pin_memory": False,
        **({"save_strategy": "no"} | saving), **options,
    }  # fmt: skip
    stock_class = SFTTrainer if kind == "sft" else GRPOTrainer
    trainer_class: Any = type("Exact", (ExactResume, stock_class), {}) if is_exact else stock_class
    if kind == "sft":
        own = {"args": SFTConfig(max_length=16, completion_only_loss=True, **config), "train_dataset": demonstrations()}
    else:
        # 24 prompts, four at a time.
        grpo = GRPOConfig(num_generations=2, max_completion_length=3, **config)
        own = {"args": grpo, "train_dataset": prompts(), "reward_funcs": reward}
    trainer = trainer_class(model=model, processing_class=tiny_tokenizer(), **own)
    drop_console_callbacks(trainer)
    if draws:
        trainer.train_dataset = trainer.train_dataset.with_transform(redrawn)
    return trainer


def demonstrations():
    from datasets import Dataset

    mask = [0] * 4 + [1] * 2
    rows = [
        {"input_ids": [2 + i % 10, 12, 2 + i // 10, 14, 2 + (i * 7) % 10, 1], "completion_mask": mask}
        for i in range(24)
    ]
    return Dataset.from_list(rows)


def redrawn(batch):
    """A data set that draws from the global generator when it is read: dropped tokens, augmentation, and the like."""
    import torch

    return {**batch, "input_ids": [[*ids[:-2], 2 + int(torch.randint(10, ())), 1] for ids in batch["input_ids"]]}


def prompts():
    from datasets import Dataset

    return Dataset.from_list([{"prompt": f"{i % 10}+{i // 10}="} for i in range(24)])


def reward(completions, **_) -> list[float]:
    return [float(sum(map(ord, completion)) % 5) for completion in completions]


def quiet() -> None:
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    import datasets
    from transformers.utils.logging import disable_progress_bar

    datasets.disable_progress_bars()
    disable_progress_bar()


if __name__ == "__main__":
    main()
