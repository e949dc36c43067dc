"""Control groups: the kernel's own limits on the memory and the processes of a job.

Where they are was found by control-groups.ts. A job is in its group from its first instruction: this process, which has
one thread, goes in, starts it, and goes out again.
"""

import os

FILES = {
    1: {"memory": ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"), "pids": ("pids.max",)},
    2: {"memory": ("memory.max",), "pids": ("pids.max",)},
}
EVENTS = {
    1: {"memory": "memory.oom_control", "pids": "pids.events"},
    2: {"memory": "memory.events", "pids": "pids.events"},
}
# All of a job or nothing: half a training that goes on is worse than an end.
ONCE = {1: {}, 2: {"memory.oom.group": "1", "memory.swap.max": "0"}}


class Groups:
    """`homes`: {"version": 1, "controllers": ["memory"], "own": where this process is, "base": where groups are made}"""

    def __init__(self, homes):
        self.homes = homes
        self.made = 0
        self.left = []
        for home in homes:
            remove_forgotten(home["base"])

    def make(self, limits):
        """limits: {"memory": bytes, "pids": count}. None where a group can't be made, or limits nothing."""
        self.made += 1
        folders = []
        for home in self.homes:
            wanted = {name: limits[name] for name in home["controllers"] if name in limits}
            if not wanted:
                continue
            folder = f"{home['base']}/repro-{os.getpid()}-{self.made}"
            folders.append((folder, home))
            if not prepare(folder, home["version"], wanted):
                self.remove(folders)
                return None
        return folders or None

    def enter(self, folders):
        """False when this process may not go there: then nothing has moved."""
        for folder, _ in folders:
            if not put(f"{folder}/cgroup.procs", "0"):
                self.leave(folders)
                return False
        return True

    def leave(self, folders):
        for _, home in folders:
            put(f"{home['own']}/cgroup.procs", "0")

    def hold(self, folders, most=1):
        """Lets nothing in it grow, or again up to `most`."""
        for folder, home in folders:
            if "pids" in home["controllers"]:
                put(f"{folder}/pids.max", str(most))

    def live_in(self, folders):
        """For the rest of this process's life: where it starts jobs from."""
        if self.enter(folders):
            self.homes = [{**home, "own": folder_of(home, folders)} for home in self.homes]

    def remove(self, folders):
        self.left = [folder for folder in [*self.left, *(folder for folder, _ in folders)] if not removed(folder)]


def folder_of(home, folders):
    return next((folder for folder, of in folders if of is home), home["own"])


def met(folders):
    """Which limit a job ran into: "memory", "processes" or None."""
    for folder, home in folders:
        for controller, event, name in (("memory", "oom_kill", "memory"), ("pids", "max", "processes")):
            if (
                controller in home["controllers"]
                and count(f"{folder}/{EVENTS[home['version']][controller]}", event) > 0
            ):
                return name
    return None


def prepare(folder, version, wanted):
    try:
        os.mkdir(folder)
    except OSError:
        return False
    done = True
    for controller, value in wanted.items():
        first, *more = FILES[version][controller]
        done = done and put(f"{folder}/{first}", str(value))
        for also in more:
            put(f"{folder}/{also}", str(value))
    for name, value in ONCE[version].items():
        put(f"{folder}/{name}", value)
    return done


def remove_forgotten(base):
    """Of runs that were killed."""
    try:
        names = os.listdir(base)
    except OSError:
        return
    for name in names:
        parts = name.split("-")
        if parts[0] == "repro" and len(parts) == 3 and not os.path.exists(f"/proc/{parts[1]}"):
            removed(f"{base}/{name}")


def removed(folder):
    try:
        os.rmdir(folder)
        return True
    except FileNotFoundError:
        return True
    except OSError:
        return False


def count(path, name):
    try:
        with open(path, encoding="ascii") as file:
            return sum(int(line.split()[1]) for line in file if line.split()[0] == name)
    except (OSError, ValueError, IndexError):
        return 0


def put(path, text):
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return True
    except OSError:
        return False
