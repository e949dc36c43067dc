"""Model folders that have the same bytes whenever the weights are the same."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .failure import StageFailure
from .nonfinite import findings, refuse_nonfinite
from .tensor_digest import root_digest, tensor_leaf

_SINGLE_FILE = "1000GB"


def pick_device() -> str:
    """`cuda` where a GPU is visible, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def load_model(path: str | Path, dtype: str = "float32") -> Any:
    """Load a causal language model onto the device at hand.

    Raises when its files lack one of its weights, or hold one that is NaN or infinite.

    Args:
        path: a Hugging Face model folder (artifact kind `model`).
        dtype: `float32` or `bfloat16`.
    """
    import torch
    from transformers import AutoModelForCausalLM

    _require_folder(path)
    _hide_progress_bars()
    loaded: Any = AutoModelForCausalLM.from_pretrained(
        str(path),
        dtype=getattr(torch, dtype),
        local_files_only=True,
        output_loading_info=True,
        # Named below; transformers says it in a table, and raises without a name.
        ignore_mismatched_sizes=True,
    )
    model, loading = loaded
    _refuse_random_weights(loading, path)
    model = model.to(pick_device())
    refuse_nonfinite(model, f"The model in {path}")
    _refuse_unloaded_nan(model, path)
    return model


def load_tokenizer(path: str | Path) -> Any:
    """Load the tokenizer of a model folder; it pads on the left, as generation needs."""
    from transformers import AutoTokenizer

    _require_folder(path)
    tokenizer = AutoTokenizer.from_pretrained(str(path), local_files_only=True, padding_side="left")
    if tokenizer.eos_token_id is None:
        raise StageFailure(f"The tokenizer in {path} has no end-of-sequence token.")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def save_model(
    model: Any, tokenizer: Any, path: str | Path, dtype: str | None = None, keep_nonfinite: bool = False
) -> None:
    """Write weights, configs and tokenizer as one folder, byte for byte repeatable.

    `dtype` (`float32` or `bfloat16`) converts the weights first; None keeps them. Raises when a weight is NaN or
    infinite then, unless `keep_nonfinite`: a large float32 may be no bfloat16 any more.

    Two things in a plain `save_pretrained` may differ between equal runs: JSON
    key order, and a safetensors header with more than one metadata key (Rust
    hashes that map with a random key). The first is rewritten, the second refused.
    """
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    _hide_progress_bars()
    if dtype is not None:
        import torch

        model = model.to(getattr(torch, dtype))
    if not keep_nonfinite:
        refuse_nonfinite(model, f"The model to be saved as {dtype or model.dtype}")
    model.save_pretrained(str(folder), max_shard_size=_SINGLE_FILE)
    tokenizer.save_pretrained(str(folder))
    for file in sorted(folder.iterdir()):
        file.chmod(0o644)
        if file.suffix == ".safetensors":
            _refuse_metadata(file)
        elif file.suffix == ".json" and file.name != "tokenizer.json":
            _rewrite_sorted(file)


def saved_tensors(model: Any, dtype: str) -> dict[str, Any]:
    """What `save_model` puts into the file: each tied weight once, under the names and in the type that it has there."""
    import torch
    from transformers.core_model_loading import revert_weight_conversion
    from transformers.modeling_utils import remove_tied_weights_from_state_dict

    state = {
        name: each for name, each in model.state_dict().items() if name not in (model._keys_to_ignore_on_save or ())
    }
    state = revert_weight_conversion(model, remove_tied_weights_from_state_dict(state, model))
    target = getattr(torch, dtype)
    return {name: each.to(target) if each.is_floating_point() else each for name, each in state.items()}


def model_digest(path: str | Path) -> str:
    """The content digest of a model folder: of all tensors in its safetensors files, one in memory at a time."""
    return root_digest(sorted((name, tensor_leaf(name, tensor)) for name, tensor in _tensors_in(path)))


def _tensors_in(path: str | Path, wanted: Callable[[str], bool] = lambda name: True) -> Iterator[tuple[str, Any]]:
    from safetensors import safe_open

    for file in sorted(Path(path).glob("*.safetensors")):
        with safe_open(str(file), framework="pt") as tensors:
            for name in filter(wanted, tensors.keys()):
                yield name, tensors.get_tensor(name)


def _refuse_random_weights(loading: dict[str, Any], path: str | Path) -> None:
    """Where a file lacks a weight, or has it in another shape, transformers draws random numbers and goes on."""
    lacking = sorted({*loading["missing_keys"], *(name for name, *_ in loading["mismatched_keys"])})
    if lacking:
        more = f", nor of {len(lacking) - 1} more" if len(lacking) > 1 else ""
        raise StageFailure(
            f"The model in {path} can't be used: its files have no weights for {lacking[0]}{more}, as its config.json has them."
        )


def _refuse_unloaded_nan(model: Any, path: str | Path) -> None:
    """What the model's class has no place for is not loaded, and a NaN in it says the same of who wrote the file."""
    known = model.state_dict().keys()
    for found in findings(_tensors_in(path, lambda name: name not in known)):
        if found.nan:
            raise StageFailure(f"The model in {path} can't be used: {found}.")


def _hide_progress_bars() -> None:
    from transformers.utils import logging

    logging.disable_progress_bar()


def _require_folder(path: str | Path) -> None:
    if not os.path.isfile(os.path.join(path, "config.json")):
        raise StageFailure(f"{path} is not a model folder: it has no config.json.")


def _rewrite_sorted(file: Path) -> None:
    from .canonical import write_json

    document = json.loads(file.read_text(encoding="utf-8"))
    if isinstance(document, dict):
        # Where the model was loaded from is no property of the model.
        document.pop("_name_or_path", None)
        document.pop("name_or_path", None)
    write_json(file, document)


def _refuse_metadata(file: Path) -> None:
    with open(file, "rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(size))
    if len(header.get("__metadata__", {})) > 1:
        raise StageFailure(f"{file.name} has more than one metadata key; its header would not be repeatable.")
