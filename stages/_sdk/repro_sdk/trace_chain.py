"""The format of trace.jsonl, and how to check one. Standard library only.

A header, then a line for every optimizer step. Each line holds the chain of the
line before it and its own: SHA-256 of its canonical JSON without `chain`. So the
last chain stands for all of them. stages/TRACE.md describes the parts.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .canonical import canonical_line
from .failure import StageFailure

FORMAT = 1
GENESIS = "0" * 64


@dataclass(frozen=True)
class Tail:
    """Where a trace stands: what the next line needs to know of those before it."""

    step: int
    chain: str
    size: int
    """Bytes of the file up to here."""


def header_of(parts: Iterable[str]) -> dict[str, Any]:
    """The first line. It depends on the names of the parts only."""
    line = {"trace": FORMAT, "what": "training", "algorithm": "sha256", "parts": sorted(parts), "previous": GENESIS}
    return sealed(line)


def step_of(step: int, parts: Mapping[str, str], scalars: Mapping[str, float], previous: str) -> dict[str, Any]:
    """The line of one optimizer step: digests of its parts, and the bits of its scalars."""
    bits = {name: float_bits(value) for name, value in scalars.items()}
    return sealed({"step": step, "parts": dict(parts), "scalars": bits, "previous": previous})


def sealed(line: dict[str, Any]) -> dict[str, Any]:
    return {**line, "chain": chain_of(line)}


def chain_of(line: Mapping[str, Any]) -> str:
    """The chain of a line, from all of it but `chain` itself."""
    rest = {name: value for name, value in line.items() if name != "chain"}
    return hashlib.sha256(canonical_line(rest).encode()).hexdigest()


def float_bits(value: float) -> str:
    """The 64 bits of a float, big-endian, as 16 hex digits. NaN and infinity have bits, too."""
    return struct.pack(">d", value).hex()


def checked_lines(path: str | Path) -> Iterator[tuple[dict[str, Any], Tail]]:
    """The lines of a trace whose chain holds, each with where the trace stands after it.

    Ends quietly before a torn last line; raises `StageFailure` at a line that is whole and doesn't fit.
    """
    previous, step, size = GENESIS, 0, 0
    with open(path, "rb") as file:
        for raw in file:
            line = _parsed(raw)
            if line is None:
                return
            expected = 0 if size == 0 else step + 1
            if (
                line.get("previous") != previous
                or line.get("chain") != chain_of(line)
                or line.get("step", 0) != expected
            ):
                raise StageFailure(f"{path}: the chain breaks after step {step}.")
            previous, step, size = line["chain"], expected, size + len(raw)
            yield line, Tail(step, previous, size)


def check_trace(path: str | Path) -> Tail:
    """Check every line; the tail, whose `chain` stands for the whole trace."""
    return tail_at(path)


def check_end(path: str | Path, steps: int, model: str) -> None:
    """Check a finished trace: whole, of `steps` steps, the last of which left the weights with this content digest."""
    line: dict[str, Any] = {}
    tail = Tail(0, GENESIS, 0)
    for line, tail in checked_lines(path):  # noqa: B007 (the last ones count)
        pass
    if tail.step != steps or tail.size != Path(path).stat().st_size:
        raise StageFailure(f"{path} ends after step {tail.step} of {steps}, or holds more than its lines.")
    parts = line.get("parts", {})
    if parts.get("saved", parts.get("parameters")) != model:
        raise StageFailure(f"The saved model is not the one that {path} ends in.")


def tail_at(path: str | Path, step: int | None = None) -> Tail:
    """Where the trace stands after `step` (None: at its end). Raises when it doesn't reach that far."""
    tail = None
    for _, tail in checked_lines(path):
        if tail.step == step:
            return tail
    if tail is None or step is not None:
        raise StageFailure(f"{path} has no line of step {step or 0}.")
    return tail


def _parsed(raw: bytes) -> dict[str, Any] | None:
    if not raw.endswith(b"\n"):
        return None
    try:
        line = json.loads(raw)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None
