"""Exact resume for HF and TRL trainers: put `ExactResume` before the trainer's class.

    class ExactGRPOTrainer(ExactResume, GRPOTrainer): ...

What stock trainers lack, and what is done about it here:

- TRL's `_step` and `_buffered_inputs` are in no checkpoint: a generation window starts over. Here they are part of the state.
- TRL's `RepeatSampler` carries a generator from epoch to epoch, and a resumed one replays epoch 0. Here the order of an
  epoch is a function of (seed, epoch), the same one that an uninterrupted stock run has.
- transformers carries a loss that is not finite into every later one. Here each step logs its own.
- A resumed last step would be trained twice, and an unlogged loss be lost. Here neither happens.

One thing stays the caller's: a data set must not draw random numbers when it is
read, because batches are fetched ahead of their step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import Sampler

from .training_state import (
    TrainingState,
    put_model_back,
    put_optimizer_back,
    put_rest_back,
    state_of,
    write_trainer_state,
)

if TYPE_CHECKING:
    from transformers import Trainer as _Trained
else:
    _Trained = object


class ExactResume(_Trained):
    """A trainer that starts from any `TrainingState`, and gives its own when a callback sets `should_save`."""

    _start: TrainingState | None = None
    _on_state: Callable[[TrainingState], None] | None = None
    _epoch_now = 0

    def train_from(self, start: TrainingState | None, on_state: Callable[[TrainingState], None]) -> None:
        """Train from `start` (None: the beginning) to `max_steps`.

        `on_state` gets the state after each step for which a callback set `control.should_save` in `on_step_end`, after
        that step was logged. It may raise to end the training.
        """
        self._start, self._on_state = start, on_state
        if start is None:
            self.train()
        elif start.step < self.args.max_steps:
            folder = write_trainer_state(start, Path(str(self.args.output_dir)) / "resumed")
            self.train(resume_from_checkpoint=str(folder))
        else:
            put_model_back(self, start)

    def _load_from_checkpoint(self, *_: Any) -> None:
        put_model_back(self, _given(self._start))

    def _load_optimizer_and_scheduler(self, *_: Any) -> None:
        if self._start is not None:
            put_optimizer_back(self, self._start)

    def _load_scaler(self, *_: Any) -> None:
        pass

    def _load_rng_state(self, *_: Any) -> None:
        # The last thing before the first step: after the data loader has drawn its seed and fetched its batch.
        put_rest_back(self, _given(self._start))

    def log(self, *args: Any, **kwargs: Any) -> None:
        # transformers has just taken the logged loss off itself, and NaN less NaN is NaN: later losses would be, too.
        self._tr_loss.zero_()
        super().log(*args, **kwargs)

    def _save_checkpoint(self, *_: Any) -> None:
        if self._on_state is not None:
            self._on_state(state_of(self))

    def _run_epoch(self, *args: Any, **kwargs: Any) -> None:
        self._epoch_now = kwargs["epoch"]
        super()._run_epoch(*args, **kwargs)

    def _get_train_sampler(self, *args: Any) -> Any:
        sampler = super()._get_train_sampler(*args)
        return EpochSampler(sampler, lambda: self._epoch_now) if _carries_a_generator(sampler) else sampler


def _given(start: TrainingState | None) -> TrainingState:
    # transformers asks for it only where it was told to resume.
    assert start is not None
    return start


class EpochSampler(Sampler):
    """TRL's `RepeatSampler` with the order of each epoch a function of (seed, epoch).

    The order is the one that the wrapped sampler has in its (epoch + 1)th use.
    """

    def __init__(self, sampler: Any, epoch: Callable[[], int]) -> None:
        self.sampler = sampler
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.sampler.seed)
        for _ in range(self._epoch()):
            torch.randperm(self.sampler.num_samples, generator=generator)
        self.sampler.generator = generator
        return iter(self.sampler)

    def __len__(self) -> int:
        return len(self.sampler)


def _carries_a_generator(sampler: Any) -> bool:
    return hasattr(sampler, "mini_repeat_count") and sampler.shuffle and sampler.seed is not None
