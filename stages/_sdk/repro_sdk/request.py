"""Reading `request.json`: parse once, then trust it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .failure import StageFailure

CONTRACT = 1
_FILES = ("values", "metrics", "trace", "progress", "effective")
_VALUE_TYPES = ("number", "integer", "string", "boolean", "list", "map")


@dataclass(frozen=True)
class Segments:
    """Steps to replay instead of the whole training."""

    boundaries: Path
    """A `boundaries` tree of the training that is replayed."""
    ranges: tuple[tuple[int, int], ...]
    """(step to start after, number of steps), 0 being the start of the training."""


@dataclass(frozen=True)
class Request:
    """What the runner asks of this stage. Paths are relative to the scratch directory."""

    stage: str
    kind: str
    seed: int | None
    params: dict[str, Any]
    inputs: dict[str, Path]
    outputs: dict[str, Path]
    values: dict[str, str]
    files: dict[str, Path]
    resume: Path
    segments: Segments | None = None


def read_request(path: str | Path) -> Request:
    """Read and check the request.

    Raises `StageFailure` that names the field which is missing or wrong.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise StageFailure(f"The request {path} can't be read: {error.strerror}.") from None
    except ValueError as error:
        raise StageFailure(f"The request {path} is not JSON: {error}.") from None
    if not isinstance(document, dict):
        raise StageFailure(f"The request {path} must be a JSON object.")
    return _checked(document)


def _checked(document: dict[str, Any]) -> Request:
    if document.get("contract") != CONTRACT:
        raise StageFailure(
            f"The request follows contract {document.get('contract')!r}; this SDK speaks contract {CONTRACT}."
        )
    files = _paths(document, "files")
    missing = [name for name in _FILES if name not in files]
    if missing:
        raise StageFailure(f"request.files lacks {', '.join(missing)}.")
    return Request(
        stage=_field(document, "stage", str),
        kind=_field(document, "kind", str),
        seed=_seed(document),
        params=_field(document, "params", dict),
        inputs=_paths(document, "inputs"),
        outputs=_paths(document, "outputs"),
        values=_value_types(document),
        files=files,
        resume=Path(_field(document, "resume", str)),
        segments=_segments(document),
    )


def _field(document: dict[str, Any], name: str, kind: type) -> Any:
    value = document.get(name)
    if not isinstance(value, kind):
        found = "missing" if value is None else f"a {type(value).__name__}"
        raise StageFailure(f"request.{name} must be a {kind.__name__}, but is {found}.")
    return value


def _seed(document: dict[str, Any]) -> int | None:
    seed = document.get("seed")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
        raise StageFailure(f"request.seed must be an integer that is not negative, but is {seed!r}.")
    return seed


def _segments(document: dict[str, Any]) -> Segments | None:
    if "segments" not in document:
        return None
    segments = _field(document, "segments", dict)
    ranges = _field(segments, "ranges", list)
    for each in ranges:
        numbers = [each.get("after"), each.get("steps")] if isinstance(each, dict) else [None]
        if not all(isinstance(n, int) and n >= low for n, low in zip(numbers, (0, 1))):
            raise StageFailure(f"request.segments.ranges holds {each!r}, which is not {{after: 0…, steps: 1…}}.")
    return Segments(Path(_field(segments, "boundaries", str)), tuple((each["after"], each["steps"]) for each in ranges))


def _paths(document: dict[str, Any], name: str) -> dict[str, Path]:
    entries = _field(document, name, dict)
    for key, value in entries.items():
        if not isinstance(value, str):
            raise StageFailure(f"request.{name}.{key} must be a path, but is {value!r}.")
    return {key: Path(value) for key, value in entries.items()}


def _value_types(document: dict[str, Any]) -> dict[str, str]:
    types = _field(document, "values", dict)
    for name, kind in types.items():
        if kind not in _VALUE_TYPES:
            raise StageFailure(f"request.values.{name} has the unknown type {kind!r}.")
    return types
