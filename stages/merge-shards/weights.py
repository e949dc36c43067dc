"""Writing merged weights, a file at a time, so that memory doesn't grow with the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from shards import Shards

from repro_sdk import StageFailure, write_json

_METADATA = {"format": "pt"}


def refuse_other_names(shards: Shards, folder: Path) -> list[str]:
    """The names that are written: those of the config's architecture. A tied output layer is not written twice."""
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(str(folder), local_files_only=True)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    wanted = {name: tuple(each.shape) for name, each in model.state_dict().items()}
    tied = set(getattr(model, "all_tied_weights_keys", None) or {}) if config.tie_word_embeddings else set()
    names = [name for name in shards.names() if name not in tied]
    missing = sorted(set(wanted) - set(names) - tied)
    unknown = sorted(set(names) - set(wanted))
    if missing or unknown:
        what = f"lack {missing[0]}" if missing else f"hold {unknown[0]}"
        raise StageFailure(
            f"The shards {what}, which a {config.model_type} of this config {'has' if missing else 'has not'}."
        )
    for name in names:
        if shards.shape(name) != wanted[name]:
            raise StageFailure(
                f"{name} is {list(shards.shape(name))} in the shards and {list(wanted[name])} by the config."
            )
    return names


def write_weights(shards: Shards, names: list[str], folder: Path, params: Mapping[str, Any]) -> None:
    """model.safetensors, or several with an index, as transformers writes them. Raises for a weight that is no number."""
    from safetensors.torch import save_file

    files = list(_in_files(shards, names, params["file_size"], params["dtype"]))
    index: dict[str, str] = {}
    total = 0
    for number, members in enumerate(files, start=1):
        file = "model.safetensors" if len(files) == 1 else f"model-{number:05}-of-{len(files):05}.safetensors"
        tensors = {name: _converted(name, shards.merged(name), params["dtype"]) for name in members}
        save_file(tensors, str(folder / file), metadata=_METADATA)
        (folder / file).chmod(0o644)
        index |= dict.fromkeys(members, file)
        total += sum(each.numel() * each.element_size() for each in tensors.values())
    if len(files) > 1:
        write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": index})


def _in_files(shards: Shards, names: list[str], most: int, dtype: str) -> Iterator[list[str]]:
    width = 2 if dtype == "bfloat16" else 4
    members: list[str] = []
    held = 0
    for name in names:
        size = shards.size(name) * width
        if members and held + size > most:
            yield members
            members, held = [], 0
        members.append(name)
        held += size
    yield members


def _converted(name: str, tensor: torch.Tensor, dtype: str) -> torch.Tensor:
    if dtype != "keep" and tensor.is_floating_point():
        tensor = tensor.to(getattr(torch, dtype))
    if tensor.is_floating_point() and not torch.isfinite(tensor).all():
        raise StageFailure(f"{name} holds a weight that is not finite in {dtype}; such a model can't be used.")
    return tensor.contiguous()
