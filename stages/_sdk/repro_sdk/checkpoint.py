"""Checkpoints in the stage's `resume/` folder: whole or not there at all, and of this request only.

    resume/step-00000012/checkpoint.json     format, binding, step, facts, and the digest of every other file
    resume/step-00000012/state.safetensors   the tensors of the training state
    resume/step-00000012/files/NAME          what was written so far: metrics, trace, rollouts

A checkpoint is written under another name, flushed, and renamed; the one before
it goes only then. So a kill at any moment leaves the newest whole one.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .canonical import write_json
from .tensor_digest import file_digest
from .training_state import TrainingState

FORMAT = 1
# Seconds between checkpoints that nobody asked for, and the most of its time that a stage may spend on them.
EVERY_SECONDS = 300.0
_MOST_SHARE = 0.02


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that was found whole."""

    state: TrainingState
    kept: dict[str, Any]
    """JSON values of the stage's own."""
    files: dict[str, Path]


class Checkpoints:
    """Reads and writes a stage's checkpoints.

    Args:
        folder: the request's `resume`.
        binding: gives the digest of all that must be the same to go on (`Stage.binding`); asked only when needed.
    """

    def __init__(self, folder: Path, binding: Callable[[], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._binding = binding
        self._clock = clock
        # Tests want one after every step; it decides nothing in an output.
        self._every = float(os.environ.get("REPRO_CHECKPOINT_SECONDS", EVERY_SECONDS))
        self._due_at = clock() + self._every

    @property
    def is_due(self) -> bool:
        """Whether it is time for one that nobody asked for."""
        return self._clock() >= self._due_at

    def save(self, state: TrainingState, kept: Mapping[str, Any], files: Mapping[str, Path]) -> None:
        """Write a checkpoint; older ones go when it is safely there."""
        started = self._clock()
        growing = self._folder / "growing"
        shutil.rmtree(growing, ignore_errors=True)
        (growing / "files").mkdir(parents=True)
        for name, path in files.items():
            shutil.copyfile(path, growing / "files" / name)
        _write_tensors(growing / "state.safetensors", state.tensors)
        names = ["state.safetensors", *(f"files/{name}" for name in files)]
        digests = {name: _flushed_digest(growing / name) for name in names}
        note = {"checkpoint": FORMAT, "binding": self._binding(), "step": state.step, "facts": state.facts}
        write_json(growing / "checkpoint.json", {**note, "kept": dict(kept), "digests": digests})
        _flushed_digest(growing / "checkpoint.json")
        place = self._folder / f"step-{state.step:08d}"
        shutil.rmtree(place, ignore_errors=True)
        os.rename(growing, place)
        _flush_folder(self._folder)
        self._forget_all_but(place)
        self._due_at = self._clock() + max(self._every, (self._clock() - started) / _MOST_SHARE if self._every else 0.0)

    def load(self) -> Checkpoint | None:
        """The newest whole checkpoint of this request, or None. What can't be used is named in the log."""
        for place in sorted(self._folder.glob("step-*"), reverse=True):
            try:
                return self._read(place)
            except _UnusableError as why:
                _say(f"The checkpoint {place.name} is not used: {why}")
        return None

    def _read(self, place: Path) -> Checkpoint:
        try:
            note = json.loads((place / "checkpoint.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise _UnusableError(f"checkpoint.json can't be read ({error}).") from None
        if note.get("checkpoint") != FORMAT or note.get("binding") != self._binding():
            raise _UnusableError("it belongs to another request, other inputs or another machine's arithmetic.")
        for name, digest in note["digests"].items():
            if not (place / name).is_file() or file_digest(place / name) != digest:
                raise _UnusableError(f"{name} is damaged.")
        from safetensors.torch import load_file

        state = TrainingState(note["step"], load_file(str(place / "state.safetensors")), note["facts"])
        names = [name.removeprefix("files/") for name in note["digests"] if name.startswith("files/")]
        return Checkpoint(state, note["kept"], {name: place / "files" / name for name in names})

    def _forget_all_but(self, place: Path) -> None:
        for other in self._folder.glob("step-*"):
            if other != place:
                shutil.rmtree(other, ignore_errors=True)


class _UnusableError(Exception):
    """Why a checkpoint can't be gone on from."""


def _write_tensors(path: Path, tensors: Mapping[str, Any]) -> None:
    from safetensors.torch import save_file

    save_file({name: tensor.detach().contiguous().cpu() for name, tensor in tensors.items()}, str(path))


def _flushed_digest(path: Path) -> str:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
    return file_digest(path)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
