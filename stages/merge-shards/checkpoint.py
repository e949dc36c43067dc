"""Where verl lays its checkpoints down, and whether one is whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from repro_sdk import StageFailure

_STEP = re.compile(r"global_step_(\d+)")
_SHARD = re.compile(r"model_world_size_(\d+)_rank_(\d+)\.pt")


@dataclass(frozen=True)
class Checkpoint:
    folder: Path
    """Has the shards, and mostly `huggingface` beside them."""
    step: int
    files: tuple[Path, ...]
    """One for each rank, in the order of ranks."""


def find_checkpoint(path: Path, step: int) -> Checkpoint:
    """The checkpoint of a step (0: the last) in verl's folder, or in the folder of one step or of its actor."""
    steps = {int(match[1]): each for each in path.iterdir() if (match := _STEP.fullmatch(each.name)) and each.is_dir()}
    if not steps:
        own = _STEP.fullmatch(path.name)
        if step and own and int(own[1]) != step:
            raise StageFailure(f"step is {step}, but {path} is of step {own[1]}.")
        return _in_folder(path, step or (int(own[1]) if own else 0))
    chosen = step or max(steps)
    if chosen not in steps:
        there = ", ".join(map(str, sorted(steps)))
        raise StageFailure(f"step is {step}, but {path} has steps {there}; a round saves every `save_every` steps.")
    return _in_folder(steps[chosen], chosen)


def _in_folder(path: Path, step: int) -> Checkpoint:
    folder = path / "actor" if (path / "actor").is_dir() else path
    found = {(int(m[1]), int(m[2])): file for file in folder.iterdir() if (m := _SHARD.fullmatch(file.name))}
    if not found:
        raise StageFailure(f"{folder} has no model_world_size_W_rank_R.pt: these are no shards of an FSDP training.")
    worlds = {world for world, _ in found}
    if len(worlds) > 1:
        raise StageFailure(f"{folder} has shards of {' and '.join(map(str, sorted(worlds)))} ranks; which are meant?")
    (world,) = worlds
    missing = [rank for rank in range(world) if (world, rank) not in found]
    if missing:
        raise StageFailure(f"{folder} lacks the shards of rank {', '.join(map(str, missing))} of {world}.")
    return Checkpoint(folder, step, tuple(found[world, rank] for rank in range(world)))
