"""Reading a `problems` artifact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .canonical import read_jsonl
from .failure import StageFailure

_FIELDS = ("id", "prompt", "answer", "task", "metadata")


def read_problems(path: str | Path) -> list[dict[str, Any]]:
    """All problems, in file order. Raises when one is incomplete, repeated, or there is none."""
    problems = list(read_jsonl(path))
    if not problems:
        raise StageFailure(f"{path} holds no problems.")
    seen: set[str] = set()
    for number, problem in enumerate(problems, start=1):
        lacking = [field for field in _FIELDS if field not in problem]
        if lacking:
            raise StageFailure(f"Problem {number} in {path} lacks {', '.join(lacking)}.")
        if problem["id"] in seen:
            raise StageFailure(f"Problem {number} in {path} repeats the id {problem['id']}.")
        seen.add(problem["id"])
    return problems
