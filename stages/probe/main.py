"""probe: a digest for each operation that training is made of.

What is put in is made by integer arithmetic alone and is the same everywhere, so
two machines that differ in one operation differ in that one line of the report.
"""

import hashlib
import json

from battery import Battery, Shapes, digest_of

from repro_sdk import Stage, run_stage, write_json
from repro_sdk.canonical import canonical_line


def program(stage: Stage) -> None:
    stage.begin_torch()
    operations = {}
    battery = Battery(shapes_of(stage), stage.params["dtypes"], stage.seed)
    for step, (name, operation) in enumerate(battery.operations(), 1):
        operations[name] = digest_of(operation())
        stage.progress(step=step, total=battery.count)
    write_json(stage.outputs["report"], {"format": 1, "operations": operations})
    stage.value("bits", hashlib.sha256(canonical_line(operations).encode()).hexdigest())


def shapes_of(stage: Stage) -> Shapes:
    """The recipe's own shapes where there is a model to read them from."""
    wanted = {name: stage.params[name] for name in Shapes.__annotations__}
    if "model" in stage.inputs:
        with open(stage.inputs["model"] / "config.json", encoding="utf-8") as file:
            wanted.update(from_config(json.load(file)))
    return Shapes(**wanted)


def from_config(config: dict) -> dict:
    """A Hugging Face config's names for the same things."""
    heads = config["num_attention_heads"]
    return {
        "hidden_size": config["hidden_size"],
        "intermediate_size": config["intermediate_size"],
        "heads": heads,
        "head_dim": config.get("head_dim") or config["hidden_size"] // heads,
        "vocabulary": config["vocab_size"],
    }


if __name__ == "__main__":
    run_stage(program)
