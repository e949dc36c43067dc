"""Rollouts as token ids: enough to train on them again without drawing them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from repro_sdk import StageFailure, read_jsonl
from repro_sdk.rollouts import Rollout
from repro_sdk.sampling import Completion

COMPLETIONS = "completions.jsonl"


def completion_row(rollout: Rollout, step: int) -> dict[str, Any]:
    """A line of completions.jsonl. Text alone would not do: the same text may be other tokens."""
    return {
        "id": rollout.problem["id"],
        "step": step,
        "sample": rollout.sample,
        "ids": rollout.ids,
        "finished": rollout.finished,
    }


class RecordedCompletions:
    """Gives the completions that an earlier run recorded, step by step.

    Steps may be asked for in any order; the file is read again from its start when they go back.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._steps: Iterable[tuple[int, Iterable[dict[str, Any]]]] = iter(())
        self._at = None

    def of(self, step: int, problems: Sequence[str], samples: int) -> list[list[Completion]]:
        """`samples` completions of each problem, by id, as drawn before `step`. Raises when others were drawn then."""
        rows = self._rows(step)
        found = [(row["id"], row["sample"]) for row in rows]
        if found != [(problem, sample) for problem in problems for sample in range(samples)]:
            raise StageFailure(
                f"The recorded rollouts of step {step} are not of the problems that this training draws."
            )
        drawn = [Completion(row["ids"], row["finished"]) for row in rows]
        return [drawn[start : start + samples] for start in range(0, len(drawn), samples)]

    def _rows(self, step: int) -> list[dict[str, Any]]:
        if self._at is None or step <= self._at:
            self._steps = itertools.groupby(read_jsonl(self._path), key=lambda row: row["step"])
        self._at = step
        for at, rows in self._steps:
            if at == step:
                return list(rows)
        raise StageFailure(f"There are no recorded rollouts of step {step}.")
