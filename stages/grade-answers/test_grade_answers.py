import json

import pytest
from rig import run_kind


def row(right, *responses):
    return {"reward_model": {"ground_truth": right}, "responses": list(responses)}


ROWS = [
    row("204", r"so \boxed{204}", r"\boxed{203}"),
    row(["0.01", "0.02"], r"\boxed{0.02}", r"<think>\boxed{0.01}</think> \boxed{\frac{1}{100}}"),
    row(142.0, "142", r"\boxed{142}"),
]


@pytest.fixture
def graded(tmp_path):
    def run(benchmarks, **params):
        folder = tmp_path / "answers"
        folder.mkdir()
        for name, rows in benchmarks.items():
            (folder / name).write_text("".join(json.dumps(each) + "\n" for each in rows), "utf-8")
        return run_kind("grade-answers", tmp_path / "a", {"bootstrap": 50, **params}, {"answers": folder})

    return run


def test_scores_stand_beside_the_published_ones(graded):
    done = graded({"aime": ROWS, "other": ROWS[:1]}, pass_at=[1, 2], published={"aime": 79.4, "other": 0})
    assert done.code == 0, done.stderr
    report = done.json("report")
    aime = report["aime"]
    assert (aime["problems"], aime["samples"], aime["avg_at_k"]["mean"]) == (3, 2, pytest.approx(4 / 6))
    assert aime["pass_at"] == {"1": pytest.approx(4 / 6), "2": 1.0}
    assert aime["format_errors"] == pytest.approx(1 / 6)
    assert aime["published"] == {"percent": 79.4, "inside_interval": True}
    assert report["other"]["published"]["inside_interval"] is False
    assert [each["reward"] for each in done.rows("rollouts")] == [1, 0, 1, 1, 0, 1, 1, 0]
    assert json.loads((done.scratch / "values.json").read_text())["avg_at_k"] == pytest.approx((4 / 6 + 1 / 2) / 2)


def test_thought_is_no_answer_where_one_says_so(graded):
    done = graded({"aime": ROWS}, answer_style="boxed-after-think")
    assert done.json("report")["aime"]["avg_at_k"]["mean"] == pytest.approx(1 / 6)


@pytest.mark.parametrize(
    ("rows", "params", "said"),
    [
        (
            [{"responses": ["1"]}],
            {},
            "aime, line 1: there is no 'reward_model.ground_truth'; say in `fields` where it is.",
        ),
        ([row("1")], {}, "aime, line 1: 'responses' is no list of responses; say in `fields` where they are."),
        ([row("1", "1"), row("1", "1", "2")], {}, "aime has 1 to 2 responses for a problem; avg@k needs one k."),
        ([row("1", "1")], {"pass_at": [4]}, "pass_at is [4], but aime has 1 responses for each problem."),
        ([row("1", "1")], {"published": {"aim": 1}}, "published names aim, but the benchmarks are aime."),
        ([row(None, "1")], {}, "aime, line 1: the right answer is None, and no text, number or list of these."),
    ],
)
def test_what_can_not_be_graded_is_named(rows, params, said, graded):
    done = graded({"aime": rows}, **params)
    assert done.code == 1
    assert done.stderr.splitlines()[-1].endswith(said)
