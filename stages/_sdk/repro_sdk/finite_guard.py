"""Watches a trainer for NaN and infinities: `FiniteGuard("stop").attach(trainer)`. Importing this imports transformers.

A training that diverges goes on without a word: HF and TRL leave NaN out of
what they log, and a NaN weight computes as fast as any other. Looked at in every
step: rewards, advantages and log-probabilities of what was drawn, the loss of
each forward pass, gradients before they are clipped, their norm, weights,
buffers and the optimizer's moments after the update. It reads, and changes nothing.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any

import torch
from transformers import TrainerCallback

from .failure import StageFailure
from .listening import listen
from .nonfinite import are_finite, findings, spelt
from .training_state import optimizer_tensors, persistent_buffers

STOP, RECORD = "stop", "record"


class FiniteGuard(TrainerCallback):
    """Ends a training with a `StageFailure` after the first step in which a number is none.

    That step is still traced and logged, so that both say what was found; nothing later is written. Attach it after the
    callbacks that write.

    Args:
        mode: `stop`; or `record`, which only says so in the log, once.
    """

    def __init__(self, mode: str) -> None:
        self._mode = mode
        self._trainer: Any = None
        self._found: str | None = None
        self._told = False
        self._losses: list[Any] = []
        self._has_gradients = False
        self._moments: dict[str, Any] | None = None

    def attach(self, trainer: Any) -> FiniteGuard:
        """Watch this trainer. Once for each trainer, before it trains."""
        self._trainer = trainer
        self._parameters = dict(trainer.model.named_parameters())
        self._buffers = persistent_buffers(trainer.model)
        trainer.add_callback(self)
        listen(trainer, "training_step", after=self._losses.append)
        listen(trainer, "_clip_grad_norm", before=self._on_gradients)
        listen(trainer, "_get_grad_norm", before=self._on_gradients, after=self._on_norm)
        if hasattr(trainer, "_generate_and_score_completions"):
            listen(trainer, "_calculate_rewards", after=lambda rewards: self._look("rollouts", {"rewards": rewards}))
            listen(
                trainer,
                "_generate_and_score_completions",
                after=lambda drawn: self._look("rollouts", tensors_of(drawn)),
            )
        return self

    def on_step_begin(self, args, state, control, **kwargs) -> None:
        self._losses.clear()
        self._has_gradients = False

    def on_step_end(self, args, state, control, optimizer=None, **kwargs) -> None:
        # The same tensors in every step, which the update changes in place: named once, and looked at together.
        if self._moments is None:
            self._moments = moments(self._parameters, optimizer)
        # An infinity in a buffer may be meant: masks are made of them.
        self._look(
            "buffers", {name: each for name, each in self._buffers.items() if bool(each.isnan().any())}, after=True
        )
        if not are_finite([*self._parameters.values(), *self._moments.values()]):
            self._look("weights", self._parameters, after=True)
            self._look("optimizer", self._moments, after=True)

    def on_log(self, args, state, control, **kwargs) -> None:
        if self._found is None:
            return
        what = f"Step {state.global_step} of {state.max_steps}: {self._found}"
        if self._mode == STOP:
            raise StageFailure(
                f"{what}; the training has diverged: lower `learning_rate` (it is {args.learning_rate:g}) or `max_grad_norm` "
                f"(it is {args.max_grad_norm:g}), or say `on_nonfinite: record` to go on and keep it in the metrics."
            )
        if not self._told:
            print(f"{what}; going on, as `on_nonfinite: record` asks.", file=sys.stderr, flush=True)
        self._told, self._found = True, None

    def _on_gradients(self, *_: Any, **__: Any) -> None:
        # Clipping multiplies all of them by the same factor, which is NaN when one is: look before, and once.
        if self._has_gradients:
            return
        self._has_gradients = True
        self._on_losses()
        self._look("gradient", {name: p.grad for name, p in self._parameters.items() if p.grad is not None})

    def _on_losses(self) -> None:
        for number, loss in enumerate(self._losses):
            if self._found is None and not math.isfinite(loss):
                which = f" of forward pass {number + 1} of {len(self._losses)}" if len(self._losses) > 1 else ""
                self._found = f"the loss{which} is {spelt(float(loss))}"

    def _on_norm(self, norm: Any) -> None:
        if self._found is None and not math.isfinite(norm):
            self._found = f"the gradient norm is {spelt(float(norm))}"

    def _look(self, what: str, tensors: Mapping[str, Any], after: bool = False) -> None:
        if self._found is None and not self._told and not are_finite(tensors.values()):
            self._found = f"{WORDS[what]}{next(findings(tensors.items()))}{' after the update' if after else ''}"


WORDS = {
    "rollouts": "of the rollouts, ",
    "gradient": "of the gradient, ",
    "weights": "of the weights, ",
    "buffers": "of the buffers, ",
    "optimizer": "of the optimizer's state, ",
}


def tensors_of(drawn: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in drawn.items() if torch.is_tensor(value)}


def moments(parameters: Mapping[str, Any], optimizer: Any) -> dict[str, Any]:
    """The optimizer's tensors but its step counters, which only count."""
    return {name: value for name, value in optimizer_tensors(parameters, optimizer).items() if value.dim() > 0}
