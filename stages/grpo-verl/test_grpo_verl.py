"""The command against the published numbers; the scripts' options are facts, listed here a second time on purpose."""

import json
from pathlib import Path

import pytest
from rig import STAGES as KINDS
from rig import contract, filled_command, request_for, run_kind

STAGES = {
    1: {
        "temperature": 1.4,
        "response_length": 39936,
        "tokens_per_gpu": 40960,
        "sequence_parallel": 1,
        "validation_temperature": 1.2,
    },
    2: {"temperature": 1.45, "response_length": 48128, "tokens_per_gpu": 49152, "sequence_parallel": 1},
    3: {"temperature": 1.5, "response_length": 52224, "tokens_per_gpu": 53248, "sequence_parallel": 4},
}
ALWAYS = """algorithm.adv_estimator=grpo data.train_batch_size=128 data.max_prompt_length=1024
actor_rollout_ref.actor.optim.lr=0.000001 actor_rollout_ref.actor.ppo_mini_batch_size=128
actor_rollout_ref.actor.use_kl_loss=False actor_rollout_ref.actor.kl_loss_coef=0 actor_rollout_ref.actor.entropy_coeff=0
actor_rollout_ref.actor.clip_ratio_low=0.2 actor_rollout_ref.actor.clip_ratio_high=0.28 actor_rollout_ref.rollout.n=8
actor_rollout_ref.rollout.top_k=-1 trainer.n_gpus_per_node=8 trainer.nnodes=1 trainer.dyn_sampling_polaris=True
trainer.save_freq=10 trainer.test_freq=10 trainer.total_epochs=30"""
BY_STAGE = {
    1: """actor_rollout_ref.rollout.temperature=1.4 data.max_response_length=39936
       actor_rollout_ref.actor.ppo_max_token_len_per_gpu=40960 actor_rollout_ref.rollout.max_num_batched_tokens=40960
       actor_rollout_ref.actor.ulysses_sequence_parallel_size=1 actor_rollout_ref.rollout.val_kwargs.temperature=1.2""",
    2: """actor_rollout_ref.rollout.temperature=1.45 data.max_response_length=48128
       actor_rollout_ref.actor.ppo_max_token_len_per_gpu=49152 actor_rollout_ref.rollout.max_num_batched_tokens=49152
       actor_rollout_ref.actor.ulysses_sequence_parallel_size=1 actor_rollout_ref.rollout.val_kwargs.temperature=1.4""",
    3: """actor_rollout_ref.rollout.temperature=1.5 data.max_response_length=52224
       actor_rollout_ref.actor.ppo_max_token_len_per_gpu=53248 actor_rollout_ref.rollout.max_num_batched_tokens=53248
       actor_rollout_ref.actor.ulysses_sequence_parallel_size=4 actor_rollout_ref.rollout.val_kwargs.temperature=1.4""",
}


@pytest.mark.parametrize("stage", STAGES)
def test_the_command_has_the_published_numbers(stage):
    kind = contract("grpo-verl")
    paths = {name: Path(name) for name in ("model", "problems", "validation")}
    params = {**STAGES[stage], "steps": 700, "experiment": f"qwen3-4b-stage{stage}"}
    command = filled_command(kind["command"], request_for(kind, params, paths, 0, ()))
    assert command[1] == "stage/main.py"
    assert {*ALWAYS.split(), *BY_STAGE[stage].split()} - set(command) == set()
    options = [option.split("=", 1)[0] for option in command[2:]]
    assert len(options) == len(set(options))


FORK = Path(__file__).parent / "tests" / "fork"


def trained(make, tmp_path, content):
    inputs = {name: make.file(f"{name}-{content}", content) for name in ("problems", "validation")}
    params = {**STAGES[1], "steps": 2, "experiment": "tiny"}
    environment = {"PYTHONPATH": f"{FORK}:{KINDS / '_sdk'}"}
    return run_kind("grpo-verl", tmp_path / "a", params, {**inputs, "model": make.model()}, environment=environment)


def test_the_fork_is_given_data_that_it_can_read_and_write_beside(make, tmp_path):
    done = trained(make, tmp_path, "rows")
    assert done.code == 0, done.stderr
    assert done.rows("rollouts") == [
        {"id": "0", "reward": 1.0, "generation": 1},
        {"id": "1", "reward": 0.125, "generation": 1},
        {"id": "0", "reward": 1.0, "generation": 2},
        {"id": "2", "reward": 0.125, "generation": 2},
    ]
    assert (done.output("model") / "global_step_2/actor/model_world_size_1_rank_0.pt").is_file()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("fails", "error: verl ended with 3; what it said last is in the log above."),
        (
            "stops",
            "error: verl ended well, but saved global_step_1 and not global_step_2; it ended before its last step.",
        ),
    ],
)
def test_a_fork_that_does_not_end_its_round_fails(content, said, make, tmp_path):
    done = trained(make, tmp_path, content)
    assert done.code == 1
    assert done.stderr.splitlines()[-1] == said


def test_its_rewards_are_of_our_problems_where_to_verl_wrote_them(make, tmp_path):
    """So that drop-easy finds them: three problems, of which the first is always solved."""
    problems = [{"id": name, "prompt": f"{name}?", "answer": "1", "task": "math", "metadata": {}} for name in "abc"]
    file = make.file("three.jsonl", "".join(json.dumps(each) + "\n" for each in problems))
    there = run_kind("to-verl", tmp_path / "there", {}, {"problems": file})
    inputs = {name: there.output("problems") for name in ("problems", "validation")}
    params = {**STAGES[1], "steps": 2, "experiment": "tiny"}
    environment = {"PYTHONPATH": f"{FORK}:{KINDS / '_sdk'}"}
    done = run_kind("grpo-verl", tmp_path / "a", params, {**inputs, "model": make.model()}, environment=environment)
    assert done.code == 0, done.stderr
    assert [row["id"] for row in done.rows("rollouts")] == ["a", "b", "a", "c"]
    left = run_kind("drop-easy", tmp_path / "left", {}, {"problems": file, "rollouts": done.output("rollouts")})
    assert [row["id"] for row in left.rows("problems")] == ["b", "c"]
