"""Segment boundaries: the full training state every n steps, so that anyone can start in the middle.

    boundaries/index.json             {"boundaries": 1, "every": n, "steps": [n, 2n, …]}
    boundaries/states/00000020.json   the state after step 20: its facts, its trace chain, each tensor's digest
    boundaries/tensors/ab/abcd…       a tensor's little-endian bytes, named by their SHA-256
    boundaries/completions.jsonl      grpo: the token ids of every rollout

A tensor that didn't change, or that two names share, is stored once: frozen
weights cost nothing from the second boundary on, and so do equal step counters.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

from .canonical import write_json
from .failure import StageFailure
from .tensor_digest import dtype_name, tensor_bytes
from .training_state import TrainingState

FORMAT = 1


class BoundaryWriter:
    """Collects boundaries in a folder that outlives the process (`resume/boundaries`), and hands them over at the end.

    `keeps_tensors` False writes the states alone: enough to compare, a replay's closing boundary.
    """

    def __init__(self, folder: Path, every: int, keeps_tensors: bool = True) -> None:
        self._folder = folder
        self._every = every
        self._keeps_tensors = keeps_tensors
        self._unflushed: list[Path] = []

    def is_at(self, step: int, last: int) -> bool:
        """Whether step `step` of `last` is a boundary. The last is none: its state is the output."""
        return self._every > 0 and step % self._every == 0 and step < last

    def write(self, state: TrainingState, chain: str | None) -> None:
        """Keep a state. The document comes last, so that one that is there is whole."""
        tensors = {name: self._keep(tensor) for name, tensor in sorted(state.tensors.items())}
        document = {"boundary": FORMAT, "step": state.step, "chain": chain, "facts": state.facts, "tensors": tensors}
        path = self._folder / _state_path(state.step)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path.with_suffix(".growing"), document)
        os.replace(path.with_suffix(".growing"), path)
        self._unflushed.append(path)

    def flush(self) -> None:
        """Have it all on the disk, before a checkpoint says that these boundaries are done with."""
        for path in self._unflushed:
            with open(path, "rb") as file:
                os.fsync(file.fileno())
        self._unflushed.clear()

    def finish(self, output: Path) -> None:
        """Move everything into the output tree, with its index."""
        output.mkdir(parents=True, exist_ok=True)
        states = sorted((self._folder / "states").glob("*.json"))
        for part in ("states", "tensors"):
            if states and (self._folder / part).exists():
                shutil.move(self._folder / part, output / part)
        steps = [int(path.stem) for path in states]
        write_json(output / "index.json", {"boundaries": FORMAT, "every": self._every, "steps": steps})
        self.forget()

    def forget(self) -> None:
        """Start without any."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _keep(self, tensor: Any) -> dict[str, Any]:
        data = tensor_bytes(tensor)
        digest = hashlib.sha256(data).hexdigest()
        path = self._folder / _tensor_path(digest)
        if self._keeps_tensors and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            growing = path.with_suffix(".growing")
            growing.write_bytes(data)
            os.replace(growing, path)
            self._unflushed.append(path)
        return {"dtype": dtype_name(tensor), "shape": list(tensor.shape), "sha256": digest}


def read_boundary(tree: Path, step: int) -> tuple[TrainingState, str | None]:
    """The state after `step` of a boundaries tree and the trace's chain there. Every tensor is checked."""
    path = tree / _state_path(step)
    if not path.is_file():
        raise StageFailure(f"There is no boundary after step {step} in {tree}.")
    document = json.loads(path.read_text("utf-8"))
    if document.get("boundary") != FORMAT or document.get("step") != step:
        raise StageFailure(f"{path} is no boundary of step {step} in format {FORMAT}.")
    tensors = {name: _tensor(tree, entry) for name, entry in document["tensors"].items()}
    return TrainingState(step, tensors, document["facts"]), document["chain"]


def _tensor(tree: Path, entry: dict[str, Any]) -> Any:
    import torch

    data = bytearray((tree / _tensor_path(entry["sha256"])).read_bytes())
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise StageFailure(f"The boundary's tensor {entry['sha256'][:16]} is damaged.")
    dtype = getattr(torch, entry["dtype"])
    empty = torch.empty(entry["shape"], dtype=dtype)
    return torch.frombuffer(data, dtype=dtype).reshape(entry["shape"]) if data else empty


def _state_path(step: int) -> str:
    return f"states/{step:08d}.json"


def _tensor_path(digest: str) -> str:
    return f"tensors/{digest[:2]}/{digest}"
