"""The training's side of the process that writes a trace: messages, and memory that both see.

Importing this imports the standard library only; torch comes with the first block.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .failure import StageFailure

if TYPE_CHECKING:
    from .snapshot import Layout, SharedBlock

# Copies of one layout that may wait to be hashed, and blocks kept altogether.
_MOST_WAITING = 3
_MOST_BLOCKS = 24
# They are meant for the training, which will want its last lines written.
_NOT_FOR_THE_WRITER = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)
_GONE = "The process that writes the trace has ended; its words are in the log."


class TraceChannel:
    """Owns the process and the shared memory. Raises `StageFailure` when the process is gone.

    Args:
        path: the trace, which the process appends to.
        chain: of the last line that is there.
    """

    def __init__(self, path: str | Path, chain: str) -> None:
        self._chain = chain
        self._blocks: list[SharedBlock] = []
        self._numbered = 0
        self._sent = self._answered = 0
        self._unread = b""
        self._socket, self.process = _start(path, chain)

    def ask(self, message: dict[str, Any]) -> None:
        """Send what will be answered; doesn't wait for it."""
        self._sent += 1
        self._send(message)

    def wait(self) -> str:
        """Until all is answered: the chain then."""
        self._wait_for(self._sent)
        return self._chain

    def close(self) -> None:
        """Let it write what waits, and end. Harmless to call twice."""
        if self.process.poll() is None:
            self._socket.shutdown(socket.SHUT_WR)
            while self._receive():
                pass
        self._socket.close()
        self.process.wait()

    def copied(self, layout: Layout, tensors: Mapping[str, Any]) -> int:
        """Copy tensors into a block, for the message that is asked next; its number."""
        block = self._free_block(layout)
        block.fill(tensors)
        block.used_in = self._sent + 1
        return block.number

    def _free_block(self, layout: Layout) -> SharedBlock:
        mine = [block for block in self._blocks if block.layout is layout]
        free = self._first_free(mine)
        if free is None and mine:
            self._receive_what_is_there()
            free = self._first_free(mine)
        if free is not None:
            return free
        oldest = min(mine, key=lambda block: block.used_in, default=None)
        # Those of the line that is being gathered can't be waited for.
        if oldest is None or len(mine) < _MOST_WAITING or oldest.used_in > self._sent:
            return self._new_block(layout)
        self._wait_for(oldest.used_in)
        return oldest

    def _first_free(self, blocks: list[SharedBlock]) -> SharedBlock | None:
        return next((block for block in blocks if block.used_in <= self._answered), None)

    def _new_block(self, layout: Layout) -> SharedBlock:
        from .snapshot import SharedBlock

        idle = [block for block in self._blocks if block.used_in <= self._answered]
        if len(self._blocks) >= _MOST_BLOCKS and idle:
            self._blocks.remove(idle[0])
            self._send({"drop": idle[0].number})
        self._numbered += 1
        block = SharedBlock(self._numbered, layout)
        self._blocks.append(block)
        leaves = [(name, prefix.hex(), start, length) for name, prefix, start, length in layout.leaves]
        # An empty line carries the descriptor, so that the message may be as long as it likes.
        socket.send_fds(self._socket, [b"\n"], [block.descriptor])
        os.close(block.descriptor)
        self._send({"block": block.number, "size": layout.size, "leaves": leaves})
        return block

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            raise StageFailure(_GONE) from None

    def _wait_for(self, message: int) -> None:
        while self._answered < message:
            if not self._receive():
                raise StageFailure(_GONE)

    def _receive_what_is_there(self) -> None:
        try:
            self._receive(socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass

    def _receive(self, flags: int = 0) -> bool:
        """Take answers: each is the chain of a line, all of one length."""
        try:
            data = self._socket.recv(1 << 16, flags)
        except ConnectionError:
            data = b""
        *lines, self._unread = (self._unread + data).split(b"\n")
        if lines:
            self._answered += len(lines)
            self._chain = lines[-1].decode()
        return bool(data)


def _start(path: str | Path, chain: str) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    ours, theirs = socket.socketpair()
    argv = [sys.executable, "-S", "-m", "repro_sdk.trace_process", str(theirs.fileno()), str(path), chain]
    sdk = str(Path(__file__).resolve().parents[1])
    # A blocked signal stays blocked in the new process, from its first instruction on.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _NOT_FOR_THE_WRITER)
    try:
        environment = {**os.environ, "PYTHONPATH": sdk}
        process = subprocess.Popen(argv, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=environment)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return ours, process
