"""What looking for NaN costs: laptop-size trainings in which blocks of steps with and without the guard alternate.

    python stages/_testing/guard_cost.py [blocks] [steps per block]

Prints ratios of medians, with/without, of wall time and of the training's own thread; then what checking a model adds to
loading it. Alternating blocks see the same neighbours, so a busy machine blurs the figures, but doesn't tilt them.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "_sdk")]

from trace_cost import GRPO, SFT, inputs  # noqa: E402

_LOADS = 15


def main() -> None:
    blocks, length = (int(word) for word in (sys.argv[1:3] or ("16", "20")))
    folder = Path(tempfile.mkdtemp(prefix="guard-cost-"))
    made = inputs(folder)
    print(f"{'':6} {'ms/step':>8} {'wall':>7} {'thread':>7}   ({blocks} blocks of each kind)")
    for kind, params, given, steps in (("sft", SFT, "data", length), ("grpo", GRPO, "problems", max(2, length // 10))):
        scratch = folder / kind
        found = measure(
            scratch, kind, {**params, "trace": "off"}, {"model": made["model"], given: made[given]}, blocks, steps
        )
        print(f"{kind:6} {found['ms']:8.1f} {found['wall']:7.3f} {found['thread']:7.3f}", flush=True)
    print(f"{'load':6} {'':8} {loading(made['model']):7.3f}")
    shutil.rmtree(folder)


def measure(
    scratch: Path, kind: str, params: dict, given: dict[str, Path], blocks: int, steps: int
) -> dict[str, float]:
    from rig import base_environment, prepare

    # One block more, at the start, is left out: first steps are slow.
    prepare(kind, scratch, {**params, "steps": (2 * blocks + 1) * steps, "warmup_steps": 0}, given)
    environment = {**base_environment(scratch), "GUARD_COST": str(steps)}
    argv = [sys.executable, str(Path(__file__).resolve()), "--inside"]
    subprocess.run(argv, cwd=scratch, env=environment, check=True, stderr=subprocess.DEVNULL)
    rows = json.loads((scratch / "cost.json").read_text())[1:]
    with_, without = ([row for row in rows if row["guarded"] is guarded] for guarded in (True, False))
    middle = lambda rows, name: statistics.median(row[name] for row in rows)  # noqa: E731
    ratios = {name: middle(with_, name) / middle(without, name) for name in ("wall", "thread")}
    return {**ratios, "ms": 1000 * middle(without, "wall") / steps}


def inside() -> None:
    """The stage's own program, with a guard that is switched on and off."""
    import runpy

    from repro_sdk import finite_guard, training_run

    steps = int(os.environ["GUARD_COST"])
    rows: list[dict] = []

    class Alternating(finite_guard.FiniteGuard):
        guarded = False
        began = None

        def on_step_end(self, args, state, control, **kwargs):
            if self.guarded:
                super().on_step_end(args, state, control, **kwargs)
            if state.global_step % steps == 0:
                self.turn()

        def turn(self):
            now = {"wall": time.perf_counter(), "thread": time.thread_time()}
            if self.began:
                rows.append({"guarded": self.guarded, **{name: now[name] - self.began[name] for name in now}})
            self.guarded, self.began = not self.guarded, now

    for name in ("_on_gradients", "_on_norm", "_look"):
        setattr(Alternating, name, only_guarded(getattr(finite_guard.FiniteGuard, name)))
    training_run.FiniteGuard = Alternating
    sys.path.insert(0, "stage")
    try:
        runpy.run_path("stage/main.py", run_name="__main__")
    finally:
        Path("cost.json").write_text(json.dumps(rows))


def only_guarded(method):
    return lambda self, *args, **kwargs: method(self, *args, **kwargs) if self.guarded else None


def loading(model: Path) -> float:
    """Median of loading with the check over loading without."""
    from repro_sdk import model_files

    checks = model_files.refuse_nonfinite, model_files._refuse_unloaded_nan
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * _LOADS):
        checked = turn % 2 == 0
        model_files.refuse_nonfinite, model_files._refuse_unloaded_nan = checks if checked else (nothing, nothing)
        began = time.perf_counter()
        model_files.load_model(model)
        seconds[checked].append(time.perf_counter() - began)
    return statistics.median(seconds[True]) / statistics.median(seconds[False])


def nothing(*_: object) -> None: ...


if __name__ == "__main__":
    inside() if "--inside" in sys.argv else main()
