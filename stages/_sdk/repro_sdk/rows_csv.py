"""Rows of comma- or tab-separated text (RFC 4180), whose first line names the columns. Every value is text as written."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from .failure import StageFailure

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_NAME = re.compile(r"[^\W\d][\w .\-/()]*")
# A solution in a cell may be long; a file without a closing quote would be one cell of gigabytes.
_LONGEST_CELL = 16 * 1024 * 1024


def delimiter_of(path: str | Path, first_line: str) -> str | None:
    """By the name of the file, else where its first line reads like names of columns; None is no CSV."""
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    for suffix, delimiter in _DELIMITERS.items():
        if suffix in suffixes:
            return delimiter
    for delimiter in _DELIMITERS.values():
        names = [name.strip().strip('"') for name in first_line.strip().split(delimiter)]
        if len(names) > 1 and len(set(names)) == len(names) and all(map(_NAME.fullmatch, names)):
            return delimiter
    return None


def csv_rows(file: TextIO, path: str | Path, delimiter: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row with the line it begins on."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    names: list[str] | None = None
    try:
        begins = 1
        for cells in reader:
            if names is None:
                names = _names(cells, path)
            elif cells:
                where = f"{path}, line {begins}"
                if len(cells) != len(names):
                    raise StageFailure(
                        f"{where} has {len(cells)} cells, but {len(names)} columns are named; quote cells that hold "
                        "the delimiter or a line end."
                    )
                yield where, dict(zip(names, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise StageFailure(f"{path}, line {reader.line_num} is not CSV: {error}.") from None
    except UnicodeDecodeError as error:
        raise StageFailure(
            f"{path}: byte 0x{error.object[error.start]:02X} after line {reader.line_num} is not UTF-8; convert the "
            "file, for instance with `iconv -f LATIN1 -t UTF-8`."
        ) from None


def _names(cells: list[str], path: str | Path) -> list[str]:
    names = [cell.strip() for cell in cells]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise StageFailure(f"{path} has the column {twice!r} twice; rename one.")
    if "" in names:
        raise StageFailure(f"{path}, line 1: column {names.index('') + 1} has no name.")
    return names
