"""extend-context: a longer context by the config alone, as POLARIS asks for before its later rounds."""

import json
import shutil
from pathlib import Path
from typing import Any

from repro_sdk import Stage, StageFailure, run_stage, write_json

_SCALED = ("linear", "dynamic", "yarn")


def program(stage: Stage) -> None:
    source, target = stage.inputs["model"], stage.outputs["model"]
    config = extended(read_config(source), stage.params)
    copy_others(source, target)
    write_json(target / "config.json", config)
    stage.value("max_positions", config["max_position_embeddings"])


def read_config(folder: Path) -> dict[str, Any]:
    file = folder / "config.json"
    if not file.is_file():
        raise StageFailure(
            f"{folder} has no config.json and is no model folder; shards of a training are made one by `merge-shards`."
        )
    try:
        config = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise StageFailure(f"{file} is not JSON: {error}.") from None
    before = config.get("max_position_embeddings") if isinstance(config, dict) else None
    if not isinstance(before, int) or isinstance(before, bool):
        raise StageFailure(f"{file} has no max_position_embeddings: such a model takes no context from its config.")
    return config


def extended(config: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """The config with a longer context. Raises for what would not make it longer, or would not reach as far as it says."""
    before, wanted = config["max_position_embeddings"], params["max_positions"]
    if wanted < before:
        raise StageFailure(
            f"max_positions is {wanted}, but the model takes {before} already; a context only grows here."
        )
    scaling = new_scaling(params, before)
    reach = int(before * params["factor"]) if params["original_positions"] == 0 else reached(params)
    if scaling is not None and reach < wanted:
        raise StageFailure(
            f"max_positions is {wanted}, but a factor of {params['factor']:g} reaches {reach}; raise the factor."
        )
    return {**with_scaling(config, scaling), "max_position_embeddings": wanted}


def reached(params: dict[str, Any]) -> int:
    return int(params["original_positions"] * params["factor"])


def new_scaling(params: dict[str, Any], before: int) -> dict[str, Any] | None:
    """In transformers' words; None keeps what there is."""
    rope_type, factor = params["rope_type"], params["factor"]
    if rope_type not in _SCALED:
        if factor != 1:
            raise StageFailure(
                f"factor is {factor:g}, which rope_type {rope_type} doesn't use; choose yarn, or leave it."
            )
        return None if rope_type == "keep" else {"rope_type": "default"}
    if factor <= 1:
        raise StageFailure(f"rope_type {rope_type} needs a factor above 1.")
    original = params["original_positions"] or before
    extra = {"original_max_position_embeddings": original} if rope_type == "yarn" else {}
    return {"rope_type": rope_type, "factor": factor, **extra}


def with_scaling(config: dict[str, Any], scaling: dict[str, Any] | None) -> dict[str, Any]:
    """transformers 5 keeps it, with the base of the rotation, in `rope_parameters`; before, it was `rope_scaling`."""
    if scaling is None:
        return config
    if isinstance(config.get("rope_parameters"), dict):
        theta = {k: v for k, v in config["rope_parameters"].items() if k in ("rope_theta", "partial_rotary_factor")}
        return {**config, "rope_parameters": {**theta, **scaling}}
    return {**config, "rope_scaling": None if scaling["rope_type"] == "default" else scaling}


def copy_others(source: Path, target: Path) -> None:
    """Byte for byte, in constant memory."""
    for file in sorted(p for p in source.rglob("*") if p.is_file()):
        place = target / file.relative_to(source)
        if place == target / "config.json":
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    target.mkdir(parents=True, exist_ok=True)


if __name__ == "__main__":
    run_stage(program)
