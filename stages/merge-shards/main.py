"""merge-shards: from what FSDP saved, a shard for each rank, to one folder that every library reads."""

import json
import shutil
from pathlib import Path

from checkpoint import Checkpoint, find_checkpoint
from shards import Shards
from weights import refuse_other_names, write_weights

from repro_sdk import Stage, StageFailure, run_stage, write_json

# Beside the weights; those are made here.
_WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".index.json")


def program(stage: Stage) -> None:
    checkpoint = find_checkpoint(stage.inputs["shards"], stage.params["step"])
    folder = stage.outputs["model"]
    copy_config(checkpoint, stage.inputs.get("base"), folder, stage.params["dtype"])
    with Shards(checkpoint.files) as shards:
        names = refuse_other_names(shards, folder)
        write_weights(shards, names, folder, stage.params)
    stage.value("step", checkpoint.step)


def copy_config(checkpoint: Checkpoint, base: Path | None, folder: Path, dtype: str) -> None:
    """Config and tokenizer of the checkpoint itself, else of the model that was trained."""
    source = checkpoint.folder / "huggingface"
    if not (source / "config.json").is_file():
        if base is None or not (base / "config.json").is_file():
            raise StageFailure(
                f"{checkpoint.folder} has no huggingface/config.json; connect the input `base` with the model that was trained."
            )
        source = base
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.iterdir()):
        if file.is_file() and not file.name.startswith(".") and not file.name.endswith(_WEIGHTS):
            shutil.copyfile(file, folder / file.name)
    if dtype != "keep":
        write_dtype(folder / "config.json", dtype)


def write_dtype(file: Path, dtype: str) -> None:
    """transformers 5 calls it `dtype`, earlier versions `torch_dtype`; the config says that of the weights beside it."""
    config = json.loads(file.read_text("utf-8"))
    named = "torch_dtype" if "torch_dtype" in config else "dtype"
    write_json(file, {**config, named: dtype})


if __name__ == "__main__":
    run_stage(program)
