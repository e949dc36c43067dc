"""Any part of a training can be done again from its recorded boundaries, and RL without generating."""

import json

import pytest
from interruptible import Interruptible
from rig import prepare
from test_resume import GRPO, SFT


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    running = Interruptible(tmp_path_factory.mktemp("programs"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def recorded(programs, make, tmp_path_factory):
    """kind -> (params, inputs, what a whole run left)."""
    inputs = {
        "sft": {"model": make.model_with(attention_dropout=0.1), "data": make.demonstrations()},
        "grpo": {"model": make.model(), "problems": make.problems()},
    }
    cases = {"sft": {**SFT, "boundaries": 2}, "grpo": GRPO}
    found = {}
    for kind, params in cases.items():
        scratch = tmp_path_factory.mktemp(kind) / "scratch"
        prepare(kind, scratch, params, inputs[kind])
        done = programs.run(scratch)
        assert done.code == 0, done.stderr
        found[kind] = (params, inputs[kind], done)
    return found


def lines(scratch):
    return (scratch / "trace.jsonl").read_text("utf-8").splitlines()


@pytest.mark.parametrize(
    ("kind", "ranges"),
    [
        ("sft", [(0, 2), (2, 2), (4, 2), (6, 1)]),
        ("sft", [(4, 3), (2, 1)]),
        ("grpo", [(0, 3), (3, 3), (6, 2)]),
        ("grpo", [(6, 1), (3, 4)]),
    ],
)
def test_segments_give_the_lines_and_states_of_the_whole(kind, ranges, recorded, programs, tmp_path):
    params, inputs, whole = recorded[kind]
    segments = {"boundaries": "inputs/boundaries", "ranges": [{"after": a, "steps": n} for a, n in ranges]}
    scratch = tmp_path / "scratch"
    prepare(kind, scratch, params, {**inputs, "boundaries": whole.output("boundaries")}, segments=segments)
    done = programs.run(scratch)
    assert done.code == 0, done.stderr
    of_whole = lines(whole.scratch)
    steps = [step for after, count in ranges for step in range(after + 1, after + count + 1)]
    assert lines(scratch) == [of_whole[0], *(of_whole[step] for step in steps)]
    states = {path.name: path.read_bytes() for path in done.output("boundaries").glob("states/*.json")}
    ends = {f"{after + count:08d}.json" for after, count in ranges}
    assert states.keys() == ends
    known = {path.name: path.read_bytes() for path in whole.output("boundaries").glob("states/*.json")}
    assert [name for name in ends & known.keys() if states[name] != known[name]] == []
    assert not (done.output("boundaries") / "tensors").exists()


def test_recorded_rollouts_train_to_the_same_bytes_without_generating(recorded, programs, make, tmp_path, monkeypatch):
    params, inputs, whole = recorded["grpo"]
    scratch = tmp_path / "scratch"
    prepare("grpo", scratch, params, {**inputs, "recorded": whole.output("boundaries")})
    # A sampler that can't: nothing may be drawn.
    stage = scratch / "stage" / "recorder.py"
    stage.write_text(stage.read_text("utf-8").replace("return draw_samples(", "raise AssertionError("), "utf-8")
    done = programs.run(scratch)
    assert done.code == 0, done.stderr
    assert done.digests() == whole.digests()


def test_a_segment_from_recorded_rollouts(recorded, programs, tmp_path):
    params, inputs, whole = recorded["grpo"]
    segments = {"boundaries": "inputs/recorded", "ranges": [{"after": 6, "steps": 2}, {"after": 3, "steps": 1}]}
    scratch = tmp_path / "scratch"
    prepare("grpo", scratch, params, {**inputs, "recorded": whole.output("boundaries")}, segments=segments)
    done = programs.run(scratch)
    assert done.code == 0, done.stderr
    of_whole = lines(whole.scratch)
    assert lines(scratch) == [of_whole[0], of_whole[7], of_whole[8], of_whole[4]]


def test_rollouts_of_other_problems_are_refused(recorded, programs, tmp_path):
    params, inputs, whole = recorded["grpo"]
    scratch = tmp_path / "scratch"
    prepare("grpo", scratch, params, {**inputs, "recorded": whole.output("boundaries")}, seed=43)
    done = programs.run(scratch)
    assert done.code == 1
    assert "are not of the problems that this training draws" in done.stderr.splitlines()[-1]


def test_boundaries_are_stored_once_for_each_content(recorded):
    _, _, whole = recorded["sft"]
    tree = whole.output("boundaries")
    states = [json.loads(path.read_text("utf-8")) for path in sorted(tree.glob("states/*.json"))]
    assert json.loads((tree / "index.json").read_text("utf-8")) == {"boundaries": 1, "every": 2, "steps": [2, 4, 6]}
    named = {entry["sha256"] for state in states for entry in state["tensors"].values()}
    assert named == {path.name for path in tree.glob("tensors/*/*")}
    # The optimizer's step counters are equal for all parameters.
    assert len({e["sha256"] for n, e in states[0]["tensors"].items() if n.endswith("/step")}) == 1


def test_a_damaged_boundary_is_named(recorded, programs, tmp_path):
    params, inputs, whole = recorded["sft"]
    segments = {"boundaries": "inputs/boundaries", "ranges": [{"after": 4, "steps": 1}]}
    scratch = tmp_path / "scratch"
    prepare("sft", scratch, params, {**inputs, "boundaries": whole.output("boundaries")}, segments=segments)
    state = json.loads((scratch / "inputs/boundaries/states/00000004.json").read_text("utf-8"))
    digest = state["tensors"]["parameters/model.norm.weight"]["sha256"]
    (scratch / f"inputs/boundaries/tensors/{digest[:2]}/{digest}").write_bytes(b"\0" * 64)
    done = programs.run(scratch)
    assert done.code == 1
    assert "is damaged" in done.stderr.splitlines()[-1]
