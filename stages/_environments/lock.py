"""Writes and checks the locks: `python lock.py write | check [--live]`. Standard library and pip only.

`write` resolves requirements.in once per Python and build of torch, with pip's own configuration (no index
is named here), and merges the answers: one line per package, every file's hash, its name in a comment above.
`check` says which (Python, package) pairs have no usable hash; `--live` also asks pip to resolve each lock.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PYTHONS = ("3.11", "3.12")
BUILD_TOOLS = ("setuptools",)
MARK = "# repro: build tools above, install them first"
TORCH = json.loads((HERE / "torch-cpu-builds.json").read_text("utf-8"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["write", "check"])
    parser.add_argument("--live", action="store_true", help="check: let pip resolve each lock, nothing is installed")
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="3.12=COMMAND",
        help="how to start a Python version (default: python3.12)",
    )
    options = parser.parse_args()
    commands = {version: "python" + version for version in PYTHONS}
    commands.update(pair.split("=", 1) for pair in options.python)
    sys.exit(write(commands) if options.action == "write" else check(commands, options.live))


# ---- write -----------------------------------------------------------------------------------------------


def write(commands):
    cuda = merge(resolve_each(commands, "requirements.in", "torch===" + public(TORCH["version"])))
    only_cuda = closure_of_cuda(cuda)
    cpu = {name: package for name, package in cuda.items() if name not in only_cuda}
    cpu["torch"] = {
        "version": TORCH["version"],
        "requires": [],
        "files": {build["file"]: build["sha256"] for build in TORCH["builds"]},
    }
    tests = merge(resolve_each(commands, "test.in", None, pins(cpu)))
    save("cpu.lock.txt", cpu, "the built-in stages with torch's CPU build")
    save("cuda.lock.txt", cuda, "the built-in stages with torch's CUDA build")
    save("test.lock.txt", {n: p for n, p in tests.items() if n not in cpu}, "pytest, on top of cpu.lock.txt")
    return check(commands, live=False)


def resolve_each(commands, source, torch, fixed=()):
    """One pip report per Python; the first one's versions bind the next, so that both get the same."""
    reports = []
    for command in commands.values():
        known = list(fixed) + [pin for report in reports for pin in pins(report)]
        reports.append(resolve(command, source, torch, known))
    return reports


def resolve(command, source, torch, known):
    lines = [line for line in (HERE / source).read_text("utf-8").splitlines() if line and line[0] != "#"]
    if torch:
        lines = [torch if line.startswith("torch==") else line for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        wanted, limits = Path(folder, "wanted.txt"), Path(folder, "limits.txt")
        wanted.write_text("\n".join(lines) + "\n", "utf-8")
        limits.write_text("\n".join(k for k in known if not k.startswith("torch=")) + "\n", "utf-8")
        report = pip(
            command,
            "install",
            "--dry-run",
            "--ignore-installed",
            "--quiet",
            "--report",
            "-",
            "-r",
            str(wanted),
            "-c",
            str(limits),
        )
    return {package["name"]: package for package in map(package_of, json.loads(report)["install"])}


def package_of(item):
    metadata, download = item["metadata"], item["download_info"]
    file = download["url"].rsplit("/", 1)[-1].replace("%2B", "+")
    return {
        "name": canonical(metadata["name"]),
        "version": metadata["version"],
        "requires": metadata.get("requires_dist", []),
        "files": {file: download["archive_info"]["hashes"]["sha256"]},
    }


def merge(reports):
    merged = {}
    for report in reports:
        for name, package in report.items():
            known = merged.setdefault(name, package)
            if known["version"] != package["version"]:
                sys.exit(f"{name}: {known['version']} and {package['version']}: pin it in requirements.in")
            known["files"].update(package["files"])
    return merged


def name_in(requirement):
    """`torch>=2; extra == "x"`: torch."""
    found = re.match(r"[\w.-]+", requirement)
    if found is None:
        raise SystemExit(f"{requirement!r} begins with no name of a package")
    return found.group()


def closure_of_cuda(packages):
    """What only torch's CUDA build needs: reachable from torch, not reachable without torch's CUDA requirements."""
    from_cuda = [r for r in packages["torch"]["requires"] if re.search(r"platform_system == .Linux.", r)]
    without = {n: p["requires"] for n, p in packages.items()}
    without["torch"] = [r for r in packages["torch"]["requires"] if r not in from_cuda]
    roots = [
        canonical(name_in(line))
        for line in (HERE / "requirements.in").read_text("utf-8").splitlines()
        if line and line[0] != "#"
    ]
    seen, queue = set(), list(roots)
    while queue:
        name = queue.pop()
        if name in seen or name not in without:
            continue
        seen.add(name)
        # Extras count as wanted: too many packages for the CPU would be harmless, too few would not.
        queue += [canonical(name_in(r)) for r in without[name]]
    return set(packages) - seen


def save(file, packages, what):
    lines = [
        f"# {what}: every package of CPython {' and '.join(PYTHONS)} on x86-64 Linux, with hashes.",
        "# Written by lock.py from requirements.in (test.in); don't edit. How to install: README.md beside it.",
    ]
    if packages.get("torch", {}).get("version") == TORCH["version"]:
        lines += [f"# {b['file']}: {b['note']}." for b in TORCH["builds"]]
    first = [name for name in BUILD_TOOLS if name in packages]
    for name in first:
        lines += ["", *entry(name, packages[name])]
    lines += ["", MARK] if first else []
    for name in sorted(set(packages) - set(first)):
        lines += ["", *entry(name, packages[name])]
    (HERE / file).write_text("\n".join(lines) + "\n", "utf-8")


def entry(name, package):
    # `==2.13.0` also accepts 2.13.0+cpu, and pip prefers that one; `===` names the plain build and no other.
    equals = "===" if name == "torch" and "+" not in package["version"] else "=="
    files = sorted(package["files"].items())
    hashes = [f"    --hash=sha256:{digest}" for _, digest in files]
    return (
        [f"#   {file}" for file, _ in files]
        + [f"{name}{equals}{package['version']} \\"]
        + " \\\n".join(hashes).split("\n")
    )


# ---- check -----------------------------------------------------------------------------------------------


def check(commands, live):
    locks = {file: parse(HERE / file) for file in ("cpu.lock.txt", "cuda.lock.txt", "test.lock.txt")}
    problems = [p for file, lock in locks.items() for p in holes(file, lock)]
    problems += drift(locks["cpu.lock.txt"], locks["cuda.lock.txt"])
    problems += [
        f"cpu.lock.txt: {name} belongs into test.lock.txt"
        for name in locks["test.lock.txt"]
        if name in locks["cpu.lock.txt"]
    ]
    if live:
        problems += [
            p for file in locks for version, command in commands.items() for p in unresolved(file, version, command)
        ]
    for problem in problems:
        print(problem)
    for build in TORCH["builds"]:
        if build["evidence"] != "hashed":
            print(f"note: {build['file']}: hash {build['evidence']}, {build['note']}")
    print(f"{len(problems)} problems; " + ", ".join(f"{file}: {len(lock)} packages" for file, lock in locks.items()))
    return 1 if problems else 0


def parse(path):
    """{name: (version, {file: digest})}; the comment lines above an entry name its files in the order of hashes."""
    lock, files = {}, []
    for line in re.sub(r"\\\n\s*", "", path.read_text("utf-8")).splitlines():
        if line.startswith("#   "):
            files.append(line[4:])
        elif line and line[0] != "#":
            pinned = re.match(r"([\w.-]+)={2,3}(\S+)", line)
            if pinned is None:
                raise SystemExit(f"{path}: {line!r} pins nothing")
            name, version = pinned.groups()
            digests = re.findall(r"--hash=sha256:([0-9a-f]{64})", line)
            lock[canonical(name)] = (version, dict(zip(files, digests)) if len(files) == len(digests) else {})
            files = []
    return lock


def holes(file, lock):
    return [
        f"{file}: no usable hash for {name} {version} on Python {python}"
        for name, (version, files) in lock.items()
        for python in PYTHONS
        if not any(fits(f, python) for f in files)
    ]


def fits(file, python):
    if file.endswith((".tar.gz", ".zip")):
        return True
    tag, abi, platform = file.removesuffix(".whl").rsplit("-", 3)[1:]
    if "x86_64" not in platform and platform != "any":
        return False
    short = python.replace(".", "")
    if {"py3", "py" + short, "cp" + short} & set(tag.split(".")):
        return True
    oldest = re.fullmatch(r"cp3(\d+)", tag)
    return abi == "abi3" and oldest is not None and int(oldest.group(1)) <= int(python.split(".")[1])


def drift(cpu, cuda):
    """Everything but torch's build and what only it needs is the same in both locks."""
    return [
        f"cpu.lock.txt and cuda.lock.txt differ in {name}"
        for name in cpu
        if name != "torch" and cpu[name] != cuda.get(name)
    ]


def unresolved(file, version, command):
    answer = subprocess.run(
        [
            command,
            "-m",
            "pip",
            "install",
            "--dry-run",
            "--ignore-installed",
            "--no-deps",
            "--quiet",
            "--require-hashes",
            "-r",
            str(HERE / file),
        ],
        capture_output=True,
        text=True,
    )
    errors = [line for line in answer.stderr.splitlines() if line.startswith("ERROR")]
    return [f"{file}: pip on Python {version}: {line}" for line in errors or (["failed"] if answer.returncode else [])]


# ---- words -----------------------------------------------------------------------------------------------


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def public(version):
    return version.split("+")[0]


def pins(packages):
    return [f"{name}=={package['version']}" for name, package in packages.items()]


def pip(command, *arguments):
    answer = subprocess.run([command, "-m", "pip", *arguments], capture_output=True, text=True)
    if answer.returncode:
        sys.exit(answer.stderr)
    return answer.stdout


if __name__ == "__main__":
    main()
