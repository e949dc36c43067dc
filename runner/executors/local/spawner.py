"""Starts and reaps the stages' processes for the runner.

A process of its own because a fork costs what the forking process weighs: a small Python
starts a program in under a millisecond, a large Node in tens. It also outlives nobody: when its
standard input ends, for whatever reason, it kills every process group that it started.

In, one JSON object a line:   {"id": 1, "argv": [...], "env": {...}, "cwd": "...", "log": "...",
                               "guard": null, "mark": "NAME=value", "memory": null}
                              {"kill": 1, "signal": 15}
Out, one JSON object a line:  {"id": 1, "pid": 123}
                              {"id": 1, "code": 0, "signal": 0, "cpu": 0.01, "peak": 1048576, "alone": true,
                               "met": null, "full": false, "watched": false}
                              {"id": 1, "error": "[Errno 2] No such file or directory: 'x'"}
                              {"warning": "something that the user should know"}

`guard`: argv is bubblewrap, a request to end is for what it guards, and it reads and writes the descriptors that
guard.py says. `memory`: bytes that the job may use; `met`: the limit that it ran into ("memory", "processes"); `full`:
the machine's memory was; `watched`: memory was looked at now and then, not limited. `alone`: nothing that the job started
is left. What has moved to a session of its own is found too, where the kernel lets this process adopt orphans (Linux):
every process of a job carries the job's `mark` in its environment.
Standard library only; imports kept few, since this starts with every run.
"""

import json
import os
import resource
import select
import signal
import sys

from control_groups import Groups, met
from job import Job, ask_to_end, end_at_once, spawn
from processes import children, environment_of, has_ended, signal_group
from stage_log import StageLog
from surroundings import in_front, set_constants
from watch import Watch


class Spawner:
    def __init__(self, homes, most_tasks):
        libc = load_libc()
        for sentence in set_constants(libc):
            say({"warning": sentence})
        self.adopts = adopt_orphans(libc)
        self.groups = Groups(homes)
        self.most_tasks = most_tasks
        # Of all jobs together: what the kernel holds, should one grow faster than we look.
        self.own = self.groups.make({"pids": 2 * most_tasks})
        if self.own is not None:
            self.groups.live_in(self.own)
        self.watch = Watch(most_tasks)
        self.running = {}  # pid -> Job
        self.dying = {}  # pid of a guarded init -> Job
        self.logs = {}  # descriptor -> Job
        self.poll = select.poll()

    def serve(self):
        wake = children_wake_up()
        self.poll.register(0, select.POLLIN)
        self.poll.register(wake, select.POLLIN)
        buffered = b""
        while True:
            for descriptor, _ in self.poll.poll(self.watch.timeout(self.running)):
                if descriptor in self.logs:
                    self.read_log(descriptor)
                elif descriptor == wake:
                    os.read(wake, 4096)
                    self.reap()
                elif descriptor == 0:
                    data = os.read(0, 65536)
                    if not data:
                        return
                    *lines, buffered = (buffered + data).split(b"\n")
                    for line in lines:
                        self.obey(json.loads(line))
            self.watch.look(list(self.running.values()), self.end_at_once)

    def end_at_once(self, job, tree):
        if self.own is not None:
            self.groups.hold(self.own)
        with in_front():
            end_at_once(job, tree)
        if self.own is not None:
            self.groups.hold(self.own, 2 * self.most_tasks)

    def close(self):
        for pid in self.running:
            signal_group(pid, signal.SIGKILL)
        while self.adopts and self.running:
            pid, job = self.running.popitem()
            os.waitpid(pid, 0)
            end_guarded(job)
            self.end_orphans(job.mark)
            job.log.close()
        if self.own is not None:
            self.groups.leave(self.own)
            self.groups.remove(self.own)

    def read_log(self, descriptor):
        if not self.logs[descriptor].log.take():
            self.forget_log(descriptor)

    def forget_log(self, descriptor):
        if self.logs.pop(descriptor, None) is not None:
            self.poll.unregister(descriptor)

    def obey(self, order):
        if "kill" in order:
            for job in [job for job in self.running.values() if job.order["id"] == order["kill"]]:
                ask_to_end(job, order["signal"])
            return
        job = log = None
        try:
            log = StageLog(order["log"])
            job = Job(order, log)
            self.start(job)
        except (OSError, ValueError) as error:  # ValueError: a NUL in an argument.
            if log is not None:
                log.started()
                log.close()
            if job is not None and job.guard is not None:
                job.guard.close()
            say({"id": order["id"], "error": str(error)})
            return
        log.started()
        self.running[job.pid] = job
        self.logs[log.reader] = job
        self.poll.register(log.reader, select.POLLIN)
        self.watch.began(first=len(self.running) == 1)
        say({"id": order["id"], "pid": job.pid})

    def start(self, job):
        memory = job.order["memory"]
        if memory is not None:
            job.groups = self.groups.make({"memory": memory, "pids": self.most_tasks})
            if job.groups is None or not self.groups.enter(job.groups):
                job.watched = memory
                self.drop_groups(job)
        try:
            job.pid = spawn(job)
        finally:
            if job.groups is not None:
                self.groups.leave(job.groups)
                if job.pid == 0:
                    self.drop_groups(job)

    def drop_groups(self, job):
        if job.groups is not None:
            self.groups.remove(job.groups)
            job.groups = None

    def reap(self):
        while self.running or self.dying:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self.dying:
                self.finish(self.dying.pop(pid), usage)
            elif pid in self.running:
                self.ended(self.running.pop(pid), status, usage)
            # Else an orphan that ended by itself.

    def ended(self, job, status, usage):
        job.ended = (status, usage)
        # What the stage left behind must not write after its outputs are taken.
        signal_group(job.pid, signal.SIGKILL)
        init = None if job.guard is None or not self.adopts else job.guard.init()
        if init is None:
            self.finish(job, None)
            return
        # With it everything in its namespace dies; it is waited for like the job itself.
        try:
            pid, _, used = os.wait4(init, os.WNOHANG)
        except ChildProcessError:
            self.finish(job, None)  # The guard had seen its end.
            return
        if pid == init:
            self.finish(job, used)
            return
        os.kill(init, signal.SIGKILL)
        self.dying[init] = job

    def finish(self, job, inner):
        """`inner`: what the guarded init and all below it used, where that is known."""
        self.forget_log(job.log.reader)
        alone = self.adopts and (job.guard is not None or self.end_orphans(job.mark))
        status, usage = job.ended
        trouble = job.log.close()
        if trouble is not None:
            say({"warning": trouble})
        ended = os.waitstatus_to_exitcode(status)
        limit = job.met or (met(job.groups) if job.groups is not None else None)
        killed = ended in (-signal.SIGKILL, 128 + signal.SIGKILL)
        # Before its end is told: then nothing of it is left.
        self.drop_groups(job)
        say(
            {
                "id": job.order["id"],
                "code": max(ended, 0),
                "signal": max(-ended, 0),
                "cpu": sum(used.ru_utime + used.ru_stime for used in (usage, inner) if used is not None),
                "peak": max(job.peak, most_resident(usage if job.guard is None else inner)),
                "alone": alone,
                "met": limit,
                "full": killed and limit is None and self.watch.machine_was_full(),
                "watched": job.watched is not None,
            }
        )
        if job.guard is not None:
            job.guard.close()

    def end_orphans(self, mark):
        """Kills what a job left running. True when nothing of it is left, as far as marks can tell."""
        for _ in range(ROUNDS):
            ours = {**self.running, **self.dying}
            orphans = [pid for pid in children(os.getpid()) if pid not in ours and not has_ended(pid)]
            theirs = [pid for pid in orphans if mark in environment_of(pid)]
            if not theirs:
                # One without any job's mark hides: it may be this job's.
                marks = [other.mark for other in self.running.values()]
                return all(any(other in environment_of(pid) for other in marks) for pid in orphans)
            for pid in theirs:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)  # Its children become ours now, for the next round.
        return False


def end_guarded(job):
    """It should die with its guard, which is its own affair: it may have been made to forget that."""
    init = None if job.guard is None else job.guard.init()
    if init is None or init not in children(os.getpid()):
        return
    os.kill(init, signal.SIGKILL)
    os.waitpid(init, 0)


# A tree of orphans is killed level by level; one that is deeper than this fights back.
ROUNDS = 64


def most_resident(usage):
    """A process starts with the size of the one that started it (this): what is no more says nothing."""
    if usage is None:
        return 0
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage.ru_maxrss * 1024 if usage.ru_maxrss > own else 0


def load_libc():
    try:
        import ctypes

        return ctypes.CDLL(None)
    except (ImportError, OSError):
        return None


def children_wake_up():
    """A file descriptor that becomes readable when a child has ended."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    # The runner decides when to stop; a Ctrl-C at the terminal reaches it first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return reader


def adopt_orphans(libc):
    """Makes this process the parent of its descendants' orphans, so that none of them is lost sight of."""
    return (
        hasattr(libc, "prctl")
        and libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
        and os.path.exists(f"/proc/self/task/{os.getpid()}/children")
    )


PR_SET_CHILD_SUBREAPER = 36


def say(answer):
    try:
        os.write(1, json.dumps(answer).encode() + b"\n")
    except BrokenPipeError:
        pass  # The runner is gone; the end of standard input follows.


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    spawner = Spawner(options["groups"], options["tasks"])
    spawner.serve()
    spawner.close()
