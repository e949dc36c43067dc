import pytest
from rig import from_stage, run_kind


@pytest.fixture
def selection():
    return from_stage("calibrate", "selection")


def problems(count):
    return [{"id": str(i)} for i in range(count)]


def test_never_and_always_solved_go(selection):
    rates = [0.0, 0.125, 0.25, 1.0]
    assert selection.mirrored_j(problems(4), rates, 0.5, 0.5, seed=1) == [False, True, True, False]


def test_the_easiest_go_until_the_share_holds(selection):
    rates = [0.1, 0.2, 0.6, 0.7, 0.8, 0.9]
    assert selection.mirrored_j(problems(6), rates, 0.5, 0.5, seed=1) == [True, True, True, True, False, False]
    assert selection.mirrored_j(problems(6), rates, 0.5, 0.0, seed=1) == [True, True, False, False, False, False]
    assert selection.mirrored_j(problems(6), rates, 0.5, 1.0, seed=1) == [True] * 6


def test_equally_easy_ones_are_drawn_by_id_not_by_place(selection):
    rows, rates = problems(20), [0.25] * 5 + [0.75] * 15
    kept = selection.mirrored_j(rows, rates, 0.5, 0.5, seed=1)
    backwards = selection.mirrored_j(rows[::-1], rates[::-1], 0.5, 0.5, seed=1)
    assert sum(kept) == 10
    assert kept == backwards[::-1]


def test_histogram_counts_every_rate_once(selection):
    assert selection.histogram([0.0, 0.05, 0.1, 0.95, 1.0]) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]


def test_kept_problems_carry_their_rate(make, tmp_path):
    params = {"samples": 16, "temperature": 1.3, "max_new_tokens": 4, "easy_share": 0.8}
    done = run_kind("calibrate", tmp_path / "a", params, {"model": make.model(), "problems": make.problems()})
    assert done.code == 0, done.stderr
    rates = [row["metadata"]["pass_rate"] for row in done.rows("problems")]
    report = done.json("report")
    assert rates and all(0 < rate < 1 for rate in rates)
    assert len(rates) == report["kept"] == sum(report["histogram"]["after"])
    assert report["problems"] == report["kept"] + sum(report["dropped"].values())


def test_nothing_left_says_what_to_do(make, tmp_path):
    params = {"samples": 1, "max_new_tokens": 1}
    done = run_kind("calibrate", tmp_path / "a", params, {"model": make.model(), "problems": make.problems()})
    assert done.code == 1
    assert "Make the problems easier or train the model longer." in done.stderr
