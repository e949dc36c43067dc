"""Reading a `problems` artifact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .failure import StageFailure
from .rows import read_rows

_FIELDS = {"id": str, "prompt": str, "answer": str, "task": str, "metadata": dict}


def read_problems(path: str | Path) -> list[dict[str, Any]]:
    """All problems, in file order. Raises when one is incomplete, repeated, or there is none."""
    seen: dict[str, str] = {}
    return [checked(problem, where, seen) for where, problem in read_rows(path)]


def checked(problem: dict[str, Any], where: str, seen: dict[str, str]) -> dict[str, Any]:
    lacking = [field for field in _FIELDS if field not in problem]
    if lacking:
        raise StageFailure(f"{where}: the problem lacks {', '.join(lacking)}; `collect` makes problems of any rows.")
    for field, kind in _FIELDS.items():
        if not isinstance(problem[field], kind):
            wanted = "text" if kind is str else "an object"
            raise StageFailure(f"{where}: the problem's {field} is {problem[field]!r}, and should be {wanted}.")
    alternatives = problem.get("alternatives", [])
    if not isinstance(alternatives, list) or not all(isinstance(each, str) and each for each in alternatives):
        raise StageFailure(f"{where}: the problem's alternatives are {alternatives!r}, and should be a list of texts.")
    if not problem["prompt"]:
        raise StageFailure(f"{where}: the problem's prompt is empty.")
    before = seen.setdefault(problem["id"], where)
    if before is not where:
        raise StageFailure(f"{where}: the problem repeats the id {problem['id']}, which {before} has.")
    return problem
