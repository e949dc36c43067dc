"""Rows of columnar files: parquet, and Arrow as `datasets` saves it (streams) or as others write it (files)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .failure import StageFailure

PARQUET = b"PAR1"
ARROW_FILE = b"ARROW1"
# A stream has no name of its own: each message begins with this mark and its length.
ARROW_STREAM = b"\xff\xff\xff\xff"


def parquet_rows(path: str | Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a parquet file, a group at a time."""
    import pyarrow.parquet

    def batches() -> Iterator[Any]:
        file = pyarrow.parquet.ParquetFile(path)
        _refuse_twice(file.schema_arrow.names, path)
        yield from file.iter_batches()

    return _rows(batches, path, "parquet")


def arrow_rows(path: str | Path, is_stream: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of an Arrow stream or file, a batch at a time."""
    import pyarrow

    def batches() -> Iterator[Any]:
        with pyarrow.OSFile(str(path), "rb") as source:
            if is_stream:
                reader = pyarrow.ipc.open_stream(source)
                _refuse_twice(reader.schema.names, path)
                yield from reader
                return
            file = pyarrow.ipc.open_file(source)
            _refuse_twice(file.schema.names, path)
            yield from map(file.get_batch, range(file.num_record_batches))

    return _rows(batches, path, "Arrow")


def _rows(batches: Callable[[], Iterator[Any]], path: str | Path, format_name: str) -> Iterator[tuple[str, dict]]:
    import pyarrow

    number = 0
    try:
        for batch in batches():
            for row in batch.to_pylist():
                number += 1
                yield f"{path}, row {number}", row
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise StageFailure(f"{path} can't be read as {format_name} after row {number}: {why}.") from None


def _refuse_twice(names: list[str], path: str | Path) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise StageFailure(f"{path} has the column {twice!r} twice; rename one.")
