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
        (r"<think>\boxed{6}</think> \boxed{7}", "boxed-after-think", "7"),
        (r"so \boxed{7}", "boxed-after-think", None),
        (r"\boxed{7}</think> it is 7", "boxed-after-think", None),
        # A second thought: what follows it was not read by the published reward, either.
        (r"</think>\boxed{7}</think>\boxed{8}", "boxed-after-think", "7"),
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


def test_each_of_several_right_answers_is_right():
    several = problem(task="math", answer="0.01", alternatives=["0.02", r"\frac{3}{100}"])
    assert [is_correct(several, answer) for answer in ("0.01", "0.02", "0.03", "0.04")] == [True, True, True, False]


# README.md has these as a table, with what the published grader says of each.
@pytest.mark.parametrize(
    ("gold", "answer", "ours"),
    [
        ("1,2", "2,1", True),
        ("2", "2.0000001", False),
        ("142.0", "142", True),
        (r"\frac{1}{2}", "0.5", True),
        (r"41.8^\circ", "41.8^{\\circ}", True),
        ("9.6", "9.60", True),
    ],
)
def test_where_graders_differ(gold, answer, ours):
    assert is_correct(problem(task="math", answer=gold), answer) is ours


def test_an_unknown_task_is_named():
    with pytest.raises(StageFailure, match="no task named 'chain_some'"):
        is_correct(problem(task="chain_some"), "7")
