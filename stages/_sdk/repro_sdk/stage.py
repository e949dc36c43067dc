"""The stage's side of the contract: what it was asked, and what it gives back."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .canonical import canonical_line, write_json
from .determinism import ENVIRONMENT
from .failure import StageFailure
from .interruption import InterruptionFlag
from .nonfinite import spelt
from .request import Request, read_request
from .tensor_digest import json_digest, tree_digest


class Stage:
    """One run of one stage program. Begin it, use it, finish it.

    Owns the contract's files: nothing else writes values.json, metrics.jsonl,
    progress.jsonl or effective.json.
    """

    def __init__(self, request: Request) -> None:
        self.name = request.stage
        self.kind = request.kind
        self.params = request.params
        self.inputs = request.inputs
        self.outputs = request.outputs
        self.resume = request.resume
        self.files = request.files
        self.segments = request.segments
        self.interruption = InterruptionFlag()
        self.values: dict[str, Any] = {}
        self._value_types = request.values
        self._seed = request.seed
        self._open: dict[str, Any] = {}
        self._effective: dict[str, Any] | None = None

    @classmethod
    def begin(cls, path: str | Path | None = None) -> Stage:
        """Read the request that `REPRO_REQUEST` names (or `path`)."""
        path = path or os.environ.get("REPRO_REQUEST")
        if not path:
            raise StageFailure("REPRO_REQUEST is not set: a stage program is started by `repro run`.")
        return cls(read_request(path))

    @property
    def seed(self) -> int:
        """The pipeline's seed; a contract that says `seed: false` has none."""
        if self._seed is None:
            raise StageFailure(f"{self.name} needs a seed: its stage.yaml must say `seed: true`.")
        return self._seed

    def accept_interruptions(self) -> None:
        """For a program that checkpoints: call it first, so that a signal during a slow start is not lost."""
        self.resume.mkdir(parents=True, exist_ok=True)
        if self.segments is None:
            self.interruption.listen()

    def binding(self) -> str:
        """Digest of all that must be equal for a checkpoint to be gone on from.

        What was asked, but not the paths; the bytes of the inputs; the arithmetic that took effect.
        """
        asked = {"kind": self.kind, "seed": self._seed, "params": self.params, "outputs": sorted(self.outputs)}
        inputs = {name: tree_digest(path) for name, path in self.inputs.items()}
        return json_digest({**asked, "inputs": inputs, "effective": self._effective})

    def begin_torch(self) -> None:
        """Put torch under the determinism contract; note what took effect."""
        from .determinism import enforce_determinism

        self._effective = enforce_determinism(self._seed)
        self._write_effective()

    def progress(self, step: int, total: int, **metrics: float) -> None:
        """Tell the terminal how far we are. May hold wall-clock rates."""
        self._append("progress", {"metrics": _numbers(metrics), "step": step, "total": total})

    def metrics(self, step: int, **metrics: float) -> None:
        """Keep numbers over steps. They are compared bit for bit: no wall clock in here.

        NaN and infinities are kept, as METRICS.md spells them.
        """
        self._append("metrics", {"step": step, **_numbers(metrics)})

    def value(self, name: str, value: Any) -> None:
        """Set a value that stage.yaml declares. Raises on an unknown name or type."""
        if name not in self._value_types:
            declared = ", ".join(sorted(self._value_types)) or "none"
            raise StageFailure(f"{self.name} sets the value {name!r}, but stage.yaml declares {declared}.")
        _check_type(name, value, self._value_types[name])
        self.values[name] = value

    def finish(self) -> None:
        """Write values.json and effective.json; check that what was promised is there."""
        missing = sorted(set(self._value_types) - set(self.values))
        if missing:
            raise StageFailure(f"{self.name} ended without its value {', '.join(missing)}.")
        absent = sorted(name for name, path in self.outputs.items() if not path.exists())
        if absent:
            raise StageFailure(f"{self.name} ended without its output {', '.join(absent)}.")
        if self._value_types:
            write_json(self.files["values"], self.values)
        self._write_effective()
        self.close()

    def close(self) -> None:
        """Close the files that are still open. Harmless to call twice."""
        for file in self._open.values():
            file.close()
        self._open.clear()

    def _append(self, name: str, row: dict[str, Any]) -> None:
        if name not in self._open:
            self._open[name] = open(self.files[name], "a", encoding="utf-8", newline="\n")  # noqa: SIM115 (close() does)
        self._open[name].write(canonical_line(row) + "\n")
        self._open[name].flush()

    def _write_effective(self) -> None:
        plain = {
            "environment": {name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            "python": platform.python_version(),
        }
        write_json(self.files["effective"], {**plain, **(self._effective or {})})


def _numbers(metrics: dict[str, Any]) -> dict[str, float | str]:
    return {name: _number(name, value) for name, value in metrics.items()}


def _number(name: str, value: Any) -> float | str:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise StageFailure(f"The metric {name} is {value!r}, which is no number.")
    return spelt(value)


def _check_type(name: str, value: Any, kind: str) -> None:
    python = {"number": (int, float), "integer": int, "string": str, "boolean": bool, "list": list, "map": dict}[kind]
    if not isinstance(value, python) or (isinstance(value, bool) and kind != "boolean"):
        raise StageFailure(f"The value {name} must be of type {kind}, but is {value!r}.")
    for number in _floats(value):
        if not math.isfinite(number):
            raise StageFailure(f"The value {name} is {value!r}, which is not a finite number.")


def _floats(value: Any) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _floats(each)
