import pytest

from repro_sdk import StageFailure
from repro_sdk.grading import extract_answer, is_correct


def problem(**changes):
    return {"id": "1", "prompt": "3 + 4 =", "answer": "7", "task": "chain_sum", "metadata": {}, **changes}


@pytest.mark.parametrize(
    ("completion", "style", "answer"),
    [
        (" 7 ", "plain", "7"),
        ("", "plain", None),
        ("so <answer>6</answer> no, <answer>7</answer>", "tagged", "7"),
        ("7", "tagged", None),
        (r"3+4=7 \boxed{7}", "boxed", "7"),
        (r"\boxed{\frac{1}{2}}", "boxed", r"\frac{1}{2}"),
        (r"\boxed{7", "boxed", None),
    ],
)
def test_answers_are_found(completion, style, answer):
    assert extract_answer(completion, style) == answer


def test_only_full_credit_is_correct():
    assert is_correct(problem(), "7")
    assert not is_correct(problem(), "77")
    assert not is_correct(problem(), None)


def test_mathematics_is_judged_as_mathematics():
    assert is_correct(problem(task="math", answer="0.5"), r"\frac{1}{2}")
    assert not is_correct(problem(task="math", answer="0.5"), "2")


def test_an_unknown_task_is_named():
    with pytest.raises(StageFailure, match="no task named 'chain_some'"):
        is_correct(problem(task="chain_some"), "7")
