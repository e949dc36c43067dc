"""Rows that somebody else may have written: JSON Lines, JSON lists, CSV, parquet or Arrow, plain, gzip or zstd.

Told apart by their first bytes; CSV also by its name, or by a first line that names columns.

Whatever is wrong with a file is a `StageFailure` that names the file, the line
or row, and what to do. Importing this imports the standard library only.
"""

from __future__ import annotations

import decimal
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from .failure import StageFailure
from .rows_arrow import ARROW_FILE, ARROW_STREAM, PARQUET, arrow_rows, parquet_rows
from .rows_csv import csv_rows, delimiter_of
from .rows_listed import objects_of_list
from .rows_packed import unpacked

Row = dict[str, Any]

# What a file begins with that is no JSON Lines, and what to do about it.
_OTHERS = (
    (
        b"version https://git-lfs.github.com/spec/",
        "is a Git LFS pointer and not the data; fetch it with `git lfs pull`",
    ),
    (b"PK\x03\x04", "is a zip archive; unpack it"),
    (b"\xfd7zXZ\x00", "is compressed with xz; unpack it with `unxz`"),
    (b"BZh", "is compressed with bzip2; unpack it with `bunzip2`"),
    (b"\xff\xfe", "is UTF-16 and not UTF-8; convert it with `iconv -f UTF-16 -t UTF-8`"),
    (b"\xfe\xff", "is UTF-16 and not UTF-8; convert it with `iconv -f UTF-16 -t UTF-8`"),
    (b"\x00\x00\xfe\xff", "is UTF-32 and not UTF-8; convert it with `iconv -f UTF-32 -t UTF-8`"),
    (b"<", "is XML or a web page and no data; look at it, it may be a login or an error page"),
)
# What only makes sense unpacked.
_IN_PACKING = (
    (PARQUET, "holds parquet, packed once more; unpack it"),
    (ARROW_FILE, "holds Arrow, packed once more; unpack it"),
)
_SNIFFED = 64
_MOST_DIGITS = 400
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


class WrittenFloat(float):
    """A number that remembers how the file spells it: 1.20 is no 1.2 to who asks for text."""

    text: str

    def __new__(cls, text: str) -> WrittenFloat:
        number = super().__new__(cls, text)
        number.text = text
        return number


def read_rows(path: str | Path) -> Iterator[tuple[str, Row]]:
    """The rows of a file, each with where it stands (`inputs/data, line 3`). Raises when there is none."""
    where = None
    for where, row in rows_if_any(path):
        yield where, row
    if where is None:
        size = Path(path).stat().st_size
        raise StageFailure(
            f"{path} holds no rows: it {f'has {size} bytes, and none of them is data' if size else 'is empty'}."
        )


def rows_if_any(path: str | Path) -> Iterator[tuple[str, Row]]:
    """The same, where a file without rows is as good as any."""
    with open(path, "rb") as file:
        start = file.read(_SNIFFED)
    if start.startswith(PARQUET):
        return parquet_rows(path)
    if start.startswith((ARROW_FILE, ARROW_STREAM)):
        return arrow_rows(path, is_stream=start.startswith(ARROW_STREAM))
    return _text_rows(path)


def _text_rows(path: str | Path) -> Iterator[tuple[str, Row]]:
    with unpacked(path) as file:
        start = file.peek(_SNIFFED)
        _refuse_others(start, path)
        beginning = start.removeprefix(b"\xef\xbb\xbf").lstrip()
        first_line = beginning.split(b"\n", 1)[0].decode("utf-8", "replace")
        delimiter = None if beginning.startswith((b"{", b"[")) else delimiter_of(path, first_line)
        if delimiter is not None:
            yield from csv_rows(io.TextIOWrapper(file, "utf-8-sig", newline=""), path, delimiter)
            return
        # Bytes that are no UTF-8 become lone surrogates, so that the line they stand on can be named.
        text = io.TextIOWrapper(file, "utf-8-sig", "surrogateescape")
        yield from _listed_rows(text, path) if beginning.startswith(b"[") else _json_rows(text, path)


def _refuse_others(start: bytes, path: str | Path) -> None:
    beginning = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    for signature, what in (*_OTHERS, *_IN_PACKING):
        if start.startswith(signature) or beginning.startswith(signature):
            raise StageFailure(f"{path} {what}.")


def as_text(value: Any) -> str | None:
    """Text as it is, and a finite number as its file spells it, without an exponent; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, (WrittenFloat, decimal.Decimal)):
        return _without_exponent(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # A column of floats has no spelling of its own: 142.0 is how it holds 142.
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else str(value)


def _without_exponent(value: WrittenFloat | decimal.Decimal) -> str:
    try:
        number = decimal.Decimal(value.text) if isinstance(value, WrittenFloat) else value
        # A short text may stand for a gigabyte of zeros.
        return format(number, "f") if abs(number.adjusted()) < _MOST_DIGITS else str(float(value))
    except decimal.InvalidOperation:
        return str(float(value))


def _json_rows(file: TextIO, path: str | Path) -> Iterator[tuple[str, Row]]:
    for number, line in enumerate(file, start=1):
        if line.strip():
            where = f"{path}, line {number}"
            yield where, _parsed(line, where)


def _listed_rows(file: TextIO, path: str | Path) -> Iterator[tuple[str, Row]]:
    """The objects of one JSON list, one after the other: it is never in memory as a whole."""
    for number, text in enumerate(objects_of_list(file, path), start=1):
        where = f"{path}, item {number}"
        yield where, _parsed(f"{text}\n", where)


def _parsed(line: str, where: str) -> Row:
    bad = _NOT_UTF_8.search(line)
    if bad:
        byte = ord(bad[0]) - 0xDC00
        raise StageFailure(
            f"{where}: byte 0x{byte:02X} at column {bad.start() + 1} is not UTF-8; convert the file, for instance with "
            "`iconv -f LATIN1 -t UTF-8`."
        )
    if "\0" in line:
        raise StageFailure(
            f"{where}: there is a NUL byte; the file is damaged, or UTF-16 or UTF-32 and to be converted to UTF-8."
        )
    row = _json(line, where)
    if not isinstance(row, dict):
        raise StageFailure(f"{where} is JSON, but a {_JSON_NAMES[type(row)]} and not an object.")
    if _HALF_PAIR.search(line):
        _refuse_half_pairs(row, where)
    return row


_JSON_NAMES = {
    list: "list", str: "string", int: "number", float: "number", WrittenFloat: "number", bool: "boolean", type(None): "null",
}  # fmt: skip


def _json(line: str, where: str) -> Any:
    try:
        return json.loads(line.rstrip("\n"), object_pairs_hook=_each_once, parse_float=WrittenFloat)
    except json.JSONDecodeError as error:
        cut = "" if line.endswith("\n") else "; it is the last line and has no end, so the file may be cut off"
        raise StageFailure(f"{where} is not JSON: {error.msg} at column {error.colno}{cut}.") from None
    except _RepeatedError as error:
        raise StageFailure(f"{where}: the key {error.args[0]!r} is there twice; which of the two is meant?") from None
    except RecursionError:
        raise StageFailure(f"{where}: lists and objects are nested too deeply.") from None
    except ValueError as error:  # A number of more digits than Python reads.
        raise StageFailure(f"{where}: {str(error).split(';')[0].lower()}.") from None


class _RepeatedError(Exception):
    """An object that has a key twice: JSON's readers don't agree on which counts."""


def _each_once(pairs: list[tuple[str, Any]]) -> Row:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedError(next(name for name in names if names.count(name) > 1))
    return row


def _refuse_half_pairs(row: Row, where: str) -> None:
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise StageFailure(f"{where}: \\u{ord(half):04x} is half a character; its other half is missing.") from None
