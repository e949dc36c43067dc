"""Shards of real FSDP2 trainings on two and three processes, merged and compared with what the ranks hold together."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from rig import run_kind
from safetensors.torch import load_file

TRAIN = Path(__file__).parent / "tests" / "train_shards.py"
MERGE = {"dtype": "keep"}


def train_shards(model, folder, step, world):
    asked = json.dumps([str(model), str(folder), step, world])
    subprocess.run([sys.executable, str(TRAIN), asked], check=True, timeout=300)


@pytest.fixture(scope="module")
def checkpoints(make, tmp_path_factory):
    """Steps 10 and 20 of a training on two ranks."""
    folder = tmp_path_factory.mktemp("shards") / "two"
    for step in (10, 20):
        train_shards(make.model(), folder, step, 2)
    return folder


def merged(shards, scratch, **params):
    return run_kind("merge-shards", scratch, {**MERGE, **params}, {"shards": shards})


def whole_of(checkpoints, step=20):
    return torch.load(checkpoints / f"global_step_{step}" / "whole.pt", weights_only=True)


def test_the_merged_model_is_what_the_ranks_hold_together(checkpoints, make, tmp_path):
    done = merged(checkpoints, tmp_path / "a")
    assert done.code == 0, done.stderr
    assert json.loads((done.scratch / "values.json").read_text()) == {"step": 20}
    found, whole = load_file(str(done.output("model") / "model.safetensors")), whole_of(checkpoints)
    # The output layer is tied to the embedding: it is there once, as transformers saves it.
    before = load_file(str(make.model() / "model.safetensors"))
    assert found.keys() == before.keys()
    assert all(torch.equal(found[name], whole[name]) for name in found)
    assert any(not torch.equal(found[name], before[name]) for name in found)


def test_every_library_reads_it_and_the_tokenizer_is_there(checkpoints, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    done = merged(checkpoints, tmp_path / "a", dtype="bfloat16", step=10)
    assert done.code == 0, done.stderr
    model = AutoModelForCausalLM.from_pretrained(str(done.output("model")), local_files_only=True, dtype="auto")
    assert model.dtype == torch.bfloat16
    tokenizer = AutoTokenizer.from_pretrained(str(done.output("model")), local_files_only=True)
    assert tokenizer.decode(tokenizer("1+2=")["input_ids"]) == "1+2="
    whole = whole_of(checkpoints, 10)
    assert all(torch.equal(each, whole[name].bfloat16()) for name, each in model.state_dict().items())


def test_three_ranks_cut_what_does_not_divide(make, tmp_path):
    train_shards(make.model(), tmp_path / "three", 7, 3)
    done = merged(tmp_path / "three", tmp_path / "a")
    assert done.code == 0, done.stderr
    found = load_file(str(done.output("model") / "model.safetensors"))
    whole = whole_of(tmp_path / "three", 7)
    assert any(each.shape[0] % 3 for each in found.values())
    assert all(torch.equal(found[name], whole[name]) for name in found)


def test_small_files_hold_the_same_weights(checkpoints, tmp_path):
    from transformers import AutoModelForCausalLM

    one, many = merged(checkpoints, tmp_path / "one"), merged(checkpoints, tmp_path / "many", file_size=4000)
    assert many.code == 0, many.stderr
    files = sorted(p.name for p in many.output("model").glob("*.safetensors"))
    assert len(files) > 2 and files[0] == f"model-00001-of-{len(files):05}.safetensors"
    states = [
        AutoModelForCausalLM.from_pretrained(str(done.output("model")), local_files_only=True).state_dict()
        for done in (one, many)
    ]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def damaged(checkpoints, tmp_path, change):
    folder = tmp_path / "shards"
    shutil.copytree(checkpoints / "global_step_20", folder)
    change(folder / "actor")
    return merged(folder, tmp_path / "a")


def other_rows(actor):
    """A rank's shard as that of another training: a row is missing."""
    file = actor / "model_world_size_2_rank_1.pt"
    state = torch.load(file, weights_only=False)
    name = "model.embed_tokens.weight"
    state[name]._local_tensor = state[name]._local_tensor[1:]
    torch.save(state, file)


def evil(actor):
    import pickle

    class Evil:
        def __reduce__(self):
            return (print, ("executed",))

    (actor / "model_world_size_2_rank_0.pt").write_bytes(pickle.dumps({"a": Evil()}))


DAMAGES = {
    "a rank is missing": (lambda a: (a / "model_world_size_2_rank_1.pt").unlink(), "lacks the shards of rank 1 of 2"),
    "two trainings": (
        lambda a: shutil.copyfile(a / "model_world_size_2_rank_1.pt", a / "model_world_size_4_rank_1.pt"),
        "has shards of 2 and 4 ranks",
    ),
    "cut off": (
        lambda a: (a / "model_world_size_2_rank_1.pt").write_bytes(
            (a / "model_world_size_2_rank_1.pt").read_bytes()[:900]
        ),
        "can't be read as a shard of weights",
    ),
    "rows of another": (other_rows, "a shard is of another training"),
    "code in a pickle": (evil, "can't be read as a shard of weights"),
    "no config": (lambda a: shutil.rmtree(a / "huggingface"), "connect the input `base`"),
    "another architecture": (
        lambda a: (a / "huggingface/config.json").write_text(
            json.dumps(
                {**json.loads((a / "huggingface/config.json").read_text()), "num_hidden_layers": 2, "layer_types": None}
            )
        ),
        "The shards lack model.layers.1.",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_no_whole_checkpoint_is_refused(name, checkpoints, tmp_path):
    change, said = DAMAGES[name]
    done = damaged(checkpoints, tmp_path, change)
    assert done.code == 1
    assert said in done.stderr.splitlines()[-1]
    assert "executed" not in done.stderr


def test_a_step_that_was_not_saved_is_named(checkpoints, tmp_path):
    done = merged(checkpoints, tmp_path / "a", step=15)
    assert "step is 15, but inputs/shards has steps 10, 20" in done.stderr.splitlines()[-1]


def test_the_config_of_the_base_is_taken_where_there_is_none(checkpoints, make, tmp_path):
    shutil.copytree(checkpoints / "global_step_20/actor", tmp_path / "shards")
    shutil.rmtree(tmp_path / "shards/huggingface")
    inputs = {"shards": tmp_path / "shards", "base": make.model()}
    done = run_kind("merge-shards", tmp_path / "a", MERGE, inputs)
    assert done.code == 0, done.stderr
