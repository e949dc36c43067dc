import json

import pytest
from rig import from_stage, run_kind

TINY = {"hidden_size": 16, "layers": 1, "heads": 2, "kv_heads": 1, "head_dim": 8, "intermediate_size": 32}


@pytest.fixture
def tokenizer():
    return from_stage("base-model", "character_tokenizer").character_tokenizer(["\\boxed{", "box"], 64)


def test_every_character_is_a_token_and_phrases_are_one(tokenizer):
    ids = tokenizer("12+3=\n\\boxed{15}")["input_ids"]
    assert len(ids) == len("12+3=\n") + 1 + len("15}")
    assert tokenizer.decode(ids) == "12+3=\n\\boxed{15}"


def test_what_is_not_in_the_alphabet_is_unknown(tokenizer):
    assert tokenizer.unk_token_id in tokenizer("7×8")["input_ids"]


def test_the_seed_decides_the_weights(tmp_path):
    weights = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        done = run_kind("base-model", tmp_path / name, TINY, seed=seed)
        assert done.code == 0, done.stderr
        weights[name] = (done.output("model") / "model.safetensors").read_bytes()
    assert weights["a"] == weights["b"] != weights["c"]


def test_the_classes_of_the_real_model_load_it(tmp_path):
    done = run_kind("base-model", tmp_path / "a", TINY)
    config = json.loads((done.output("model") / "config.json").read_text("utf-8"))
    assert config["model_type"] == "qwen3"
    assert config["architectures"] == ["Qwen3ForCausalLM"]


def test_heads_that_do_not_divide_are_an_error(tmp_path):
    done = run_kind("base-model", tmp_path / "a", {**TINY, "heads": 3, "kv_heads": 2})
    assert (done.code, done.stderr.splitlines()[-1]) == (1, "error: kv_heads (2) must divide heads (3).")
