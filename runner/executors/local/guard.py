"""What bubblewrap is given and gives beside the program's streams: a filter of system calls to read, and its state."""

import base64
import json
import os
import signal

# As runner/sandbox/bubblewrap.ts writes them on its command line.
FILTER, STATE = 3, 4

filters = {}  # text -> descriptor of an anonymous file; one run has one or two.


class Guard:
    def __init__(self, order):
        self.filter = order["filter"]
        self.reader, self.writer = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.reader, False)
        self.child = None

    def descriptors(self):
        """For posix_spawn. Opened anew each time: each reader has a position of its own."""
        opened = () if self.filter is None else ((os.POSIX_SPAWN_OPEN, FILTER, path_of(self.filter), os.O_RDONLY, 0),)
        return ((os.POSIX_SPAWN_DUP2, self.writer, STATE), *opened)

    def init(self):
        """The process that dies last in the sandbox; None where it has not come to that."""
        if self.child is None:
            try:
                self.child = json.loads(os.read(self.reader, 4096).split(b"\n", 1)[0])["child-pid"]
            except (OSError, ValueError, KeyError):
                return None
        return self.child

    def go_on(self):
        """When what it guards has stopped it."""
        try:
            os.kill(self.init() or os.getpid(), signal.SIGCONT)
        except ProcessLookupError:
            pass

    def close(self):
        os.close(self.reader)
        os.close(self.writer)


def path_of(text):
    if text not in filters:
        descriptor = os.memfd_create("filter", os.MFD_CLOEXEC)
        os.write(descriptor, base64.b64decode(text))
        filters[text] = descriptor
    return f"/proc/{os.getpid()}/fd/{filters[text]}"
