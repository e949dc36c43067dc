import json

import pytest
from rig import run_kind


def problem(name, label="sums"):
    return {"id": name, "prompt": f"{name}=", "answer": "1", "task": "chain_sum", "metadata": {"label": label}}


def rollout(name, reward, sample=0):
    return {"id": name, "step": 1, "sample": sample, "completion": "1", "reward": reward}


@pytest.fixture
def drop(tmp_path):
    def run(problems, rollouts, **params):
        for name, rows in (("problems", problems), ("rollouts", rollouts)):
            (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        inputs = {"problems": tmp_path / "problems", "rollouts": tmp_path / "rollouts"}
        return run_kind("drop-easy", tmp_path / "scratch", params, inputs)

    return run


def test_drops_what_is_above_the_threshold_and_keeps_order(drop):
    rollouts = [rollout("easy", 1.0), rollout("hard", 0.0), rollout("edge", 1.0), rollout("edge", 0.8)]
    done = drop([problem("hard"), problem("easy"), problem("edge"), problem("new")], rollouts)
    assert done.code == 0, done.stderr
    assert [row["id"] for row in done.rows("problems")] == ["hard", "edge", "new"]
    report = done.json("report")
    assert (report["read"], report["dropped"], report["kept"], report["without_rollouts"]) == (4, 1, 3, 1)
    assert json.loads((done.scratch / "values.json").read_text()) == {"kept": 3}


def test_histogram_has_ten_bins_and_the_last_includes_one(drop):
    done = drop([problem("a"), problem("b")], [rollout("a", 1.0), rollout("b", 0.0)])
    counts = [bin["count"] for bin in done.json("report")["histogram"]]
    assert counts == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_fails_when_nothing_would_be_left(drop):
    done = drop([problem("a")], [rollout("a", 1.0)])
    assert done.code == 1
    assert "0 of 1 problems would be left, keep_at_least is 1" in done.stderr
    assert not done.output("problems").exists()


def test_a_rollout_without_reward_is_named(drop):
    done = drop([problem("a")], [rollout("a", 1.0), {"id": "a"}])
    assert done.code == 1
    assert "inputs/rollouts, line 2: the rollout lacks an id or a reward." in done.stderr


def test_a_reward_that_is_no_number_drops_nothing(drop):
    done = drop([problem("a"), problem("b")], [rollout("a", float("nan")), rollout("b", 0.0)])
    assert (done.code, done.stderr.splitlines()[-1]) == (
        1,
        "error: inputs/rollouts, line 1: the rollout's reward is NaN.",
    )
