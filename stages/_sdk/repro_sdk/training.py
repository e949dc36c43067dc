"""What both trainers share: quiet arguments and a reporter.

Importing this module imports transformers.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from transformers import PrinterCallback, ProgressCallback, TrainerCallback

from .failure import StageFailure
from .stage import Stage


def common_arguments(params: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """TrainingArguments that every trainer stage sets alike. Raises for a learning rate that no weight can be changed by.

    Nothing is saved by the trainer itself: its checkpoints hold absolute paths
    and step times. `full_determinism` stays off because it would overwrite
    CUBLAS_WORKSPACE_CONFIG after CUDA may have started; the SDK has already
    set what it sets.
    """
    if params["learning_rate"] > torch.finfo(torch.float32).max:
        raise StageFailure(
            f"`learning_rate` is {params['learning_rate']:g}, which is larger than any float32; lower it."
        )
    return {
        "output_dir": "tmp/trainer",
        "max_steps": params["steps"],
        "learning_rate": params["learning_rate"],
        "lr_scheduler_type": params["schedule"],
        "warmup_steps": params["warmup_steps"],
        "weight_decay": params["weight_decay"],
        "max_grad_norm": params["max_grad_norm"],
        "bf16": params["dtype"] == "bfloat16",
        # transformers refuses bfloat16 on a CPU unless it is told that a CPU is meant.
        "use_cpu": params["dtype"] == "bfloat16" and not torch.cuda.is_available(),
        "gradient_checkpointing": params["gradient_checkpointing"],
        "optim": optimizer_name(),
        "seed": seed % 2**32,
        "data_seed": seed % 2**32,
        "logging_steps": 1,
        "logging_first_step": True,
        # With the filter on, a loss that is NaN is logged as the mean of those before it, or as 0.
        "logging_nan_inf_filter": False,
        "report_to": "none",
        "save_strategy": "no",
        "disable_tqdm": True,
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": False,
        "full_determinism": False,
    }


def optimizer_name() -> str:
    """AdamW as every CPU computes it, where the contract asks for that.

    The fused one takes the processor's own square roots. Since `square_roots`
    the plain one would do, but its other steps are rounded in another order.
    """
    return "adamw_torch_fused" if os.environ.get("REPRO_PORTABLE") == "1" else "adamw_torch"


def drop_console_callbacks(trainer: Any) -> None:
    """Nothing prints but the runner."""
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)


class StageReporter(TrainerCallback):
    """Copies named numbers of the trainer's log into metrics and progress.

    `names` maps the trainer's name to ours. Only named numbers pass: a trainer
    logs wall-clock times too, which have no place in metrics.jsonl.
    """

    def __init__(self, stage: Stage, names: Mapping[str, str]) -> None:
        self._stage = stage
        self._names = names
        self._started = time.monotonic()
        self._unfiltered: Callable[[], Mapping[str, list[float]]] = dict

    def attach(self, trainer: Any) -> None:
        """Report on this trainer."""
        trainer.add_callback(self)
        # TRL leaves NaN out of the means that it logs, and forgets what they were made of only afterwards.
        if hasattr(trainer, "_metrics"):
            self._unfiltered = lambda: trainer._metrics["train"]

    def on_log(self, args, state, control, logs=None, **kwargs) -> None:
        logs = logs or {}
        unfiltered = self._unfiltered()
        numbers = {
            ours: math.nan if any(map(math.isnan, unfiltered.get(theirs, ()))) else logs[theirs]
            for theirs, ours in self._names.items()
            if isinstance(logs.get(theirs), (int, float)) or unfiltered.get(theirs)
        }
        if not numbers:
            return
        self._stage.metrics(step=state.global_step, **numbers)
        rate = state.global_step / max(1e-9, time.monotonic() - self._started)
        self._stage.progress(state.global_step, state.max_steps, steps_per_second=round(rate, 3), **numbers)
