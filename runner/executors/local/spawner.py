"""Starts and reaps the stages' processes for the runner.

A process of its own because a fork costs what the forking process weighs: a small Python
starts a program in under a millisecond, a large Node in tens. It also outlives nobody: when its
standard input ends, for whatever reason, it kills every process group that it started.

In, one JSON object a line:   {"id": 1, "argv": [...], "env": {...}, "cwd": "...", "log": "..."}
                              {"kill": 1, "signal": 15}
Out, one JSON object a line:  {"id": 1, "pid": 123}
                              {"id": 1, "code": 0, "signal": 0, "cpu": 0.01, "peak": 1048576}
                              {"id": 1, "error": "[Errno 2] No such file or directory: 'x'"}
Standard library only; imports kept few, since this starts with every run.
"""

import json
import os
import select
import signal


def main():
    running = {}  # pid -> id
    wake = children_wake_up()
    buffered = b""
    while True:
        ready, _, _ = select.select([0, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            reap(running)
        if 0 in ready:
            data = os.read(0, 65536)
            if not data:
                break
            *lines, buffered = (buffered + data).split(b"\n")
            for line in lines:
                obey(json.loads(line), running)
    for pid in running:
        signal_group(pid, signal.SIGKILL)


def children_wake_up():
    """A file descriptor that becomes readable when a child has ended."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    # The runner decides when to stop; a Ctrl-C at the terminal reaches it first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return reader


def obey(order, running):
    if "kill" in order:
        for pid in [pid for pid, job in running.items() if job == order["kill"]]:
            signal_group(pid, order["signal"])
        return
    try:
        pid = start(order)
    except OSError as error:
        say({"id": order["id"], "error": str(error)})
        return
    running[pid] = order["id"]
    say({"id": order["id"], "pid": pid})


def start(order):
    # posix_spawnp has no working directory of its own; this process has one thread, so it may lend its.
    os.chdir(order["cwd"])
    return os.posix_spawnp(
        order["argv"][0],
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


def reap(running):
    while running:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        job = running.pop(pid, None)
        if job is None:
            continue
        # What the stage left behind in its group must not write after its outputs are taken.
        signal_group(pid, signal.SIGKILL)
        ended = os.waitstatus_to_exitcode(status)
        say(
            {
                "id": job,
                "code": max(ended, 0),
                "signal": max(-ended, 0),
                "cpu": usage.ru_utime + usage.ru_stime,
                "peak": usage.ru_maxrss * 1024,
            }
        )


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
