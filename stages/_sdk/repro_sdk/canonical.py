"""Writers that give the same bytes for the same data.

UTF-8, sorted keys, `\\n` line ends, no NaN or infinity: they are no JSON, and `StageFailure` names where one is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .failure import StageFailure
from .nonfinite import spelt
from .rows import rows_if_any


def canonical_line(value: Any) -> str:
    """One line of JSON, keys sorted, without a line end."""
    return _dumps(value)


def write_json(path: str | Path, value: Any) -> None:
    """Write a report: sorted keys, indent 2, newline at the end."""
    text = _written(value, str(path), indent=2)
    Path(path).write_text(text + "\n", encoding="utf-8", newline="\n")


def write_jsonl(path: str | Path, rows: Iterable[Any]) -> int:
    """Write one JSON object a line and return how many lines that was."""
    count = 0
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(_written(row, f"{path}, line {count + 1}") + "\n")
            count += 1
    return count


def read_jsonl(path: str | Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSONL file, one at a time.

    Raises `StageFailure` naming file and line when a line is not a JSON object.
    """
    return (row for _, row in rows_if_any(path))


def _written(value: Any, where: str, indent: int | None = None) -> str:
    try:
        return _dumps(value, indent)
    except ValueError:
        for place, number in _floats(value, "$"):
            if not math.isfinite(number):
                raise StageFailure(f"{where}: {place} is {spelt(number)}, and JSON has no such number.") from None
        raise


def _floats(value: Any, place: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, float):
        yield place, value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _floats(each, f"{place}.{name}")
    elif isinstance(value, (list, tuple)):
        for index, each in enumerate(value):
            yield from _floats(each, f"{place}[{index}]")


def _dumps(value: Any, indent: int | None = None) -> str:
    separators = (",", ": ") if indent else (",", ":")
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)
