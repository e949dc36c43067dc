import pytest

from repro_sdk import StageFailure
from repro_sdk.worked_solutions import worked_steps


def test_running_totals():
    row = {"task": "chain_sum", "metadata": {"expression": "3 + 4 - 9"}}
    assert worked_steps(row) == "3 + 4 = 7\n7 - 9 = -2\n"


def test_other_tasks_have_none():
    with pytest.raises(StageFailure, match="not for gcd"):
        worked_steps({"task": "gcd", "metadata": {}})
