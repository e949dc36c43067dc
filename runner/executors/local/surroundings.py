"""What a stage must find the same whoever starts repro, and from whatever shell.

Children inherit all of this from the process that starts them, so it is set once, in that process. None of it is in a
key: these are constants of the runner, like HOME. What an ordinary user can't take back (a hard limit, a nice value)
is not hidden: `set_constants` gives a sentence for each.
"""

import os
import resource
import signal

UMASK = 0o022
OPEN_FILES = 16384
STACK = 8 << 20
LOCKED = 8 << 20
# Of one user, as the kernel counts; a single stage is ended before (watch.py).
MOST_TASKS = 8192
# A stage's processes are to go before the user's editor when memory is short; anybody may raise this.
OOM_SCORE = 500

UNLIMITED = resource.RLIM_INFINITY
# What, how much, and whether the hard limit is the same: then no stage can be different for raising it.
LIMITS = (
    ("core files", resource.RLIMIT_CORE, 0, True),
    ("open files", resource.RLIMIT_NOFILE, OPEN_FILES, True),
    ("stack", resource.RLIMIT_STACK, STACK, False),
    ("locked memory", resource.RLIMIT_MEMLOCK, LOCKED, False),
    ("processes", resource.RLIMIT_NPROC, MOST_TASKS, True),
    ("address space", resource.RLIMIT_AS, UNLIMITED, False),
    ("data", resource.RLIMIT_DATA, UNLIMITED, False),
    ("file size", resource.RLIMIT_FSIZE, UNLIMITED, False),
    ("CPU time", resource.RLIMIT_CPU, UNLIMITED, False),
    ("resident memory", resource.RLIMIT_RSS, UNLIMITED, False),
)
# Too little of these is no trouble of a stage, and machines differ.
UNSAID = ("locked memory", "processes", "resident memory")

EVERY_SIGNAL = sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})


def set_constants(libc):
    """Gives what could not be made constant, in sentences for the user."""
    trouble = []
    close_inherited()
    os.umask(UMASK)
    for name, which, wanted, also_hard in LIMITS:
        trouble += limit(name, which, wanted, also_hard)
    trouble += be_nobody_special()
    write("/proc/self/oom_score_adj", str(OOM_SCORE))
    try:
        # Undoes taskset; what a container or a batch system gives by a cpuset stays.
        os.sched_setaffinity(0, range(4096))
    except OSError:
        pass
    if libc is not None:
        libc.personality(0)  # Undoes setarch: addresses are random, as everywhere.
        libc.syscall(KEYCTL.get(os.uname().machine, -1), JOIN_SESSION_KEYRING, None)
    return trouble


KEYCTL = {"x86_64": 250, "aarch64": 219}
JOIN_SESSION_KEYRING = 1


def close_inherited():
    """A shell may have left anything open for whoever it starts."""
    for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []:
        if int(name) > 2:
            try:
                os.close(int(name))
            except OSError:
                pass  # The listing's own.


def limit(name, which, wanted, also_hard):
    _, hard = resource.getrlimit(which)
    short = hard != UNLIMITED and (wanted == UNLIMITED or wanted > hard)
    soft = hard if short else wanted
    try:
        resource.setrlimit(which, (wanted, wanted if also_hard else UNLIMITED))
        return []  # Whoever may raise hard limits.
    except (OSError, ValueError):
        pass
    try:
        resource.setrlimit(which, (soft, soft if also_hard else hard))
    except (OSError, ValueError):
        short = True
    if not short or name in UNSAID:
        return []
    return [f"the limit of the shell on {name} ({hard}) can't be raised, so stages run with it: see ulimit"]


def be_nobody_special():
    """No niceness, no batch or idle scheduling."""
    try:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, 0, 0)
    except OSError:
        nice = os.getpriority(os.PRIO_PROCESS, 0)
        if nice != 0:
            return [f"stages run with the shell's niceness of {nice}, which only root can take back"]
    return []


class in_front:
    """While something must be ended that takes all processors for itself: before everybody else, where root may."""

    def __enter__(self):
        self.set(os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, 1)

    def __exit__(self, *_):
        self.set(os.SCHED_OTHER, 0)

    def set(self, policy, priority):
        try:
            os.sched_setscheduler(0, policy, os.sched_param(priority))
        except OSError:
            pass


def write(path, text):
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return True
    except OSError:
        return False
