"""to-verl: the columns that verl's RLHFDataset reads, with our ids in `extra_info`."""

from pathlib import Path
from typing import Any

from repro_sdk import Stage, run_stage
from repro_sdk.problems import read_problems


def program(stage: Stage) -> None:
    problems = read_problems(stage.inputs["problems"])
    rows = [as_verl(problem, index, stage.params) for index, problem in enumerate(problems)]
    write_parquet(rows, stage.outputs["problems"])
    stage.value("problems", len(rows))


def as_verl(problem: dict[str, Any], index: int, params: dict[str, Any]) -> dict[str, Any]:
    """Right answers are a list, as the published minerva and olympiad have them: one column has one type."""
    prompt = " ".join(filter(None, [problem["prompt"], params["instruction"]]))
    return {
        "data_source": params["data_source"],
        "prompt": [{"content": prompt, "role": "user"}],
        "ability": problem["task"],
        "reward_model": {"ground_truth": [problem["answer"], *problem.get("alternatives", [])], "style": "rule"},
        "extra_info": {"id": problem["id"], "index": index, "split": params["split"]},
    }


def write_parquet(rows: list[dict[str, Any]], path: Path) -> None:
    """The same bytes for the same rows: one schema, whatever the rows hold, and no statistics of anybody's time."""
    import pyarrow
    import pyarrow.parquet

    text = pyarrow.string()
    turn = pyarrow.struct([("content", text), ("role", text)])
    schema = pyarrow.schema(
        [
            ("data_source", text),
            ("prompt", pyarrow.list_(turn)),
            ("ability", text),
            ("reward_model", pyarrow.struct([("ground_truth", pyarrow.list_(text)), ("style", text)])),
            ("extra_info", pyarrow.struct([("id", text), ("index", pyarrow.int64()), ("split", text)])),
        ]
    )
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema), path, compression="zstd")


if __name__ == "__main__":
    run_stage(program)
