"""Interrupted at any step and gone on with, a training gives the bytes of one that nobody disturbed.

Every step k of a small SFT and a small GRPO run, by real signals to real processes; outputs, values, metrics, trace and
boundaries are compared. `REPRO_RESUME=all` adds every way to die at every step, and more recipes (ten minutes).
"""

import os
from dataclasses import dataclass, field

import pytest
from interruptible import Interruptible, clear_for_resume, move_to_new_run, newest_checkpoint
from rig import prepare

ALL = os.environ.get("REPRO_RESUME") == "all"
CHECKPOINTED = 75
KILLED = -9


@dataclass(frozen=True)
class Case:
    kind: str
    params: dict
    model: dict = field(default_factory=dict)
    always: bool = True
    environment: dict = field(default_factory=dict)


SFT = {
    "steps": 7, "batch_size": 6, "accumulation": 2, "learning_rate": 0.01, "warmup_steps": 2, "weight_decay": 0.1,
    "max_length": 16,
}  # fmt: skip
# Three batches of problems, each used for two steps in two forward passes each: an epoch has six steps.
GRPO = {
    "steps": 8, "prompts_per_step": 12, "samples": 4, "accumulation": 2, "iterations": 2, "max_new_tokens": 4,
    "learning_rate": 0.001, "schedule": "cosine", "warmup_steps": 2, "boundaries": 3,
}  # fmt: skip
CASES = {
    # 20 demonstrations in batches of three: an epoch has four steps, the last of them shorter. Dropout draws from torch.
    "sft": Case("sft", SFT, {"attention_dropout": 0.1}),
    "grpo": Case("grpo", GRPO),
    "sft-plain": Case(
        "sft", {**SFT, "accumulation": 1, "batch_size": 8, "boundaries": 2, "trace": "light"}, always=False
    ),
    "sft-no-trace": Case(
        "sft", {**SFT, "trace": "off", "gradient_checkpointing": True, "max_grad_norm": 0}, always=False
    ),
    # Fused AdamW.
    "sft-portable": Case("sft", SFT, always=False, environment={"REPRO_PORTABLE": "1"}),
    "grpo-three": Case(
        "grpo", {**GRPO, "iterations": 3, "accumulation": 1, "steps": 11, "boundaries": 0}, always=False
    ),
    "grpo-kl": Case("grpo", {**GRPO, "beta": 0.05, "loss": "grpo", "iterations": 1, "steps": 7}, always=False),
    "grpo-dropout": Case("grpo", {**GRPO, "trace": "light"}, {"attention_dropout": 0.1}, always=False),
}


def everything():
    """(case, signal, step): the signals of `interrupting.py`, at every step that isn't the last."""
    for name, case in CASES.items():
        for step in range(1, case.params["steps"]):
            few = step in (1, case.params["steps"] // 2)
            yield (name, "SIGTERM", step, case.always)
            yield (name, "SIGKILL", step, case.always and few)
            yield (name, "SIGKILL-in-save", step, case.always and step == 4)


CHOSEN = [(name, signal, step) for name, signal, step, always in everything() if always or ALL]


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    running = Interruptible(tmp_path_factory.mktemp("programs"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def undisturbed(programs, make, tmp_path_factory):
    """The digests of each case when nothing happens; made once."""
    known = {}

    def digests(name):
        if name not in known:
            scratch = prepared(name, make, tmp_path_factory.mktemp(name) / "scratch")
            known[name] = finished(programs.run(scratch, environment=CASES[name].environment))
        return known[name]

    return digests


def prepared(name, make, scratch):
    case = CASES[name]
    inputs = {"model": make.model_with(**case.model) if case.model else make.model()}
    inputs |= {"data": make.demonstrations()} if case.kind == "sft" else {"problems": make.problems()}
    prepare(case.kind, scratch, case.params, inputs)
    return scratch


def finished(done):
    assert done.code == 0, done.stderr
    return done.digests()


@pytest.mark.parametrize(("name", "signal", "step"), CHOSEN)
def test_interrupted_at_any_step_it_gives_the_same_bytes(name, signal, step, programs, undisturbed, make, tmp_path):
    scratch = prepared(name, make, tmp_path / "scratch")
    is_asked = signal == "SIGTERM"
    environment = CASES[name].environment
    first = programs.run(scratch, signal, step, not is_asked, environment)
    assert first.code == (CHECKPOINTED if is_asked else KILLED), first.stderr
    assert newest_checkpoint(scratch) == (step if is_asked else step - 1)
    clear_for_resume(scratch)
    assert finished(programs.run(scratch, environment=environment)) == undisturbed(name)


@pytest.mark.parametrize("name", ["sft", "grpo"])
def test_interrupted_twice_and_gone_on_with_by_another_run(name, programs, undisturbed, make, tmp_path):
    scratch, fresh = (prepared(name, make, tmp_path / folder) for folder in ("scratch", "fresh"))
    assert programs.run(scratch, "SIGUSR1", 2).code == CHECKPOINTED
    clear_for_resume(scratch)
    assert programs.run(scratch, "SIGKILL", 5, every_step=True).code == KILLED
    move_to_new_run(scratch, fresh)
    assert newest_checkpoint(fresh) == 4
    assert finished(programs.run(fresh)) == undisturbed(name)


def test_a_checkpoint_of_another_request_is_refused(programs, undisturbed, make, tmp_path):
    scratch = prepared("sft", make, tmp_path / "scratch")
    assert programs.run(scratch, "SIGTERM", 3).code == CHECKPOINTED
    fresh = tmp_path / "fresh"
    prepare("sft", fresh, SFT, {"model": make.base(), "data": make.demonstrations()})
    move_to_new_run(scratch, fresh)
    done = programs.run(fresh)
    assert "is not used: it belongs to another request" in done.stderr
    undisturbed_base = tmp_path / "base"
    prepare("sft", undisturbed_base, SFT, {"model": make.base(), "data": make.demonstrations()})
    assert finished(done) == finished(programs.run(undisturbed_base)) != undisturbed("sft")


def test_a_damaged_checkpoint_is_refused(programs, undisturbed, make, tmp_path):
    scratch = prepared("sft", make, tmp_path / "scratch")
    assert programs.run(scratch, "SIGTERM", 3).code == CHECKPOINTED
    (file,) = scratch.glob("resume/step-*/state.safetensors")
    damaged = bytearray(file.read_bytes())
    damaged[-1] ^= 1
    file.write_bytes(damaged)
    clear_for_resume(scratch)
    done = programs.run(scratch)
    assert "state.safetensors is damaged" in done.stderr
    assert finished(done) == undisturbed("sft")


@pytest.mark.parametrize("mode", ["light", "off"])
def test_a_trace_changes_nothing_but_itself(mode, programs, undisturbed, make, tmp_path):
    scratch = tmp_path / "scratch"
    inputs = {"model": make.model_with(**CASES["sft"].model), "data": make.demonstrations()}
    prepare("sft", scratch, {**SFT, "trace": mode}, inputs)
    other = finished(programs.run(scratch))
    expected = dict(undisturbed("sft"))
    assert expected.pop("trace.jsonl") != other.pop("trace.jsonl", None)
    assert other == expected


def test_the_comparison_would_see_a_lost_random_state(programs, undisturbed, make, tmp_path):
    """The control: with one generator's state changed in the checkpoint, the bytes do differ."""
    scratch = prepared("sft", make, tmp_path / "scratch")
    assert programs.run(scratch, "SIGTERM", 3).code == CHECKPOINTED
    forge_random_state(next(scratch.glob("resume/step-*")))
    clear_for_resume(scratch)
    other = finished(programs.run(scratch))
    assert other.keys() == undisturbed("sft").keys()
    assert other["trace.jsonl"] != undisturbed("sft")["trace.jsonl"]
    assert other["outputs/model/model.safetensors"] != undisturbed("sft")["outputs/model/model.safetensors"]


def forge_random_state(place):
    import json

    import torch
    from safetensors.torch import load_file, save_file

    from repro_sdk.tensor_digest import file_digest

    tensors = load_file(str(place / "state.safetensors"))
    torch.manual_seed(1)
    save_file({**tensors, "rng/torch/cpu": torch.random.get_rng_state()}, str(place / "state.safetensors"))
    note = json.loads((place / "checkpoint.json").read_text())
    note["digests"]["state.safetensors"] = file_digest(place / "state.safetensors")
    (place / "checkpoint.json").write_text(json.dumps(note))
