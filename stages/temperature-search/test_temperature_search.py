import json

import pytest
from rig import from_stage, run_kind


@pytest.fixture
def choice():
    return from_stage("temperature-search", "choice")


def measured(choice, *rows):
    return [choice.Measurement(*row) for row in rows]


def test_the_most_diverse_within_tolerance_wins(choice):
    rows = measured(choice, (0.8, 0.70, 0.30), (1.0, 0.68, 0.50), (1.2, 0.66, 0.60), (1.4, 0.40, 0.90))
    assert choice.choose(rows, 0.05).temperature == 1.2
    assert choice.choose(rows, 0.03).temperature == 1.0
    assert choice.choose(rows, 0.0).temperature == 0.8
    assert choice.choose(rows, 1.0).temperature == 1.4


def test_equally_diverse_ones_stay_cool(choice):
    assert choice.choose(measured(choice, (1.2, 0.5, 0.5), (0.8, 0.5, 0.5)), 0.1).temperature == 0.8


def test_every_temperature_is_measured(make, tmp_path):
    params = {"temperatures": [1.3, 0.7, 1.0], "samples": 4, "limit": 8, "max_new_tokens": 4}
    done = run_kind("temperature-search", tmp_path / "a", params, {"model": make.model(), "problems": make.problems()})
    assert done.code == 0, done.stderr
    report = done.json("report")
    assert [row["temperature"] for row in report["measurements"]] == [0.7, 1.0, 1.3]
    assert json.loads((done.scratch / "values.json").read_text())["temperature"] == report["chosen"]


def test_no_temperature_is_an_error(make, tmp_path):
    inputs = {"model": make.model(), "problems": make.problems()}
    done = run_kind("temperature-search", tmp_path / "a", {"temperatures": []}, inputs)
    assert done.code == 1
    assert "at least one temperature" in done.stderr
