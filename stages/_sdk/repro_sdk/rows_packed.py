"""The bytes of a file, unpacked as they are read where it is compressed with gzip or zstd."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from .failure import StageFailure

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_BUFFER = 1 << 16


@contextmanager
def unpacked(path: str | Path) -> Iterator[io.BufferedReader]:
    """Open for reading; `peek` shows the beginning. Raises what is wrong with the packing while it is read."""
    with open(path, "rb") as file:
        start = file.read(4)
        file.seek(0)
        packing = "gzip" if start.startswith(_GZIP) else "zstd" if start.startswith(_ZSTD) else None
        try:
            yield io.BufferedReader(cast(io.RawIOBase, _opened(file, packing)), _BUFFER)
        except (EOFError, gzip.BadGzipFile, zlib.error, OSError) as error:
            if packing is None:
                raise
            why = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
            raise StageFailure(f"{path} can't be unpacked with {packing}: {why}; it may be cut off.") from None


def _opened(file: BinaryIO, packing: str | None) -> Any:
    if packing == "gzip":
        return gzip.GzipFile(fileobj=file)
    if packing == "zstd":
        import pyarrow

        return pyarrow.CompressedInputStream(pyarrow.PythonFile(file, "r"), "zstd")
    return file
