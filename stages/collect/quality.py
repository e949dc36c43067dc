"""The quality report: what came in, what was dropped and why, how the rest looks. No times, no digests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from read import LeftOut, Nulled
from templates import Template

_EXAMPLES = 3
_REASONS = 8
_LENGTH_EDGES = (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)

Rows = list[dict[str, Any]]


class Report:
    """Filters rows and remembers what it filtered."""

    def __init__(self) -> None:
        self._read: dict[str, int] = {}
        self._dropped: dict[str, dict[str, Rows]] = defaultdict(lambda: defaultdict(list))
        self.nulled: dict[str, Nulled] = defaultdict(Nulled)
        self.left_out = LeftOut()
        self._decontamination: dict[str, Any] = {}

    def read(self, split: str, rows: Rows) -> None:
        self._read[split] = len(rows)

    def keep(self, split: str, step: str, rows: Rows, reason: Callable[[dict[str, Any]], str | None]) -> Rows:
        """The rows for which `reason` has none."""
        why = {index: said for index, row in enumerate(rows) if (said := reason(row)) is not None}
        return self.dropped(split, step, rows, why)

    def dropped(self, split: str, step: str, rows: Rows, why: dict[int, str]) -> Rows:
        """The rows that are not in `why`."""
        lost = self._dropped[split][step]
        lost.extend(lost_row(rows[i], why[i]) for i in sorted(why))
        return [row for index, row in enumerate(rows) if index not in why]

    def set_aside(self, templates: list[Template], wording: dict[str, int], near_misses: Rows) -> None:
        """What decontamination took for an instruction or for a genre's wording, and what it nearly took for contaminated."""
        most = sorted(wording.items(), key=lambda each: (-each[1], each[0]))[:_REASONS]
        told = {
            "templates": [template.described() for template in templates],
            "wording": [{"words": words, "training_problems": count} for words, count in most],
            "near_misses": near_misses,
        }
        self._decontamination = {name: found for name, found in told.items() if found}

    def count(self, split: str) -> int:
        """How many rows were dropped, whatever for."""
        return sum(len(lost) for lost in self._dropped[split].values())

    def losses(self, split: str) -> str:
        """One sentence for a failure: how many were read, and which step took how many."""
        steps = ", ".join(f"{len(lost)} {step}" for step, lost in self._dropped[split].items() if lost)
        return f"{self._read.get(split, 0)} were read, and of these {steps or 'none'} dropped"

    def finished(self, train: Rows, evaluation: Rows, demonstrations: Rows) -> dict[str, Any]:
        return {
            "train": {**self._steps("train"), **described(train)},
            "evaluation": {**self._steps("evaluation"), **described(evaluation), "benchmarks": benchmarks(evaluation)},
            "demonstrations": {"kept": len(demonstrations), "examples": demonstrations[:_EXAMPLES]},
            **({"left_out": dict(self.left_out)} if self.left_out else {}),
            **({"decontamination": self._decontamination} if self._decontamination else {}),
        }

    def _steps(self, split: str) -> dict[str, Any]:
        steps = self._dropped[split]
        return {
            "read": self._read.get(split, 0),
            "dropped": {step: losses(lost, step) for step, lost in steps.items()},
            **({"made_null": made_null(self.nulled[split])} if self.nulled[split] else {}),
        }


def lost_row(row: dict[str, Any], why: str) -> dict[str, Any]:
    place = {"where": row["where"]} if "where" in row else {}
    return {"why": why, "prompt": row["prompt"], "answer": row["answer"], **place}


def losses(lost: Rows, step: str) -> dict[str, Any]:
    """Reasons are counted where they are few; of `invalid` there are never many."""
    reasons = Counter(row["why"] for row in lost)
    few = len(reasons) <= _REASONS or step == "invalid"
    return {"count": len(lost), "examples": lost[:_EXAMPLES], **({"reasons": dict(reasons)} if few else {})}


def made_null(nulled: Nulled) -> dict[str, dict[str, int]]:
    """How often each column held what JSON has no number for: {"score": {"NaN": 99}}."""
    columns: dict[str, dict[str, int]] = defaultdict(dict)
    for (column, what), count in nulled.items():
        columns[column][what] = count
    return columns


def described(rows: Rows) -> dict[str, Any]:
    return {
        "kept": len(rows),
        "tasks": dict(Counter(map(label_or_task, rows))),
        "prompt_characters": histogram([len(row["prompt"]) for row in rows]),
        "answer_characters": histogram([len(row["answer"]) for row in rows]),
        "examples": [{"prompt": row["prompt"], "answer": row["answer"]} for row in rows[:_EXAMPLES]],
    }


def label_or_task(row: dict[str, Any]) -> str:
    """A column of people's own may be called `label`, and hold what counts nothing: a number, a list."""
    label = row["metadata"].get("label")
    return label if isinstance(label, str) else row["task"]


def benchmarks(rows: Rows) -> dict[str, int]:
    return dict(Counter(row["metadata"]["benchmark"] for row in rows))


def histogram(lengths: list[int]) -> list[dict[str, Any]]:
    """Counts of lengths up to each edge, from the first bin that has any to the last."""
    edges = [*_LENGTH_EDGES, None]
    counts = Counter(next((e for e in _LENGTH_EDGES if length <= e), None) for length in lengths)
    used = [i for i, edge in enumerate(edges) if counts[edge]]
    return [{"up_to": edges[i], "count": counts[edges[i]]} for i in range(used[0], used[-1] + 1)] if used else []
