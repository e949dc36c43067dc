import hashlib
import sys
from pathlib import Path

import pytest
import torch

from repro_sdk import StageFailure
from repro_sdk.model_files import load_model, load_tokenizer, save_model

sys.path.insert(0, str(Path(__file__).parent))
from tiny import tiny_model, tiny_tokenizer


def digests(folder):
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(Path(folder).iterdir())}


def test_equal_models_have_equal_bytes_even_after_a_round_trip(tmp_path):
    save_model(tiny_model(), tiny_tokenizer(), tmp_path / "a")
    save_model(load_model(tmp_path / "a"), load_tokenizer(tmp_path / "a"), tmp_path / "elsewhere" / "b")
    save_model(load_model(tmp_path / "elsewhere" / "b"), load_tokenizer(tmp_path / "elsewhere" / "b"), tmp_path / "c")
    assert digests(tmp_path / "a")["model.safetensors"] == digests(tmp_path / "c")["model.safetensors"]
    assert digests(tmp_path / "elsewhere" / "b") == digests(tmp_path / "c")
    assert "training_args.bin" not in digests(tmp_path / "a")


def test_dtype_is_converted(tmp_path):
    save_model(tiny_model(), tiny_tokenizer(), tmp_path / "half", dtype="bfloat16")
    assert load_model(tmp_path / "half", dtype="bfloat16").dtype == torch.bfloat16


def test_not_a_model_folder(tmp_path):
    with pytest.raises(StageFailure, match="has no config.json"):
        load_model(tmp_path)
