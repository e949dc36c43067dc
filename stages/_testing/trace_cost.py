"""What a trace costs: laptop-size trainings in which blocks of steps with and without it alternate.

    python stages/_testing/trace_cost.py [blocks] [steps per block]

Prints, for one core and for two, the ratio with/without of: wall time (medians over blocks), CPU time of the training's
own thread (what is on the critical path). Alternating blocks see the same
neighbours, so a busy machine blurs the figures, but doesn't tilt them.
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

# pipelines/polaris.yaml, profile laptop.
_MODEL = {
    "hidden_size": 64, "layers": 3, "head_dim": 16, "intermediate_size": 192, "max_positions": 128,
    "phrases": [" + ", " - ", " = ", " =", "\\boxed{"],
}  # fmt: skip
_TERMS = {"min_terms": 4, "max_terms": 4, "min_digits": 1, "max_digits": 1}
_TASK = {"name": "chain_sum", "label": "sums-4", "count": 600, "config": _TERMS, "prompt": "{expression} ="}
_COMPLETIONS = ["{answer}", "{steps}\\boxed{{answer}}"]
_DATA = {
    "tasks": [_TASK],
    "evaluation_count": 6,
    "demonstrations": 400,
    "completions": _COMPLETIONS,
    "near_duplicates": 1,
}
SFT = {"learning_rate": 3e-3, "batch_size": 32, "max_length": 64}
GRPO = {"prompts_per_step": 32, "samples": 8, "max_new_tokens": 28, "learning_rate": 1e-4, "answer_style": "boxed"}


def main() -> None:
    blocks, length = (int(word) for word in (sys.argv[1:3] or ("16", "20")))
    folder = Path(tempfile.mkdtemp(prefix="trace-cost-"))
    made = inputs(folder)
    print(f"{'':6} {'cores':>5} {'ms/step':>8} {'wall':>7} {'thread':>7}   ({blocks} blocks of each kind)")
    for kind, params, given, steps in (("sft", SFT, "data", length), ("grpo", GRPO, "problems", max(2, length // 10))):
        for cores in (1, 2):
            own = {"model": made["model"], given: made[given]}
            found = measure(folder / f"{kind}-{cores}", kind, params, own, cores, blocks, steps)
            print(f"{kind:6} {cores:5} {found['ms']:8.1f} {found['wall']:7.3f} {found['thread']:7.3f}", flush=True)
    shutil.rmtree(folder)


def inputs(folder: Path) -> dict[str, Path]:
    from rig import run_kind

    base = run_kind("base-model", folder / "base", _MODEL)
    data = run_kind("collect", folder / "collect", _DATA)
    assert base.code == data.code == 0, base.stderr + data.stderr
    return {"model": base.output("model"), "data": data.output("demonstrations"), "problems": data.output("train")}


def measure(
    scratch: Path, kind: str, params: dict, given: dict[str, Path], cores: int, blocks: int, steps: int
) -> dict[str, float]:
    from rig import base_environment, prepare

    # One block more, at the start, is left out: first steps are slow.
    total = (2 * blocks + 1) * steps
    prepare(kind, scratch, {**params, "steps": total, "warmup_steps": 0}, given)
    environment = {**base_environment(scratch), "TRACE_COST": json.dumps({"steps": steps, "cores": cores})}
    argv = [sys.executable, str(Path(__file__).resolve()), "--inside"]
    subprocess.run(argv, cwd=scratch, env=environment, check=True, stderr=subprocess.DEVNULL)
    rows = json.loads((scratch / "cost.json").read_text())[1:]
    with_, without = ([row for row in rows if row["traced"] is traced] for traced in (True, False))
    middle = lambda rows, name: statistics.median(row[name] for row in rows)  # noqa: E731
    ratios = {name: middle(with_, name) / middle(without, name) for name in ("wall", "thread")}
    return {**ratios, "ms": 1000 * middle(without, "wall") / steps}


def inside() -> None:
    """The stage's own program, with a trace that is switched on and off."""
    import runpy

    from repro_sdk import trainer_trace, training_run

    asked = json.loads(os.environ["TRACE_COST"])
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: asked["cores"]])
    rows: list[dict] = []

    class Alternating(trainer_trace.TraceCallback):
        traced = False
        began = None

        def on_step_end(self, args, state, control, **kwargs):
            if self.traced:
                self._writer.go_to(state.global_step - 1, None)
                super().on_step_end(args, state, control, **kwargs)
            self._begin_step()
            if state.global_step % asked["steps"] == 0:
                self.turn()

        def turn(self):
            self._writer.flush()
            now = {"wall": time.perf_counter(), "thread": time.thread_time()}
            if self.began:
                rows.append({"traced": self.traced, **{name: now[name] - self.began[name] for name in now}})
            self.traced, self.began = not self.traced, now

    for name in ("_on_batch", "_on_loss", "_on_gradient", "_on_norm", "_on_rewards", "_on_rollout"):
        setattr(Alternating, name, only_traced(getattr(trainer_trace.TraceCallback, name)))
    training_run.TraceCallback = Alternating
    sys.path.insert(0, "stage")
    try:
        runpy.run_path("stage/main.py", run_name="__main__")
    finally:
        Path("cost.json").write_text(json.dumps(rows))


def only_traced(method):
    return lambda self, *args, **kwargs: method(self, *args, **kwargs) if self.traced else None


if __name__ == "__main__":
    inside() if "--inside" in sys.argv else main()
