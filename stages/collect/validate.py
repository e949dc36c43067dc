"""Is this a problem that can be trained and judged on?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from repro_sdk import StageFailure
from repro_sdk.grading import is_correct


def rejection(problem: dict[str, Any], params: Mapping[str, Any]) -> str | None:
    """Why the problem can't be used, or None. The task's own verifier must accept the problem's own answer."""
    if not problem["prompt"]:
        return "empty prompt"
    if not problem["answer"]:
        return "empty answer"
    if 0 < params["longest_prompt"] < len(problem["prompt"]):
        return "prompt too long"
    if 0 < params["longest_answer"] < len(problem["answer"]):
        return "answer too long"
    if not is_json(problem["metadata"]):
        return "metadata is not JSON"
    return unverified(problem)


def unverified(problem: dict[str, Any]) -> str | None:
    try:
        accepted = is_correct(problem, problem["answer"])
    except StageFailure:
        raise
    except Exception as error:  # A verifier may raise anything on data that it didn't make.
        return f"verifier ends with {type(error).__name__}"
    return None if accepted else "answer not accepted by its own verifier"


def is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True
