"""Is the answer right? Asked of the verifiers that made the problems."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from .failure import StageFailure

MATH = "math"
_BOXED = re.compile(r"\\boxed\{")
_TAGGED = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)
_FULL_CREDIT = 1.0
_THOUGHT_ENDS = "</think>"


def extract_answer(completion: str, style: str) -> str | None:
    """The answer inside a completion; None is a format error.

    Styles: `plain` (the whole completion), `tagged` (`<answer>…</answer>`, the
    last one), `boxed` (`\\boxed{…}`, the last one, braces balanced), and
    `boxed-after-think`: as the published reward of POLARIS has it, what stands
    before `</think>` is thought and no answer, and without it there is none.
    """
    if style == "boxed-after-think":
        parts = completion.split(_THOUGHT_ENDS)
        # What follows a second end was never read by the published reward.
        return _last_boxed(parts[1]) if len(parts) > 1 else None
    if style == "plain":
        return completion.strip() or None
    if style == "tagged":
        found = _TAGGED.findall(completion)
        return found[-1].strip() or None if found else None
    if style == "boxed":
        return _last_boxed(completion)
    raise StageFailure(f"The answer style {style!r} is unknown; use plain, tagged, boxed or boxed-after-think.")


def is_correct(problem: dict[str, Any], answer: str | None) -> bool:
    """Full credit from the task's own verifier; partial credit is not correct.

    `problem` is a row of a `problems` artifact. The task `math` is judged by
    math-verify, every other task by the reasoning-gym data set of that name.
    Where a problem has `alternatives`, each of them is as right as its answer.
    """
    if answer is None:
        return False
    if problem["task"] == MATH:
        return any(_math_equal(right, answer) for right in (problem["answer"], *problem.get("alternatives", ())))
    entry = {"question": problem["prompt"], "answer": problem["answer"], "metadata": problem["metadata"]}
    return _verifier(problem["task"])(answer=answer, entry=entry) >= _FULL_CREDIT


@functools.cache
def _verifier(task: str) -> Callable[..., float]:
    import reasoning_gym

    try:
        return reasoning_gym.get_score_answer_fn(task)
    except ValueError:
        raise StageFailure(f"reasoning-gym has no task named {task!r}.") from None


def _math_equal(expected: str, answer: str) -> bool:
    import math_verify

    # Without timeouts: they use signals, and an answer must not depend on a clock. Its annotation forgets that.
    untimed: Any = None
    gold = math_verify.parse(f"${expected}$", parsing_timeout=untimed)
    found = math_verify.parse(f"${answer}$", parsing_timeout=untimed)
    return bool(gold) and math_verify.verify(gold, found, timeout_seconds=None)


def _last_boxed(completion: str) -> str | None:
    starts = [match.end() for match in _BOXED.finditer(completion)]
    if not starts:
        return None
    depth = 1
    for position in range(starts[-1], len(completion)):
        depth += {"{": 1, "}": -1}.get(completion[position], 0)
        if depth == 0:
            return completion[starts[-1] : position].strip() or None
    return None
