"""The process that hashes and writes a trace. Standard library only; `trace.py` starts it and talks to it.

A thread would do if steps were long: but each leaf hands Python's lock forth and back, which costs a training of small
steps more than the hashing. Here the training copies tensors into shared memory, says so, and goes on.

Messages are JSON lines, answered by a line each once `step` or `chain` is done:
    {"block": 3, "size": bytes, "leaves": [[name, prefix in hex, start, length], …]}    with the memory's file descriptor
    {"step": 12, "parts": {"rng": {"blocks": [3], "leaves": [[name, digest]]}, "cursor": {"json": digest}}, "scalars": {…}}
    {"chain": "…"}    go on from another chain
    {"drop": 3}       forget a block
"""

from __future__ import annotations

import json
import mmap
import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .canonical import canonical_line
from .tensor_digest import leaf_digest, root_digest
from .trace_chain import sealed

# Woken by the training, it would otherwise push it off its core, though another is idle.
_NICENESS = 5
# Bytes from which several threads hash one block; more than eight outrun the copies.
_WORTH_SHARING = 32 << 20
_MOST_THREADS = 8


def main() -> None:
    descriptor, path, chain = sys.argv[1:]
    os.nice(_NICENESS)
    connection = socket.socket(fileno=int(descriptor))
    threads = max(1, min(_MOST_THREADS, len(os.sched_getaffinity(0)) - 1))
    with open(path, "ab") as file, ThreadPoolExecutor(threads) as executor:
        Lines(file, chain, executor).write_all(connection)


class Lines:
    """Writes lines in the order they are asked for, until the training closes its end."""

    def __init__(self, file: Any, chain: str, executor: ThreadPoolExecutor) -> None:
        self._file = file
        self._chain = chain
        self._executor = executor
        self._blocks: dict[int, tuple[memoryview, list[Any]]] = {}

    def write_all(self, connection: socket.socket) -> None:
        for message, descriptors in _messages(connection):
            if "block" in message:
                self._blocks[message["block"]] = _mapped(message, descriptors.pop(0))
            elif "drop" in message:
                del self._blocks[message["drop"]]
            else:
                self._answered(message)
                connection.sendall(self._chain.encode() + b"\n")

    def _answered(self, message: dict[str, Any]) -> None:
        if "chain" in message:
            self._chain = message["chain"] or self._chain
            return
        parts = {name: self._digest(part) for name, part in message["parts"].items()}
        line = sealed({"step": message["step"], "parts": parts, "scalars": message["scalars"], "previous": self._chain})
        self._file.write(canonical_line(line).encode() + b"\n")
        self._file.flush()
        self._chain = line["chain"]

    def _digest(self, part: dict[str, Any]) -> str:
        if "json" in part:
            return part["json"]
        leaves = [tuple(leaf) for leaf in part["leaves"]]
        for number in part["blocks"]:
            leaves += self._hashed(*self._blocks[number])
        return root_digest(sorted(leaves))

    def _hashed(self, memory: memoryview, leaves: list[Any]) -> list[tuple[str, str]]:
        def hashed(leaf: tuple[str, bytes, int, int]) -> tuple[str, str]:
            name, prefix, start, length = leaf
            return name, leaf_digest(prefix, memory[start : start + length])

        return list((self._executor.map if len(memory) >= _WORTH_SHARING else map)(hashed, leaves))


def _messages(connection: socket.socket) -> Iterator[tuple[dict[str, Any], list[int]]]:
    rest, descriptors = b"", []
    while True:
        data, fresh, _, _ = socket.recv_fds(connection, 1 << 16, 8)
        if not data:
            return
        descriptors += fresh
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if line:
                yield json.loads(line), descriptors


def _mapped(message: dict[str, Any], descriptor: int) -> tuple[memoryview, list[Any]]:
    memory = memoryview(mmap.mmap(descriptor, message["size"], prot=mmap.PROT_READ))
    os.close(descriptor)
    return memory, [(name, bytes.fromhex(prefix), start, length) for name, prefix, start, length in message["leaves"]]


if __name__ == "__main__":
    main()
