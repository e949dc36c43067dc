"""A trace of an HF or TRL trainer: `TraceCallback(writer).attach(trainer)`. Importing this imports transformers.

HF calls callbacks after gradients are clipped, and shows them neither batch nor
rollouts, so the callback also listens at a few of the trainer's methods. It
passes on what they take and give unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from transformers import TrainerCallback

from .listening import listen
from .random_state import random_states
from .trace import TraceWriter
from .training_state import optimizer_tensors

SMALL_PARTS = ("batch", "cursor", "loss", "rng", "rollout")
LARGE_PARTS = ("gradient", "optimizer", "parameters")
PARTS = tuple(sorted((*SMALL_PARTS, *LARGE_PARTS)))
SAVED = "saved"


class TraceCallback(TrainerCallback):
    """Writes a line for each optimizer step.

    Args:
        is_full: says whether the parts as large as the model are looked at in a step; all steps by default.
        saved: gives the tensors of the file that the model is saved to, where they are not its parameters; it is asked
            after the last step.
    """

    def __init__(
        self,
        writer: TraceWriter,
        is_full: Callable[[int], bool] = lambda step: True,
        saved: Callable[[], dict[str, Any]] | None = None,
    ) -> None:
        self._writer = writer
        self._is_full = is_full
        self._saved = saved
        self._trainer: Any = None
        self._parameters: dict[str, Any] = {}
        self._begin_step()

    def attach(self, trainer: Any) -> TraceCallback:
        """Listen to this trainer. Once for each trainer, before it trains."""
        self._trainer = trainer
        self._parameters = dict(trainer.model.named_parameters())
        trainer.add_callback(self)
        listen(trainer, "_prepare_inputs", after=self._on_batch)
        listen(trainer, "training_step", after=self._on_loss)
        listen(trainer, "_clip_grad_norm", before=self._on_gradient)
        listen(trainer, "_get_grad_norm", before=self._on_gradient, after=self._on_norm)
        if hasattr(trainer, "_generate_and_score_completions"):
            listen(trainer, "_calculate_rewards", after=self._on_rewards)
            listen(trainer, "_generate_and_score_completions", after=self._on_rollout)
        return self

    def on_step_end(self, args, state, control, optimizer=None, train_dataloader=None, **kwargs) -> None:
        if self._is_full(state.global_step):
            self._writer.capture("parameters", self._parameters)
            self._writer.capture("optimizer", optimizer_tensors(self._parameters, optimizer))
        if self._saved is not None and state.global_step == state.max_steps:
            self._writer.capture(SAVED, self._saved())
        self._writer.capture("rng", random_states())
        batches = 0 if train_dataloader is None else len(train_dataloader)
        self._writer.capture("cursor", cursor_of(state.global_step, batches, args.gradient_accumulation_steps))
        self._writer.capture("loss", {str(i): loss for i, loss in enumerate(self._losses)})
        self._writer.step(state.global_step, **self._scalars())
        self._begin_step()

    def _begin_step(self) -> None:
        self._batches = 0
        self._losses: list[Any] = []
        self._norm: Any = None
        self._reward_mean: float | None = None
        self._has_gradient = False

    def _on_batch(self, batch: Any) -> None:
        tensors = {f"{self._batches}/{name}": value for name, value in batch.items() if _is_discrete(value)}
        self._batches += 1
        self._writer.capture("batch", tensors)

    def _on_loss(self, loss: Any) -> None:
        self._losses.append(loss.detach())

    def _on_gradient(self, *_: Any, **__: Any) -> None:
        if self._has_gradient or not self._is_full(self._trainer.state.global_step + 1):
            return
        self._has_gradient = True
        gradients = {name: grad for name, each in self._parameters.items() if (grad := each.grad) is not None}
        self._writer.capture("gradient", gradients)

    def _on_norm(self, norm: Any) -> None:
        self._norm = norm

    def _on_rewards(self, rewards: Any) -> None:
        self._reward_mean = rewards.double().nansum(dim=1).mean().item()
        self._writer.capture("rollout", {"rewards": rewards})

    def _on_rollout(self, rollout: Any) -> None:
        self._writer.capture("rollout", {name: value for name, value in rollout.items() if torch.is_tensor(value)})

    def _scalars(self) -> dict[str, float]:
        # The sum that the trainer itself logs: in its order, in its type.
        total = torch.zeros((), device=self._losses[0].device)
        for loss in self._losses:
            total = total + loss
        scalars = {"loss": total.item(), "gradient_norm": float(self._norm)}
        return scalars if self._reward_mean is None else {**scalars, "reward_mean": self._reward_mean}


def cursor_of(step: int, batches: int, accumulation: int) -> dict[str, int]:
    """Where in its data a training is after `step`: the epoch it read from, and how many steps of that it took."""
    per_epoch = max(1, -(-batches // accumulation))
    epoch = (step - 1) // per_epoch
    return {"epoch": epoch, "step": step - epoch * per_epoch}


def _is_discrete(value: Any) -> bool:
    """Token ids, masks and labels are; log-probabilities and advantages belong to the rollout."""
    return torch.is_tensor(value) and not value.is_floating_point() and value.dim() > 0
