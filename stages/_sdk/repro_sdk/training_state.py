"""All that the next training step depends on, as named tensors and a few facts.

Checkpoints, segment boundaries and traces look at the same state through the
same names. Works with any HF or TRL trainer on one device. Importing this
imports transformers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerState

from .failure import StageFailure
from .nonfinite import read_back, spelt
from .random_state import random_states, set_random_states

# Of transformers' own state; its log history repeats metrics.jsonl.
_TRAINER = (
    "epoch",
    "global_step",
    "logging_steps",
    "max_steps",
    "num_input_tokens_seen",
    "num_train_epochs",
    "total_flos",
    "train_batch_size",
)
# HF and TRL keep these on the trainer, and in none of their checkpoints.
_COUNTERS = ("_step", "_total_train_tokens", "_total_loss_scalar", "_globalstep_last_logged")
_WALL_CLOCK = "step_time"


@dataclass(frozen=True)
class TrainingState:
    """The state after an optimizer step.

    tensors: `parameters/NAME`, `buffers/NAME`, `optimizer/NAME/exp_avg`…, `rng/…`, `rollouts/I/KEY` (what TRL keeps of
    rollouts that further steps will use), `loss` (not yet logged). Of a live trainer they are no copies: they hold
    until its next step.
    facts: what JSON can hold.
    """

    step: int
    tensors: dict[str, Any]
    facts: dict[str, Any]

    def group(self, name: str) -> dict[str, Any]:
        """The tensors under `NAME/`, without that prefix."""
        return {key.removeprefix(f"{name}/"): each for key, each in self.tensors.items() if key.startswith(f"{name}/")}


def state_of(trainer: Any) -> TrainingState:
    """The whole state of a trainer between two steps."""
    if getattr(trainer, "use_adaptive_entropy", False):
        raise StageFailure("The state of TRL's adaptive entropy controller can't be kept yet.")
    parameters = dict(trainer.model.named_parameters())
    groups = {
        "parameters": parameters,
        "buffers": persistent_buffers(trainer.model),
        "optimizer": optimizer_tensors(parameters, trainer.optimizer),
        "rng": random_states(),
        "rollouts": _buffered_rollouts(trainer),
    }
    tensors = {f"{group}/{name}": each for group, members in groups.items() for name, each in members.items()}
    facts = {
        "trainer": {name: getattr(trainer.state, name) for name in _TRAINER},
        "counters": {name: spelt(getattr(trainer, name)) for name in _COUNTERS if hasattr(trainer, name)},
        "unlogged": _unlogged_metrics(trainer),
        "optimizer": _optimizer_groups(parameters, trainer.optimizer),
        "schedule": trainer.lr_scheduler.state_dict(),
    }
    return TrainingState(trainer.state.global_step, {**tensors, "loss": trainer._tr_loss}, facts)


def put_model_back(trainer: Any, state: TrainingState) -> None:
    """Weights and buffers, in place."""
    model = trainer.model
    here = {**dict(model.named_parameters()), **persistent_buffers(model)}
    there = {**state.group("parameters"), **state.group("buffers")}
    if set(here) != set(there):
        raise StageFailure(f"The state has other tensors than the model: {sorted(set(here) ^ set(there))[:3]}.")
    with torch.no_grad():
        for name, tensor in here.items():
            tensor.copy_(there[name])


def put_optimizer_back(trainer: Any, state: TrainingState) -> None:
    """Moments, options and learning rate schedule."""
    names = [name for group in state.facts["optimizer"] for name in group["parameters"]]
    moments: dict[int, dict[str, Any]] = {index: {} for index in range(len(names))}
    index_of = {name: index for index, name in enumerate(names)}
    for key, tensor in state.group("optimizer").items():
        name, _, moment = key.rpartition("/")
        moments[index_of[name]][moment] = tensor
    trainer.optimizer.load_state_dict({"state": moments, "param_groups": list(_numbered(state.facts["optimizer"]))})
    trainer.lr_scheduler.load_state_dict(state.facts["schedule"])


def put_rest_back(trainer: Any, state: TrainingState) -> None:
    """Counters, kept rollouts, unlogged metrics, and at last the random numbers."""
    for name, value in state.facts["counters"].items():
        setattr(trainer, name, read_back(value))
    trainer._tr_loss = state.tensors["loss"].to(trainer.args.device)
    for name, values in state.facts["unlogged"].items():
        trainer._metrics["train"][name].extend(map(read_back, values))
    rollouts = state.group("rollouts")
    if rollouts:
        trainer._buffered_inputs = _as_batches(rollouts, trainer.args.device)
    set_random_states(state.group("rng"))


def write_trainer_state(state: TrainingState, folder: Path) -> Path:
    """The one file that transformers itself reads when it goes on: where it was."""
    folder.mkdir(parents=True, exist_ok=True)
    TrainerState(**state.facts["trainer"]).save_to_json(str(folder / "trainer_state.json"))
    return folder


def persistent_buffers(model: Any) -> dict[str, Any]:
    """Buffers that belong to the model's state; what it computes again at start (rotary tables) does not."""
    return {
        f"{prefix}.{name}" if prefix else name: buffer
        for prefix, module in model.named_modules()
        for name, buffer in module._buffers.items()
        if buffer is not None and name not in module._non_persistent_buffers_set
    }


def optimizer_tensors(parameters: Mapping[str, Any], optimizer: Any) -> dict[str, Any]:
    """`PARAMETER/exp_avg` and the like: by the parameter's name, because an index says nothing."""
    found = {}
    for name, parameter in parameters.items():
        for moment, value in optimizer.state.get(parameter, {}).items():
            if not isinstance(value, torch.Tensor):
                raise StageFailure(f"The optimizer's {moment} is a {type(value).__name__}; only tensors can be kept.")
            found[f"{name}/{moment}"] = value
    return found


def _optimizer_groups(parameters: Mapping[str, Any], optimizer: Any) -> list[dict[str, Any]]:
    names = {id(parameter): name for name, parameter in parameters.items()}
    return [
        {
            "options": {key: value for key, value in group.items() if key != "params"},
            "parameters": [names[id(parameter)] for parameter in group["params"]],
        }
        for group in optimizer.param_groups
    ]


def _numbered(groups: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    start = 0
    for group in groups:
        count = len(group["parameters"])
        options = {key: tuple(value) if isinstance(value, list) else value for key, value in group["options"].items()}
        yield {**options, "params": list(range(start, start + count))}
        start += count


def _buffered_rollouts(trainer: Any) -> dict[str, Any]:
    """TRL uses one batch of rollouts for several steps; it is a part of the state until the next is drawn."""
    batches = getattr(trainer, "_buffered_inputs", None)
    if batches is None or trainer._step % (trainer.args.steps_per_generation * trainer.num_iterations) == 0:
        return {}
    # Cloned: the batches are slices of one block, and share what is not sliced.
    return {
        f"{i}/{key}": value.clone()
        for i, batch in enumerate(batches)
        for key, value in batch.items()
        if value is not None
    }


def _as_batches(rollouts: Mapping[str, Any], device: Any) -> list[dict[str, Any]]:
    batches: dict[int, dict[str, Any]] = {}
    for key, value in rollouts.items():
        index, _, name = key.partition("/")
        batches.setdefault(int(index), {})[name] = value.to(device)
    return [batches[index] for index in sorted(batches)]


def _unlogged_metrics(trainer: Any) -> dict[str, list[float | str]]:
    waiting = getattr(trainer, "_metrics", {}).get("train", {})
    return {name: list(map(spelt, values)) for name, values in waiting.items() if values and name != _WALL_CLOCK}
