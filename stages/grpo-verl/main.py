"""grpo-verl: runs the authors' fork of verl with the options of its contract, where it can write what it writes.

The fork tells formats by their suffix, and writes the mean reward of each
group into a folder beside its training file. Inputs here have no suffix and
can't be written to, so it is given links to them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from repro_sdk import Stage, StageFailure, run_stage, write_jsonl

DATA = Path("tmp/data")
_LINKED = {"data.train_files": "train.parquet", "data.val_files": "validation.parquet"}


def program(stage: Stage) -> None:
    options = linked(sys.argv[1:])
    stage.progress(0, stage.params["steps"])
    code = subprocess.run([sys.executable, "-m", "verl.trainer.main_ppo", *options], check=False).returncode
    if code != 0:
        raise StageFailure(f"verl ended with {code}; what it said last is in the log above.")
    refuse_unsaved(stage.outputs["model"], stage.params["steps"])
    scores = DATA / "train" / f"{stage.params['experiment']}.jsonl"
    write_jsonl(stage.outputs["rollouts"], rewards(scores, ids_in(stage.inputs["problems"])))


def linked(options: list[str]) -> list[str]:
    """The same options, with data that is called .parquet and lies where a folder may be made beside it."""
    DATA.mkdir(parents=True, exist_ok=True)
    found = []
    for option in options:
        name, _, value = option.partition("=")
        if name in _LINKED:
            link = DATA / _LINKED[name]
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.relpath(Path(value).resolve(), DATA.resolve()))
            option = f"{name}={link}"
        found.append(option)
    return found


def refuse_unsaved(folder: Path, step: int) -> None:
    if not (folder / f"global_step_{step}" / "actor").is_dir():
        saved = ", ".join(sorted(each.name for each in folder.glob("global_step_*"))) or "nothing"
        raise StageFailure(
            f"verl ended well, but saved {saved} and not global_step_{step}; it ended before its last step."
        )


def ids_in(path: Path) -> dict[int, str]:
    """Which problem an `extra_info.index` is, where `to-verl` wrote its id beside it; of others' data the index is the id."""
    import pyarrow.parquet

    try:
        rows = pyarrow.parquet.read_table(path, columns=["extra_info"]).column("extra_info").to_pylist()
    except (pyarrow.ArrowException, KeyError):
        return {}
    return {row["index"]: row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)}


def rewards(path: Path, ids: dict[int, str]) -> Iterator[dict[str, Any]]:
    """A row for each problem and generation: its id, and the mean reward of its group, 0 to 1.

    A generation is no step: the fork writes rewards first, and makes no step of a batch in which too few groups teach.
    """
    if not path.is_file():
        raise StageFailure(f"verl left no {path}: this is no fork that writes the rewards of its groups.")
    with path.open(encoding="utf-8") as file:
        for generation, line in enumerate(file, start=1):
            written = json.loads(line)
            for index, score in zip(written["index"], written["score"], strict=True):
                yield {"id": ids.get(index, str(index)), "reward": float(score), "generation": generation}


if __name__ == "__main__":
    run_stage(program)
