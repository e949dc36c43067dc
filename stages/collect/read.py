"""Problems that somebody else wrote, in any format that `repro_sdk.rows` reads, under any field names."""

from __future__ import annotations

import fnmatch
import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from text import plain

from repro_sdk import StageFailure
from repro_sdk.nonfinite import spelt
from repro_sdk.rows import as_text, read_rows, rows_if_any

_WANTED = ("prompt", "answer", "task", "id")
# What lies beside data in a repository of the hub or a folder that `datasets` saved, and is none.
_NO_DATA = re.compile(
    r"(readme|license|licence|notice|copying|citation|changelog)(\..*)?|.*\.(md|rst|pdf|png|jpe?g|svg|py|ipynb|ya?ml|bib)"
    r"|dataset_infos?\.json|dataset_dict\.json|state\.json",
    re.IGNORECASE,
)
_ABSENT = object()


class Nulled(Counter):
    """How often a number of a column that JSON has no number for became null: {("score", "NaN"): 99}."""

    def of(self, value: Any, column: str) -> Any:
        """The value, with null in place of every NaN and infinity."""
        if isinstance(value, float) and not math.isfinite(value):
            self[column, spelt(value)] += 1
            return None
        if isinstance(value, dict):
            return {name: self.of(each, column) for name, each in value.items()}
        return [self.of(each, column) for each in value] if isinstance(value, list) else value


class LeftOut(dict[str, str]):
    """Files of a folder that were not read, and why: {"README.md": "no data"}."""


def read_sources(
    path: Path, fields: dict[str, str], task: str, nulled: Nulled, files: str = "", left_out: LeftOut | None = None
) -> list[dict[str, Any]]:
    """All problems of a file, or of a folder's files in the order of their names; there is at least one.

    A row that has no prompt or no answer comes along, with what it lacks as `lacks`. `files` is a glob within the folder.
    """
    unknown = sorted(set(fields) - set(_WANTED))
    if unknown:
        raise StageFailure(f"`fields` maps {', '.join(unknown)}, but a problem has {', '.join(_WANTED)}.")
    found = rows(path, files, LeftOut() if left_out is None else left_out)
    return [problem(row, fields, task, where, nulled) for where, row in found]


def rows(path: Path, files: str, left_out: LeftOut) -> Iterator[tuple[str, dict[str, Any]]]:
    if not path.is_dir():
        yield from read_rows(path)
        return
    chosen = data_files(path, files, left_out)
    found = False
    for file in chosen:
        for found in rows_if_any(file):
            yield found
    if not found:
        raise StageFailure(f"{path} holds no rows: its {len(chosen)} files are empty.")


def data_files(path: Path, files: str, left_out: LeftOut) -> list[Path]:
    """In the order of their names. What is left out beside them is said in the report."""
    all_files = sorted(p for p in path.rglob("*") if p.is_file() and not is_hidden(p.relative_to(path)))
    chosen = []
    for file in all_files:
        name = file.relative_to(path).as_posix()
        if files and not fnmatch.fnmatchcase(name, files):
            left_out[name] = "not in `files`"
        elif not files and _NO_DATA.fullmatch(file.name):
            left_out[name] = "no data"
        else:
            chosen.append(file)
    if chosen:
        return chosen
    why = f"; these are none: {', '.join(left_out)}" if left_out else ""
    raise StageFailure(
        f"{path} is a folder without any file to read; names that begin with a dot or `_` are left out{why}."
    )


def is_hidden(path: Path) -> bool:
    """`.DS_Store`, `.git/…`, and what Hadoop and Spark leave beside data: `_SUCCESS`, `_metadata`."""
    return any(part.startswith((".", "_")) for part in path.parts)


def problem(row: dict[str, Any], fields: dict[str, str], task: str, where: str, nulled: Nulled) -> dict[str, Any]:
    """Our four fields; what else the row holds becomes metadata, beside what its own `metadata` holds.

    A list of answers is a list of right ones: the first is the answer, the others are `alternatives`.
    """
    found = {name: looked_up(row, fields.get(name, name)) for name in _WANTED}
    answers = found["answer"] if isinstance(found["answer"], list) and found["answer"] else [found["answer"]]
    found["answer"], *others = answers
    lacks = [f"{name} is {nothing(found[name])}" for name in ("prompt", "answer") if nothing(found[name])]
    alternatives = [text_of(each, "answer", fields, where) for each in others if not nothing(each)]
    return {
        "prompt": text_of(found["prompt"], "prompt", fields, where),
        "answer": text_of(found["answer"], "answer", fields, where),
        "task": task if found["task"] is _ABSENT else text_of(found["task"], "task", fields, where) or task,
        "metadata": metadata_of(row, found["id"], fields, where, nulled),
        **({"alternatives": alternatives} if alternatives else {}),
        **({"lacks": lacks[0], "where": where} if lacks else {}),
    }


def nothing(value: Any) -> str | None:
    """What a value that says nothing is called; None for every other. An infinity is no answer that anyone can check."""
    if value is None:
        return "null"
    return str(spelt(value)) if isinstance(value, float) and not math.isfinite(value) else None


def text_of(value: Any, name: str, fields: dict[str, str], where: str) -> str:
    """Text or a number as text; empty where there is nothing."""
    column = fields.get(name, name)
    if value is _ABSENT:
        raise StageFailure(f"{where}: there is no {column!r}; say in `fields` where the {name} is.")
    inside = within(value, column)
    if inside:
        raise StageFailure(f"{where}: {column!r} is a {type(value).__name__}; perhaps `fields: {{{name}: {inside}}}`?")
    if nothing(value):
        return ""
    text = as_text(value)
    if text is None:
        raise StageFailure(
            f"{where}: {column!r} is a {type(value).__name__} and no text or number; say in `fields` where the {name} is."
        )
    return text


def within(value: Any, column: str) -> str | None:
    """Where text may be in what people nest: a conversation's first turn, verl's rule-based reward."""
    if isinstance(value, list) and value and isinstance(value[0], dict) and isinstance(value[0].get("content"), str):
        return f"{column}.0.content"
    return f"{column}.ground_truth" if isinstance(value, dict) and "ground_truth" in value else None


def metadata_of(
    row: dict[str, Any], source_id: Any, fields: dict[str, str], where: str, nulled: Nulled
) -> dict[str, Any]:
    rest = {k: v for k, v in row.items() if k not in (*_WANTED, *fields.values())}
    if isinstance(rest.get("metadata"), dict):
        rest |= rest.pop("metadata")
    metadata = {column: nulled.of(in_json(value, column, where), column) for column, value in rest.items()}
    if source_id is not _ABSENT and not nothing(source_id):
        metadata["source_id"] = in_json(source_id, fields.get("id", "id"), where)
    return metadata


def in_json(value: Any, column: str, where: str) -> Any:
    try:
        return plain(value)
    except StageFailure as failure:
        raise StageFailure(f"{where}, column {column!r}: {failure} Convert or drop that column.") from None


def looked_up(row: Any, path: str) -> Any:
    """`reward_model.ground_truth` and `prompt.0.content` go into maps and lists; null on the way is null."""
    for step in path.split("."):
        if row is None:
            return None
        if isinstance(row, dict) and step in row:
            row = row[step]
        elif isinstance(row, list) and step.isdigit() and int(step) < len(row):
            row = row[int(step)]
        else:
            return _ABSENT
    return row
