"""Real trainings that diverge, and real stages that are given what such a training left.

A control without the fault runs beside each kind of it. Steps, tensors and counts are of one seed, and the same each time.
"""

import json
import math

import pytest
import torch
from interruptible import Interruptible, newest_checkpoint
from rig import prepare, run_kind
from safetensors.torch import load_file, save_file

from repro_sdk.trace_chain import checked_lines

SFT = {"steps": 6, "batch_size": 8, "warmup_steps": 0, "max_length": 16}
GRPO = {"steps": 3, "prompts_per_step": 4, "samples": 8, "max_new_tokens": 4}
# Weights of 1e30 are finite, and their products are not.
DIVERGING = {**SFT, "learning_rate": 1e30}


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    running = Interruptible(tmp_path_factory.mktemp("programs"))
    yield running
    running.close()


@pytest.fixture
def run(programs, make, tmp_path):
    def run(kind, params, model=None, edit=(), name="scratch", **how):
        inputs = {"model": model or make.model()}
        inputs |= {"data": make.demonstrations()} if kind == "sft" else {"problems": make.problems()}
        prepare(kind, tmp_path / name, params, inputs)
        for file, before, after in edit:
            path = tmp_path / name / "stage" / file
            assert before in path.read_text()
            path.write_text(path.read_text().replace(before, after))
        return programs.run(tmp_path / name, **how)

    return run


def metrics(done):
    return [json.loads(line) for line in (done.scratch / "metrics.jsonl").read_text().splitlines()]


def told(done):
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_diverging_sft_ends_at_the_first_such_step_and_keeps_what_it_wrote(dtype, run):
    done = run("sft", {**DIVERGING, "dtype": dtype})
    assert done.code == 1
    assert told(done).startswith("error: Step 2 of 6: of the gradient, ")
    assert "numbers of model.embed_tokens.weight are not finite (" in told(done)
    assert told(done).endswith(
        "; the training has diverged: lower `learning_rate` (it is 1e+30) or `max_grad_norm` (it is 1), or say "
        "`on_nonfinite: record` to go on and keep it in the metrics."
    )
    rows = metrics(done)
    assert [row["step"] for row in rows] == [1, 2]
    assert rows[1]["grad_norm"] == "NaN"
    assert [line.get("step", 0) for line, _ in checked_lines(done.scratch / "trace.jsonl")] == [0, 1, 2]
    assert not (done.scratch / "outputs/model").exists()


def test_with_record_it_goes_on_and_every_step_tells_its_numbers(run, programs):
    done = run("sft", {**DIVERGING, "on_nonfinite": "record", "boundaries": 3})
    assert done.code == 0, done.stderr
    rows = metrics(done)
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["loss"] for row in rows[2:]] == ["NaN"] * 4
    lines = [line for line, _ in checked_lines(done.scratch / "trace.jsonl")][1:]
    assert len(lines) == 6
    for row, line in zip(rows, lines):
        bits = torch.tensor(int(line["scalars"]["loss"], 16) - (1 << 64) * (line["scalars"]["loss"] >= "8")).view(
            torch.float64
        )
        assert math.isnan(bits) if row["loss"] == "NaN" else bits.item() == row["loss"]


def test_recording_goes_on_from_a_checkpoint_to_the_same_bytes(run, programs):
    params = {**DIVERGING, "on_nonfinite": "record"}
    whole = run("sft", params, name="whole")
    assert run("sft", params, signal="SIGTERM", step=4).code == 75
    scratch = whole.scratch.parent / "scratch"
    assert newest_checkpoint(scratch) == 4
    done = programs.run(scratch)
    assert done.code == 0, done.stderr
    assert done.digests() == whole.digests()


def test_a_learning_rate_beyond_float32_is_named(run):
    done = run("sft", {**SFT, "learning_rate": 1e39})
    assert told(done) == "error: `learning_rate` is 1e+39, which is larger than any float32; lower it."


PLANTED = {
    "a reward that is NaN": (
        [("recorder.py", "[1.0 if rollout.correct else 0.0 for rollout in self._last]", "[float('nan'), *[0.0] * (len(self._last) - 1)]")],
        "error: Step 1 of 3: of the rollouts, 1 of the 32 numbers of rewards are not finite (1 NaN); the training has diverged",
    ),
    "an infinite reward": (
        [("recorder.py", "[1.0 if rollout.correct else 0.0 for rollout in self._last]", "[float('inf')] * len(self._last)")],
        "error: Step 1 of 3: of the rollouts, all 32 numbers of rewards are not finite (32 infinite); the training has diverged",
    ),
    "an infinite weight of the KL term": (
        [("main.py", 'beta=params["beta"]', 'beta=float("inf")')],
        "error: Step 1 of 3: the loss is NaN; the training has diverged",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_no_number_in_grpo_is_named(name, run):
    edit, said = PLANTED[name]
    done = run("grpo", GRPO, edit=edit)
    assert (done.code, told(done)[: len(said)]) == (1, said)


def test_grpo_without_a_fault_ends_as_ever(run):
    done = run("grpo", GRPO)
    assert done.code == 0, done.stderr


@pytest.fixture(scope="module")
def spoilt(make, tmp_path_factory):
    """A model with one weight that is NaN, and one whose weights are finite and whose logits are not."""

    def made(name, change):
        folder = tmp_path_factory.mktemp(name)
        for file in make.model().iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        tensors = load_file(folder / "model.safetensors")
        change(tensors)
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
        return folder

    return {
        "nan": made("nan", lambda tensors: tensors["model.norm.weight"][3:4].fill_(math.nan)),
        "large": made("large", lambda tensors: tensors["model.norm.weight"].fill_(3e38)),
    }


@pytest.mark.parametrize("kind", ["sft", "grpo", "calibrate", "temperature-search", "evaluate"])
def test_every_stage_that_loads_a_model_refuses_one_that_is_no_numbers(kind, run, spoilt):
    done = run(kind, {}, spoilt["nan"])
    assert (done.code, told(done)) == (
        1,
        "error: The model in inputs/model can't be used: 1 of the 16 numbers of model.norm.weight are not finite (1 NaN).",
    )


NORM = "model.norm.weight"
INCOMPLETE = {
    "lacks a tensor": lambda tensors, config: tensors.pop(NORM),
    "calls one by another name": lambda tensors, config: tensors.update(renamed=tensors.pop(NORM)),
    "has one of another shape": lambda tensors, config: tensors.update({NORM: tensors[NORM][:3].clone()}),
    "is of fewer layers than its config says": lambda tensors, config: config.update(
        num_hidden_layers=config["num_hidden_layers"] + 1, layer_types=None
    ),
    "is whole": lambda tensors, config: None,
}


@pytest.mark.parametrize("how", INCOMPLETE)
def test_no_weight_is_made_up_where_a_model_lacks_it(how, make, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for file in make.model().iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    tensors = load_file(folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    INCOMPLETE[how](tensors, config)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config))
    params = {"limit": 2, "samples": 2, "pass_at": [1]}
    done = run_kind("evaluate", tmp_path / "scratch", params, {"model": folder, "problems": make.problems()})
    if how == "is whole":
        assert done.code == 0, done.stderr
        return
    assert done.code == 1
    assert told(done).startswith("error: The model in inputs/model can't be used: its files have no weights for model.")
    assert told(done).endswith(", as its config.json has them.")


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("grpo", GRPO),
        ("calibrate", {"limit": 2, "samples": 2}),
        ("temperature-search", {"limit": 2, "samples": 2}),
        ("evaluate", {"limit": 2, "samples": 2, "pass_at": [1], "temperature": 0}),
    ],
)
def test_nothing_is_drawn_from_logits_that_are_no_numbers(kind, params, run, spoilt):
    done = run(kind, params, spoilt["large"])
    assert done.code == 1
    assert told(done).startswith("error: The model's logits are NaN or infinite in ")


def test_evaluating_nothing_is_no_zero(make, tmp_path):
    empty = make.file("no-problems", "")
    done = run_kind("evaluate", tmp_path / "a", {}, {"model": make.model(), "problems": empty})
    assert (done.code, told(done)) == (1, "error: inputs/problems holds no rows: it is empty.")
