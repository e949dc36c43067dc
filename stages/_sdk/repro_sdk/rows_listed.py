"""The objects of one JSON list, each as its own text: a file of gigabytes is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from .failure import StageFailure

_READ = 1 << 16


def objects_of_list(file: TextIO, path: str | Path) -> Iterator[str]:
    """Cuts at the commas of the outermost list. What stands between them is for others to judge.

    Raises where the list has no end, or where something follows it.
    """
    depth, in_string, escaped, ended = 0, False, False, False
    part: list[str] = []
    while text := file.read(_READ):
        for character in text:
            if ended:
                if not character.isspace():
                    raise StageFailure(f"{path}: {character!r} follows the end of the list.")
                continue
            if depth == 0 and character != "[":
                continue  # A mark of byte order, or space, before it begins.
            if in_string:
                in_string = escaped or character != '"'
                escaped = not escaped and character == "\\"
            elif character == '"':
                in_string = True
            elif character in "[{":
                depth += 1
                if depth == 1:
                    continue
            elif character in "]}":
                depth -= 1
            if depth == 0 or (depth == 1 and character == "," and not in_string):
                found = "".join(part).strip()
                part.clear()
                ended = depth == 0
                if found:
                    yield found
                elif not ended:
                    raise StageFailure(f"{path}: nothing stands before a comma of the list.")
                continue
            part.append(character)
    if not ended:
        raise StageFailure(f"{path} begins with a JSON list that has no end; the file may be cut off.")
