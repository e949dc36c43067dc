"""NaN and infinities in models: found wherever they are, named and counted, and refused where a model is loaded or saved."""

import json
import math
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from repro_sdk import StageFailure
from repro_sdk.model_files import load_model, model_digest, save_model, saved_tensors
from repro_sdk.nonfinite import are_finite, findings, read_back, spelt
from repro_sdk.tensor_digest import tensors_digest

sys.path.insert(0, str(Path(__file__).parent))
from tiny import tiny_model, tiny_tokenizer

MLP = "model.layers.1.mlp.up_proj.weight"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.float64])
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_one_number_among_many_is_found_wherever_it_is(dtype, number):
    for size in (1, 7, 8, 31, 64, 1000):
        for place in {0, size // 2, size - 1}:
            tensor = torch.ones(size, dtype=dtype)
            assert are_finite([torch.zeros(3, dtype=dtype), tensor])
            tensor[place] = number
            assert not are_finite([torch.zeros(3, dtype=dtype), tensor])
            (found,) = findings([("zeros", torch.zeros(3)), ("w", tensor)])
            assert (found.name, found.nan + found.infinite, found.size) == ("w", 1, size)


def test_finite_numbers_whose_sum_is_none_are_finite():
    assert are_finite([torch.full((1000,), 3e38), torch.full((1000,), -3e38)])
    assert are_finite([torch.full((1000,), 1e308, dtype=torch.float64)])
    assert are_finite([torch.full((1000,), 60000.0, dtype=torch.float16)])


def test_an_infinity_and_its_opposite_do_not_cancel():
    assert not are_finite([torch.tensor([math.inf]), torch.tensor([-math.inf])])


def test_what_holds_no_floats_is_finite():
    assert are_finite([]) and are_finite([torch.empty(0)]) and are_finite([torch.ones(3, dtype=torch.int64)])


def test_numbers_come_back_from_their_spelling():
    for number in (1.5, math.inf, -math.inf, -0.0, 3):
        assert read_back(spelt(number)) == number
    assert math.isnan(read_back(spelt(math.nan)))
    assert json.dumps([spelt(n) for n in (math.nan, math.inf, -math.inf)]) == '["NaN", "Infinity", "-Infinity"]'


def saved(folder, change=lambda tensors: None):
    save_model(tiny_model(), tiny_tokenizer(), folder)
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    return folder


def put(number, name=MLP, count=1):
    def change(tensors):
        tensors[name].view(-1)[:count] = number

    return change


def sharded(folder):
    save_model(tiny_model(), tiny_tokenizer(), folder)
    model = tiny_model()
    with torch.no_grad():
        model.get_parameter(MLP)[0, 0] = math.nan
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="8KB")
    assert len(list(folder.glob("*.safetensors"))) > 1
    return folder


LOADED = {
    "one NaN": (lambda f: saved(f, put(math.nan)), f"1 of the 512 numbers of {MLP} are not finite (1 NaN)."),
    "infinities": (lambda f: saved(f, put(-math.inf, count=3)), f"3 of the 512 numbers of {MLP} are not finite (3 infinite)."),
    "all": (lambda f: saved(f, put(math.nan, "model.norm.weight", 16)), "all 16 numbers of model.norm.weight are not finite (16 NaN)."),
    "sharded": (sharded, f"1 of the 512 numbers of {MLP} are not finite (1 NaN)."),
    "a buffer that the class does not know": (
        lambda f: saved(f, lambda tensors: tensors.update(scale=torch.tensor([1.0, math.nan]))),
        "1 of the 2 numbers of scale are not finite (1 NaN).",
    ),
    "a tied weight's other half": (
        lambda f: saved(f, lambda tensors: tensors.update({"lm_head.weight": torch.full((16, 16), math.nan)})),
        "all 256 numbers of lm_head.weight are not finite (256 NaN).",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOADED)
def test_a_model_with_such_numbers_is_refused_where_it_is_loaded(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make, said = LOADED[name]
    folder = make(Path("model"))
    with pytest.raises(StageFailure) as failure:
        load_model(folder)
    assert str(failure.value) == f"The model in model can't be used: {said}"


def test_the_others_are_counted(tmp_path):
    saved(tmp_path, lambda tensors: [tensor.fill_(math.nan) for tensor in tensors.values()])
    with pytest.raises(StageFailure, match=r"\(256 NaN\), and 23 more of its tensors hold such numbers\.$"):
        load_model(tmp_path)


def test_a_large_float32_is_no_bfloat16(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    saved(Path("large"), put(3.4e38))
    assert load_model("large").dtype == torch.float32
    with pytest.raises(StageFailure, match=r"1 of the 512 numbers of .*up_proj.weight are not finite \(1 infinite\)"):
        load_model("large", "bfloat16")
    with pytest.raises(StageFailure, match="The model to be saved as bfloat16 can't be used"):
        save_model(load_model("large"), tiny_tokenizer(), "saved", "bfloat16")
    save_model(load_model("large"), tiny_tokenizer(), "kept", "bfloat16", keep_nonfinite=True)


def test_a_mask_of_infinities_is_no_weight(tmp_path):
    saved(tmp_path, lambda tensors: tensors.update(mask=torch.full((2, 2), -math.inf)))
    load_model(tmp_path)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_what_is_said_to_be_saved_is_what_the_file_holds(dtype, tmp_path):
    model = tiny_model()
    digest = tensors_digest(saved_tensors(model, dtype))
    save_model(model, tiny_tokenizer(), tmp_path, dtype)
    assert model_digest(tmp_path) == digest
