"""Problems that somebody else wrote: JSONL or parquet, under any field names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from repro_sdk import StageFailure, read_jsonl
from text import plain

_PARQUET = b"PAR1"
_WANTED = ("prompt", "answer", "task", "id")


def read_sources(path: Path, fields: dict[str, str], task: str) -> list[dict[str, Any]]:
    """All problems of a file, or of a folder's files in the order of their names."""
    unknown = sorted(set(fields) - set(_WANTED))
    if unknown:
        raise StageFailure(f"`fields` maps {', '.join(unknown)}, but a problem has {', '.join(_WANTED)}.")
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    return [problem(row, fields, task, f"{f.name}, row {n}") for f in files for n, row in enumerate(rows(f), start=1)]


def rows(file: Path) -> Iterator[dict[str, Any]]:
    with open(file, "rb") as stream:
        is_parquet = stream.read(len(_PARQUET)) == _PARQUET
    if not is_parquet:
        yield from read_jsonl(file)
        return
    import pyarrow.parquet

    for batch in pyarrow.parquet.ParquetFile(file).iter_batches():
        yield from batch.to_pylist()


def problem(row: dict[str, Any], fields: dict[str, str], task: str, where: str) -> dict[str, Any]:
    """Our four fields; what else the row holds becomes metadata, unless it already has some."""
    found = {name: looked_up(row, fields.get(name, name)) for name in _WANTED}
    for name in ("prompt", "answer"):
        if not isinstance(found[name], (str, int, float)) or isinstance(found[name], bool):
            raise StageFailure(f"{where}: {fields.get(name, name)!r} is no text; say in `fields` where the {name} is.")
    rest = {k: v for k, v in row.items() if k not in (*_WANTED, *fields.values())}
    metadata = dict(row["metadata"]) if isinstance(row.get("metadata"), dict) else plain(rest)
    if found["id"] is not None:
        metadata["source_id"] = plain(found["id"])
    return {
        "prompt": str(found["prompt"]),
        "answer": str(found["answer"]),
        "task": str(found["task"] or task),
        "metadata": metadata,
    }


def looked_up(row: Any, path: str) -> Any:
    """`reward_model.ground_truth` and `prompt.0.content` go into maps and lists; None where there is nothing."""
    for step in path.split("."):
        if isinstance(row, dict):
            row = row.get(step)
        elif isinstance(row, list) and step.isdigit() and int(step) < len(row):
            row = row[int(step)]
        else:
            return None
    return row

