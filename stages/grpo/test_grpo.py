import json
from collections import Counter

import pytest
from rig import contract, from_stage, run_kind

PARAMS = {"steps": 3, "prompts_per_step": 4, "samples": 16, "max_new_tokens": 4, "learning_rate": 0.001}


@pytest.fixture(scope="module")
def trained(make, tmp_path_factory):
    scratch = tmp_path_factory.mktemp("grpo") / "a"
    done = run_kind("grpo", scratch, PARAMS, {"model": make.model(), "problems": make.problems()})
    assert done.code == 0, done.stderr
    return done


def test_every_rollout_is_kept(trained, make):
    rows = trained.rows("rollouts")
    assert len(rows) == 3 * 4 * 16
    assert set(Counter((row["step"], row["id"]) for row in rows).values()) == {16}
    assert {row["step"] for row in rows} == {1, 2, 3}
    assert {row["reward"] for row in rows} <= {0.0, 1.0}


def test_metrics_agree_with_the_rollouts(trained):
    metrics = [json.loads(line) for line in (trained.scratch / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert [row["step"] for row in metrics] == [1, 2, 3]
    for row in metrics:
        rewards = [r["reward"] for r in trained.rows("rollouts") if r["step"] == row["step"]]
        assert row["reward"] == pytest.approx(sum(rewards) / len(rewards), abs=1e-6)


def test_the_policy_moved(trained, make):
    weights = [(folder / "model.safetensors").read_bytes() for folder in (make.model(), trained.output("model"))]
    assert weights[0] != weights[1]


def test_one_batch_of_rollouts_may_serve_several_steps(make, tmp_path):
    params = {**PARAMS, "steps": 4, "iterations": 2, "samples": 4, "accumulation": 2}
    done = run_kind("grpo", tmp_path / "a", params, {"model": make.model(), "problems": make.problems()})
    assert done.code == 0, done.stderr
    assert len(done.rows("rollouts")) == 2 * 4 * 4


def test_groups_of_one_sample_again_and_again_end_the_training(make, tmp_path):
    """As verl's `full_determinism` draws them: one seed for all samples of a replica. The control has seeds of its own."""
    params = {"steps": 1, "prompts_per_step": 8, "samples": 4, "max_new_tokens": 4}
    inputs = {"model": make.model(), "problems": make.problems()}
    done = run_kind("grpo", tmp_path / "own", params, inputs)
    assert done.code == 0, done.stderr
    (row,) = map(json.loads, (done.scratch / "metrics.jsonl").read_text("utf-8").splitlines())
    assert row["identical_groups"] == 0
    peaked = run_kind("grpo", tmp_path / "peaked", {**params, "temperature": 0.01}, inputs)
    assert peaked.code == 1
    assert "Step 1: in 100% of 8 groups all 4 samples are the same" in peaked.stderr.splitlines()[-1]
    allowed = run_kind("grpo", tmp_path / "allowed", {**params, "temperature": 0.01, "most_identical": 1}, inputs)
    assert allowed.code == 0, allowed.stderr


def test_the_arithmetic_of_a_large_model_is_the_same_twice_on_a_cpu(make, tmp_path):
    """bfloat16, gradient checkpointing and accumulation, as the `h100` profile has them, with rewards to learn from."""
    params = {**PARAMS, "dtype": "bfloat16", "gradient_checkpointing": True, "accumulation": 4, "learning_rate": 0.01}
    inputs = {"model": make.model(), "problems": make.problems()}
    once, twice = (run_kind("grpo", tmp_path / name, params, inputs) for name in ("once", "twice"))
    assert once.code == 0, once.stderr
    assert once.digests() == twice.digests()
    assert {row["reward"] for row in once.rows("rollouts")} == {0.0, 1.0}
    before, after = ((folder / "model.safetensors").read_bytes() for folder in (make.model(), once.output("model")))
    assert before != after


def test_two_problems_with_one_prompt_are_refused():
    recorder = from_stage("grpo", "recorder")
    rows = [{"id": str(i), "prompt": "1+1="} for i in range(2)]
    with pytest.raises(Exception, match="the same prompt"):
        recorder.RolloutRecorder({}, rows, 2, None, None, 1)


def test_the_published_loss_is_what_trl_is_told():
    main = from_stage("grpo", "main")
    params = {name: param.get("default") for name, param in contract("grpo")["params"].items()}
    config = main.trainer_config(params, seed=1)
    assert (config.epsilon, config.epsilon_high, config.beta) == (0.2, 0.28, 0.0)
    assert (config.loss_type, config.num_generations, config.num_iterations) == ("dapo", 8, 1)
    assert config.entropy_coef == 0.0
