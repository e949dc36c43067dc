import json
import shutil

import pytest
from rig import run_kind

YARN = {"max_positions": 128, "rope_type": "yarn", "factor": 2}


def extended(make, scratch, params, **config):
    model = make.model_with(**config) if config else make.model()
    return run_kind("extend-context", scratch, params, {"model": model})


def test_only_the_config_changes_and_the_model_computes_with_the_longer_context(make, tmp_path):
    import torch
    from transformers import AutoModelForCausalLM

    done = extended(make, tmp_path / "a", YARN)
    assert done.code == 0, done.stderr
    before, after = make.model(), done.output("model")
    names = {str(f.relative_to(before)) for f in before.rglob("*") if f.is_file()}
    assert names == {str(f.relative_to(after)) for f in after.rglob("*") if f.is_file()}
    changed = [name for name in sorted(names) if (before / name).read_bytes() != (after / name).read_bytes()]
    assert changed == ["config.json"]
    config = done.json("model/config.json")
    assert config["max_position_embeddings"] == 128
    rope = config.get("rope_scaling") or config["rope_parameters"]
    assert (rope["rope_type"], rope["factor"], rope["original_max_position_embeddings"]) == ("yarn", 2, 64)
    model = AutoModelForCausalLM.from_pretrained(str(after), local_files_only=True)
    assert torch.isfinite(model(torch.arange(128).remainder(8)[None]).logits).all()


def test_the_older_spelling_is_kept(make, tmp_path):
    model = tmp_path / "old"
    shutil.copytree(make.model(), model)
    config = json.loads((model / "config.json").read_text("utf-8"))
    config.pop("rope_parameters", None)
    (model / "config.json").write_text(json.dumps({**config, "rope_theta": 1000000, "rope_scaling": None}), "utf-8")
    done = run_kind("extend-context", tmp_path / "a", YARN, {"model": model})
    assert done.code == 0, done.stderr
    assert done.json("model/config.json")["rope_scaling"] == {
        "rope_type": "yarn",
        "factor": 2,
        "original_max_position_embeddings": 64,
    }
    assert "rope_parameters" not in done.json("model/config.json")


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"max_positions": 32}, "max_positions is 32, but the model takes 64 already; a context only grows here."),
        ({**YARN, "max_positions": 129}, "max_positions is 129, but a factor of 2 reaches 128; raise the factor."),
        ({**YARN, "factor": 1}, "rope_type yarn needs a factor above 1."),
        ({"max_positions": 128, "factor": 2}, "factor is 2, which rope_type keep doesn't use"),
        ({**YARN, "original_positions": 40}, "max_positions is 128, but a factor of 2 reaches 80; raise the factor."),
    ],
)
def test_what_makes_no_sense_is_refused(params, said, make, tmp_path):
    done = extended(make, tmp_path / "a", params)
    assert done.code == 1
    assert done.stderr.splitlines()[-1].startswith(f"error: {said}")


def test_a_folder_without_a_config_is_named(make, tmp_path):
    (tmp_path / "shards").mkdir()
    (tmp_path / "shards/model_world_size_8_rank_0.pt").write_bytes(b"x")
    done = run_kind("extend-context", tmp_path / "a", YARN, {"model": tmp_path / "shards"})
    assert "inputs/model has no config.json and is no model folder" in done.stderr
