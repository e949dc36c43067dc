"""One job: how its process is started, and how it is asked to end, or ended."""

import errno
import os
import signal

from guard import Guard
from processes import children, signal_group, signal_tree
from surroundings import EVERY_SIGNAL


class Job:
    def __init__(self, order, log):
        self.order = order
        self.log = log
        self.guard = None if order["guard"] is None else Guard(order["guard"])
        self.mark = order["mark"].encode()
        self.pid = 0
        self.groups = None
        self.watched = None  # Bytes, where only looking limits them.
        self.met = None
        self.peak = 0
        self.stopped_since = None  # Of its guard's init.
        self.ended = None  # (status, usage), while what it guarded is still dying.


def spawn(job):
    order, log = job.order, job.log
    # posix_spawn has no working directory of its own; this process has one thread, so it may lend its.
    os.chdir(order["cwd"])
    return os.posix_spawn(
        program_of(order),
        order["argv"],
        order["env"],
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, log.writer, 1),
            (os.POSIX_SPAWN_DUP2, log.writer, 2),
            *(() if job.guard is None else job.guard.descriptors()),
        ],
        setsid=True,
        setsigmask=[],
        setsigdef=EVERY_SIGNAL,
    )


def program_of(order):
    """Where the job's own PATH leads, not this process's."""
    name = order["argv"][0]
    if "/" in name:
        return name
    for directory in order["env"].get("PATH", os.defpath).split(":"):
        path = os.path.join(directory, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)


def ask_to_end(job, number):
    """A guard would take all it guards along at once: what may end by itself is below it and its init."""
    if job.guard is None or number == signal.SIGKILL:
        signal_group(job.pid, number)
        signal_group(job.pid, signal.SIGCONT)  # One that stopped itself would not hear it.
        return
    job.guard.go_on()
    for init in children(job.pid):
        for program in children(init):
            signal_tree(program, number)


def end_at_once(job, tree):
    """It uses more than it may. What it guards dies with its guard; else all are stopped first, or they would outrun us."""
    if job.guard is None:
        for _ in range(ROUNDS):
            moving = [pid for pid, stopped in tree().items() if not stopped]
            if not moving:
                break
            signal_each(moving, signal.SIGSTOP)
        signal_each(tree(), signal.SIGKILL)
    signal_group(job.pid, signal.SIGKILL)


# What was forked while the ones before were being stopped is stopped in the next.
ROUNDS = 50


def signal_each(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
