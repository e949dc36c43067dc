"""Looks now and then at what each job uses: one pass over /proc for all of them.

Where there are no control groups this is all that limits memory, and it says so ("watched"): what is taken between two
looks it sees too late. Processes are watched for every job.
"""

import os
import time

from processes import environment_of

# A look may cost a hundredth of a core.
SHARE = 100
SOONEST, LATEST = 0.25, 5.0
# So long may the init of a sandbox be stopped.
STOPPED = 10.0
PAGE = os.sysconf("SC_PAGE_SIZE")


class Watch:
    def __init__(self, most_tasks):
        self.most_tasks = most_tasks  # Processes and threads of one job.
        self.wait = SOONEST
        self.next = 0.0
        # Whatever was killed for want of memory before is none of our jobs.
        self.oom_kills = oom_kills()

    def timeout(self, running):
        """Milliseconds until the next look; None while there is nothing to look at."""
        if not running:
            return None
        return max(0, int((self.next - time.monotonic()) * 1000) + 1)

    def began(self, first):
        """A job did: it gets its first look early, and puts off nobody's."""
        soon = time.monotonic() + SOONEST
        self.next = soon if first else min(self.next, soon)

    def look(self, jobs, end):
        """`end(job, tree)` is called for each that uses more than it may; `tree()` gives its processes of that moment."""
        now = time.monotonic()
        if not jobs or now < self.next:
            return
        found = processes()
        for job, tree in trees(jobs, found):
            go_on(job, found, now)
            job.peak = max(job.peak, sum(rss for _, _, rss in tree))
            over = over_limit(job, tree, self.most_tasks)
            if over is not None and job.met is None:
                job.met = over
                end(job, lambda job=job: states(job, jobs))
        took = time.monotonic() - now
        self.wait = min(max(SHARE * took, SOONEST), LATEST)
        self.next = time.monotonic() + self.wait

    def machine_was_full(self):
        """Whether the kernel has killed for want of memory since it was last asked."""
        before, self.oom_kills = self.oom_kills, oom_kills()
        return self.oom_kills > before


def go_on(job, found, now):
    """A stage may stop the init that is to report its end, and nobody would ever hear of it."""
    guard = job.guard
    if guard is None or found.get(guard.init(), (b"?",))[0] not in (b"T", b"t"):
        job.stopped_since = None
    elif job.stopped_since is None:
        job.stopped_since = now
    elif now - job.stopped_since > STOPPED:
        guard.go_on()


def over_limit(job, tree, most_tasks):
    if sum(tasks for _, tasks, _ in tree) > most_tasks:
        return "processes"
    if job.watched is None:
        return None
    files = files_in_memory(job)
    if sum(rss for _, _, rss in tree) + files <= job.watched:
        return None
    # Pages that processes share were counted for each: now exactly, which costs more. Of files in memory, those pages that
    # are mapped are shared memory, too: counted in one of the two.
    shares = [proportional(pid, rss) for pid, _, rss in tree]
    exact = max(sum(share for share, _ in shares), sum(share - shared for share, shared in shares) + files)
    return "memory" if exact > job.watched else None


def files_in_memory(job):
    """Of a sandbox: what lies in its /tmp, /dev/shm and /dev is nobody's resident memory, and memory all the same."""
    init = None if job.guard is None else job.guard.init()
    used = 0
    for folder in () if init is None else ("tmp", "dev"):
        try:
            held = os.statvfs(f"/proc/{init}/root/{folder}")
            used += (held.f_blocks - held.f_bfree) * held.f_frsize
        except OSError:
            pass  # It has ended.
    return used


def trees(jobs, found):
    """For each job its processes as (pid, tasks, resident bytes)."""
    for job, mine in members(jobs, found):
        yield job, [(pid, *found[pid][3:]) for pid in mine]


def states(job, jobs):
    """pid -> whether it is stopped, or dead."""
    found = processes()
    mine = next(mine for each, mine in members(jobs, found) if each is job)
    return {pid: found[pid][0] in (b"T", b"t", b"Z", b"X") for pid in mine}


def members(jobs, found):
    """All below a job, all of its session, and those of its mark that lost their parents and became ours."""
    below = {}
    for pid, (_, parent, *_) in found.items():
        below.setdefault(parent, []).append(pid)
    orphans = [pid for pid in below.get(os.getpid(), ()) if all(pid != job.pid for job in jobs)]
    for job in jobs:
        mine = {pid for pid, (_, _, session, *_) in found.items() if session == job.pid}
        todo = [job.pid, *mine]
        if job.guard is None:
            todo += [pid for pid in orphans if job.mark in environment_of(pid)]
        while todo:
            pid = todo.pop()
            mine.add(pid)
            todo += [child for child in below.get(pid, ()) if child not in mine]
        yield job, [pid for pid in mine if pid in found]


def processes():
    """pid -> (state, parent, session, tasks, resident bytes)"""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # The name of a program may hold anything, also brackets and spaces.
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue  # It has ended.
        found[int(name)] = (fields[0], int(fields[1]), int(fields[3]), int(fields[17]), int(fields[21]) * PAGE)
    return found


def proportional(pid, rss):
    """Its share of what is resident, and how much of that is shared memory."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            found = dict(line.split()[:2] for line in file)
        return int(found["Pss:"]) << 10, int(found.get("Pss_Shmem:", 0)) << 10
    except (OSError, KeyError, ValueError):
        return rss, 0


def oom_kills():
    try:
        with open("/proc/vmstat", encoding="ascii") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("oom_kill ")), 0)
    except OSError:
        return 0
