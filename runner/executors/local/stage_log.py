"""The log of a job: what comes out of a pipe, written to a file by us.

The job has the pipe only, so it can neither change the log's mode nor what it wrote before. The pipe is always
emptied, also when the log is full or its disk is: a job never waits for its log. Memory stays constant.
"""

import os

# The beginning, and the end: the reason of a failure is most often the last line.
HEAD = 64 << 20
TAIL = 1 << 20
READ = 1 << 16
# Of one pipe before the others have their turn.
TURN = 16


class StageLog:
    def __init__(self, path):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        self.file = os.open(path, flags, 0o644)
        self.path = path
        self.reader, self.writer = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.reader, False)
        self.written = 0
        self.left_out = 0
        self.tail = bytearray()
        self.trouble = None

    def started(self):
        """Only the job writes from here on."""
        os.close(self.writer)

    def take(self, turns=TURN):
        """What is in the pipe. False when nobody can write to it any more."""
        for _ in range(turns):
            try:
                data = os.read(self.reader, READ)
            except BlockingIOError:
                return True
            if not data:
                return False
            self.keep(data)
        return True

    def keep(self, data):
        room = HEAD - self.written
        if room > 0:
            self.write(data[:room])
            self.written += min(room, len(data))
            data = data[room:]
        self.tail += data
        if len(self.tail) > 2 * TAIL:
            self.left_out += len(self.tail) - TAIL
            del self.tail[:-TAIL]

    def write(self, data):
        while data and self.trouble is None:
            try:
                data = data[os.write(self.file, data) :]
            except OSError as error:
                self.trouble = f"the log {self.path} is not whole: {error.strerror}"

    def close(self):
        """The job has ended. What outlived it may hold the pipe open: no more is read than what fits into one."""
        self.take((1 << 20) // READ)
        os.close(self.reader)
        if len(self.tail) > TAIL:
            self.left_out += len(self.tail) - TAIL
            del self.tail[:-TAIL]
        if self.left_out > 0:
            self.write(NOTICE.format(self.left_out).encode())
        self.write(self.tail)
        os.close(self.file)
        return self.trouble


NOTICE = "\n[repro left out {} bytes here: of a log the first 64 MiB and the last 1 MiB are kept]\n"
