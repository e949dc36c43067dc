"""Starts and reaps the stages' processes for the runner.

A process of its own because a fork costs what the forking process weighs: a small Python
starts a program in under a millisecond, a large Node in tens. It also outlives nobody: when its
standard input ends, for whatever reason, it kills every process group that it started.

In, one JSON object a line:   {"id": 1, "argv": [...], "env": {...}, "cwd": "...", "log": "...",
                               "guards": false, "mark": "NAME=value"}
                              {"kill": 1, "signal": 15}
Out, one JSON object a line:  {"id": 1, "pid": 123}
                              {"id": 1, "code": 0, "signal": 0, "cpu": 0.01, "peak": 1048576, "alone": true}
                              {"id": 1, "error": "[Errno 2] No such file or directory: 'x'"}

`guards`: argv is bubblewrap, and a request to end is for what it guards. `alone`: nothing that the job started is left. What has moved to a session of its own is found too, where the
kernel lets this process adopt orphans (Linux): every process of a job carries the job's `mark` in its environment.
Standard library only; imports kept few, since this starts with every run.
"""

import errno
import json
import os
import select
import signal


def main():
    running = {}  # pid -> order
    adopts = adopt_orphans()
    wake = children_wake_up()
    buffered = b""
    while True:
        ready, _, _ = select.select([0, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            reap(running, adopts)
        if 0 in ready:
            data = os.read(0, 65536)
            if not data:
                break
            *lines, buffered = (buffered + data).split(b"\n")
            for line in lines:
                obey(json.loads(line), running)
    for pid in running:
        signal_group(pid, signal.SIGKILL)
    while adopts and running:
        pid, order = running.popitem()
        os.waitpid(pid, 0)
        end_orphans(order["mark"].encode(), running)


def children_wake_up():
    """A file descriptor that becomes readable when a child has ended."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    # The runner decides when to stop; a Ctrl-C at the terminal reaches it first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return reader


def adopt_orphans():
    """Makes this process the parent of its descendants' orphans, so that none of them is lost sight of."""
    try:
        import ctypes

        return ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 and os.path.exists(f"/proc/self/task/{os.getpid()}/children")
    except (ImportError, OSError, AttributeError):
        return False


PR_SET_CHILD_SUBREAPER = 36


def obey(order, running):
    if "kill" in order:
        for pid in [pid for pid, job in running.items() if job["id"] == order["kill"]]:
            ask_to_end(pid, running[pid], order["signal"])
        return
    try:
        pid = start(order)
    except (OSError, ValueError) as error:  # ValueError: a NUL in an argument.
        say({"id": order["id"], "error": str(error)})
        return
    running[pid] = order
    say({"id": order["id"], "pid": pid})


def ask_to_end(pid, order, number):
    """A guard would take all it guards along at once: what may end by itself is below it and its init."""
    if not order["guards"] or number == signal.SIGKILL:
        signal_group(pid, number)
        return
    for init in children(pid):
        for program in children(init):
            signal_tree(program, number)


def signal_tree(pid, number):
    below = children(pid)
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    for child in below:
        signal_tree(child, number)


def start(order):
    # posix_spawn has no working directory of its own; this process has one thread, so it may lend its.
    os.chdir(order["cwd"])
    return os.posix_spawn(
        program_of(order),
        order["argv"],
        order["env"],
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigmask=[],
        setsigdef=[signal.SIGINT, signal.SIGPIPE, signal.SIGCHLD],
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


def reap(running, adopts):
    while running:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid not in running:
            continue  # An orphan that ended by itself.
        order = running.pop(pid)
        # What the stage left behind must not write after its outputs are taken.
        signal_group(pid, signal.SIGKILL)
        alone = adopts and end_orphans(order["mark"].encode(), running)
        ended = os.waitstatus_to_exitcode(status)
        say(
            {
                "id": order["id"],
                "code": max(ended, 0),
                "signal": max(-ended, 0),
                "cpu": usage.ru_utime + usage.ru_stime,
                "peak": usage.ru_maxrss * 1024,
                "alone": alone,
            }
        )


def end_orphans(mark, running):
    """Kills what a job left running. True when nothing of it is left, as far as marks can tell."""
    for _ in range(ROUNDS):
        orphans = [pid for pid in children(os.getpid()) if pid not in running and not has_ended(pid)]
        theirs = [pid for pid in orphans if mark in environment_of(pid)]
        if not theirs:
            # One without any job's mark hides: it may be this job's.
            marks = [other["mark"].encode() for other in running.values()]
            return all(any(other in environment_of(pid) for other in marks) for pid in orphans)
        for pid in theirs:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)  # Its children become ours now, for the next round.
    return False


# A tree of orphans is killed level by level; one that is deeper than this fights back.
ROUNDS = 64


def has_ended(pid):
    """Also takes note of its end, so that it doesn't stay a zombie."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def environment_of(pid):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read()
    except OSError:
        return b""


def signal_group(pid, number):
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        pass


def say(answer):
    try:
        os.write(1, json.dumps(answer).encode() + b"\n")
    except BrokenPipeError:
        pass  # The runner is gone; the end of standard input follows.


if __name__ == "__main__":
    main()
