"""What an exception that nobody caught is called, in one sentence. Importing this imports the standard library only."""

from __future__ import annotations

import errno
import json
import traceback
from pathlib import Path

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Libraries in Rust and C++ say what the system said in words of their own.
_NO_ROOM_WORDS = ("no space left on device", "os error 28", "disk quota exceeded", "os error 122")


def sentence_of(error: BaseException) -> str:
    """A whole sentence; trouble that data or the machine may cause has words of its own, the rest is called unexpected."""
    return _expected(error) or f"Unexpected {type(error).__name__}: {_said(error)}{_place(error)}"


def _expected(error: BaseException) -> str | None:
    if isinstance(error, UnicodeError):
        return f"There is text that is not UTF-8, or can't be written as UTF-8: {_said(error)}{_place(error)}."
    if isinstance(error, json.JSONDecodeError):
        return f"There is text that is not JSON: {_said(error)}{_place(error)}."
    if (isinstance(error, OSError) and error.errno in _NO_ROOM) or any(
        word in str(error).lower() for word in _NO_ROOM_WORDS
    ):
        return f"There is no room left on the disk of the scratch directory{_file(error)}; make some and run again."
    if isinstance(error, OSError) and error.errno is not None:
        return f"A file can't be used: {error.strerror or error}{_file(error)}{_place(error)}."
    if type(error).__name__ == "OutOfMemoryError":
        return (
            "The GPU's memory is full; lower `batch_size`, raise `accumulation`, or say `gradient_checkpointing: true`."
        )
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
        return "There is no memory left; lower `batch_size`, or give the stage more `resources.memory`."
    if isinstance(error, RecursionError):
        return f"Something is nested too deeply to be read{_place(error)}."
    return None


def _said(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".") or "no more is said"


def _file(error: BaseException) -> str:
    name = getattr(error, "filename", None)
    return f": {name}" if isinstance(name, (str, Path)) else ""


def _place(error: BaseException) -> str:
    """Where in the stage's own code it came from: the last line that is not a library's."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_ours(frame.filename)]
    if not frames:
        return ""
    last = frames[-1]
    return f" ({Path(last.filename).parent.name}/{Path(last.filename).name}, line {last.lineno})"


def _is_ours(file: str) -> bool:
    return "site-packages" not in file and not file.startswith("<") and f"{Path(traceback.__file__).parent}" not in file
