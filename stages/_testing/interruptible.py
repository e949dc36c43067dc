"""Stage programs that are interrupted and gone on with, as the runner would."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

from rig import STAGES, Finished, base_environment

_KEPT_BETWEEN_RUNS = ("resume", "metrics.jsonl", "trace.jsonl")


class Interruptible:
    """Owns one `interrupting.py` process; see there for the signals."""

    def __init__(self, folder: Path) -> None:
        environment = {**base_environment(folder), "PYTHONPATH": f"{STAGES / '_sdk'}"}
        self._process = subprocess.Popen(
            [sys.executable, str(STAGES / "_testing" / "interrupting.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=folder,
        )  # fmt: skip
        self._answer()

    def run(
        self,
        scratch: Path,
        signal: str | None = None,
        step: int = 0,
        every_step: bool = False,
        environment: dict[str, str] | None = None,
    ) -> Finished:
        """Run the program of a prepared scratch until it ends or is ended."""
        how = {"signal": signal, "step": step, "every_step": every_step, "environment": environment or {}}
        command = {"scratch": str(scratch), **how}
        stdin, _ = self._pipes()
        stdin.write(json.dumps(command) + "\n")
        stdin.flush()
        code = self._answer()["code"]
        log = scratch / "log"
        return Finished(code, log.read_text("utf-8", "replace") if log.exists() else "", scratch)

    def close(self) -> None:
        stdin, _ = self._pipes()
        stdin.close()
        self._process.wait(timeout=60)

    def _answer(self) -> dict[str, Any]:
        _, stdout = self._pipes()
        return json.loads(stdout.readline())

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self._process.stdin is not None and self._process.stdout is not None
        return self._process.stdin, self._process.stdout


def clear_for_resume(scratch: Path) -> None:
    """What the runner does before it starts a stopped stage again: runner/run/scratch.ts."""
    for name in ("outputs", "tmp"):
        shutil.rmtree(scratch / name)
        (scratch / name).mkdir()
    for name in ("values.json", "effective.json"):
        (scratch / name).unlink(missing_ok=True)


def move_to_new_run(scratch: Path, fresh: Path) -> None:
    """What the runner does when another run goes on: runner/run/checkpoints.ts."""
    for name in _KEPT_BETWEEN_RUNS:
        if (scratch / name).exists():
            if (fresh / name).is_dir():
                shutil.rmtree(fresh / name)
            shutil.move(scratch / name, fresh / name)


def newest_checkpoint(scratch: Path) -> int:
    """The step of the checkpoint that is there; 0 when none is."""
    return max((int(place.name.removeprefix("step-")) for place in scratch.glob("resume/step-*")), default=0)
