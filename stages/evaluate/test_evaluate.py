import json

import pytest
from rig import from_stage, run_kind

from repro_sdk.rollouts import Rollout

PARAMS = {"samples": 4, "temperature": 1.0, "pass_at": [1, 2], "bootstrap": 50, "confidence": 0.95}


def rollouts(number, benchmark, *correct):
    problem = {"id": str(number), "task": "chain_sum", "metadata": {"benchmark": benchmark}}
    return [Rollout(problem, k, "7", [3, 4], True, "7", right) for k, right in enumerate(correct)]


def test_scores_by_hand():
    drawn = [rollouts(1, "small", True, True, False, False), rollouts(2, "large", False, False, False, False)]
    report = from_stage("evaluate", "report").evaluation_report(drawn, PARAMS, seed=1)
    assert report["all"]["avg_at_k"]["mean"] == 0.25
    assert report["all"]["pass_at"]["2"]["mean"] == pytest.approx((1 - 1 / 6) / 2)
    assert report["all"]["mean_length"] == 2
    assert report["benchmarks"]["small"]["avg_at_k"] == {"mean": 0.5, "low": 0.5, "high": 0.5}
    assert report["benchmarks"]["large"]["pass_at"]["1"]["mean"] == 0


def test_an_unfinished_or_unboxed_answer_is_a_format_error(make, tmp_path):
    params = {"samples": 2, "pass_at": [2], "max_new_tokens": 2, "answer_style": "boxed"}
    done = run_kind("evaluate", tmp_path / "a", params, {"model": make.model(), "problems": make.evaluation()})
    assert done.code == 0, done.stderr
    assert done.json("report")["all"]["format_errors"] == 1.0


def test_values_agree_with_the_rollouts(make, tmp_path):
    params = {"samples": 16, "pass_at": [1, 16], "max_new_tokens": 3, "temperature": 2.0}
    done = run_kind("evaluate", tmp_path / "a", params, {"model": make.model(), "problems": make.evaluation()})
    assert done.code == 0, done.stderr
    values = json.loads((done.scratch / "values.json").read_text())
    rewards = [row["reward"] for row in done.rows("rollouts")]
    assert values["avg_at_k"] == pytest.approx(sum(rewards) / len(rewards))
    assert values["pass_at_k"] == pytest.approx(done.json("report")["all"]["pass_at"]["16"]["mean"])


def test_pass_at_more_than_was_sampled_is_an_error(make, tmp_path):
    inputs = {"model": make.model(), "problems": make.evaluation()}
    done = run_kind("evaluate", tmp_path / "a", {"samples": 2, "pass_at": [8]}, inputs)
    assert (done.code, done.stderr.splitlines()[-1]) == (1, "error: pass@8 needs more than the 2 samples there are.")
