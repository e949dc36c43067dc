"""The quality report: what came in, what was dropped and why, how the rest looks. No times, no digests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

_EXAMPLES = 3
_REASONS = 8
_LENGTH_EDGES = (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)

Rows = list[dict[str, Any]]


class Report:
    """Filters rows and remembers what it filtered."""

    def __init__(self) -> None:
        self._read: dict[str, int] = {}
        self._dropped: dict[str, dict[str, Rows]] = defaultdict(lambda: defaultdict(list))

    def read(self, split: str, rows: Rows) -> None:
        self._read[split] = len(rows)

    def keep(self, split: str, step: str, rows: Rows, reason: Callable[[dict[str, Any]], str | None]) -> Rows:
        """The rows for which `reason` has none."""
        why = {index: said for index, row in enumerate(rows) if (said := reason(row)) is not None}
        return self.dropped(split, step, rows, why)

    def dropped(self, split: str, step: str, rows: Rows, why: dict[int, str]) -> Rows:
        """The rows that are not in `why`."""
        lost = self._dropped[split][step]
        lost.extend({"why": why[i], "prompt": rows[i]["prompt"], "answer": rows[i]["answer"]} for i in sorted(why))
        return [row for index, row in enumerate(rows) if index not in why]

    def losses(self, split: str) -> str:
        """One sentence for a failure: how many were read, and which step took how many."""
        steps = ", ".join(f"{len(lost)} {step}" for step, lost in self._dropped[split].items() if lost)
        return f"{self._read.get(split, 0)} were read, and of these {steps or 'none'} dropped"

    def finished(self, train: Rows, evaluation: Rows, demonstrations: Rows) -> dict[str, Any]:
        return {
            "train": {**self._steps("train"), **described(train)},
            "evaluation": {**self._steps("evaluation"), **described(evaluation), "benchmarks": benchmarks(evaluation)},
            "demonstrations": {"kept": len(demonstrations), "examples": demonstrations[:_EXAMPLES]},
        }

    def _steps(self, split: str) -> dict[str, Any]:
        steps = self._dropped[split]
        return {
            "read": self._read.get(split, 0),
            "dropped": {step: losses(lost) for step, lost in steps.items()},
        }


def losses(lost: Rows) -> dict[str, Any]:
    reasons = Counter(row["why"] for row in lost)
    few = len(reasons) <= _REASONS
    return {"count": len(lost), "examples": lost[:_EXAMPLES], **({"reasons": dict(reasons)} if few else {})}


def described(rows: Rows) -> dict[str, Any]:
    return {
        "kept": len(rows),
        "tasks": dict(Counter(row["metadata"].get("label", row["task"]) for row in rows)),
        "prompt_characters": histogram([len(row["prompt"]) for row in rows]),
        "answer_characters": histogram([len(row["answer"]) for row in rows]),
        "examples": [{"prompt": row["prompt"], "answer": row["answer"]} for row in rows[:_EXAMPLES]],
    }


def benchmarks(rows: Rows) -> dict[str, int]:
    return dict(Counter(row["metadata"]["benchmark"] for row in rows))


def histogram(lengths: list[int]) -> list[dict[str, Any]]:
    """Counts of lengths up to each edge, from the first bin that has any to the last."""
    edges = [*_LENGTH_EDGES, None]
    counts = Counter(next((e for e in _LENGTH_EDGES if length <= e), None) for length in lengths)
    used = [i for i, edge in enumerate(edges) if counts[edge]]
    return [{"up_to": edges[i], "count": counts[edges[i]]} for i in range(used[0], used[-1] + 1)] if used else []
