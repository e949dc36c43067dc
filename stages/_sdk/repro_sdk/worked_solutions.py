"""Step-by-step solutions, written by a program: the laptop's stand-in for a large teacher.

POLARIS starts from a model distilled from longer reasoning. A model of 150,000
weights has no teacher, but sums have one: carry the running total along.
"""

from __future__ import annotations

from typing import Any

from .failure import StageFailure

_STEP = {"+": lambda left, right: left + right, "-": lambda left, right: left - right}


def worked_steps(problem: dict[str, Any]) -> str:
    """The running totals of a sum, one step a line: `3 + 4 = 7\\n7 - 9 = -2\\n` for 3 + 4 - 9.

    `problem` is a row of a `problems` artifact of the reasoning-gym task
    `chain_sum`; raises `StageFailure` for any other task.
    """
    if problem["task"] != "chain_sum":
        raise StageFailure(f"There are worked steps for chain_sum only, not for {problem['task']}.")
    first, *rest = problem["metadata"]["expression"].split()
    total, lines = int(first), []
    for operator, number in zip(rest[::2], rest[1::2], strict=True):
        result = _STEP[operator](total, int(number))
        lines.append(f"{total} {operator} {number} = {result}\n")
        total = result
    return "".join(lines)
