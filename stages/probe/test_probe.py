import json

import pytest
from rig import run_kind

SMALL = {"tokens": 32, "hidden_size": 64, "intermediate_size": 96, "vocabulary": 64}


def operations(folder, **how):
    params = {**SMALL, **how.pop("params", {})}
    done = run_kind("probe", folder / "scratch", params, **how)
    assert done.code == 0, done.stderr
    report = json.loads(done.output("report").read_text("utf-8"))
    assert report["format"] == 1
    return report["operations"]


def differing(a, b):
    assert a.keys() == b.keys()
    return sorted(name for name in a if a[name] != b[name])


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return operations(tmp_path_factory.mktemp("usual"))


def test_every_operation_of_a_training_step_is_there(usual):
    words = {name.split()[0] for name in usual}
    assert words >= {
        "random",
        "libm",
        "numpy",
        "matmul",
        "attention",
        "softmax",
        "rms-norm",
        "cross-entropy",
        "AdamW",
        "sum",
    }
    assert words >= {"deviation", "log-sum-exp", "probabilities", "norm", "sqrt", "rsqrt", "power", "log"}
    assert {name.split()[-1] for name in usual if name.startswith("matmul")} == {"float32", "bfloat16"}


def test_the_same_machine_gives_the_same_bits(usual, tmp_path):
    assert differing(usual, operations(tmp_path)) == []


def test_another_instruction_set_is_seen_where_it_matters(usual, tmp_path):
    other = operations(tmp_path, environment={"ATEN_CPU_CAPABILITY": "default"})
    found = differing(usual, other)
    assert "random python" not in found
    assert "libm exp" not in found
    assert found, "ATEN_CPU_CAPABILITY=default changed nothing: the probe would not tell such machines apart"


def test_another_seed_is_seen_in_the_random_streams_and_nowhere_else(usual, tmp_path):
    found = differing(usual, operations(tmp_path, seed=7))
    assert found and all(name.startswith("random") for name in found)


def test_a_model_brings_its_own_shapes(tmp_path):
    config = {"hidden_size": 16, "intermediate_size": 48, "num_attention_heads": 2, "head_dim": 8, "vocab_size": 40}
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text(json.dumps(config), "utf-8")
    found = operations(tmp_path / "run", inputs={"model": model})
    assert "matmul 32x16x40 backward float32" in found
