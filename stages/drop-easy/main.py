"""drop-easy: what is solved nearly always teaches nothing any more (POLARIS drops it between its stages)."""

import math
from collections import Counter, defaultdict

from repro_sdk import Stage, StageFailure, run_stage, write_json, write_jsonl
from repro_sdk.nonfinite import spelt
from repro_sdk.problems import read_problems
from repro_sdk.rows import read_rows

_BINS = 10
_EXAMPLES = 3


def program(stage: Stage) -> None:
    problems = read_problems(stage.inputs["problems"])
    average = average_rewards(stage.inputs["rollouts"])
    refuse_strangers(problems, average)
    threshold = stage.params["threshold"]
    kept = [problem for problem in problems if average.get(problem["id"], 0.0) <= threshold]
    refuse_too_few(kept, problems, stage.params)
    write_jsonl(stage.outputs["problems"], kept)
    write_json(stage.outputs["report"], report(problems, kept, average, threshold))
    stage.value("kept", len(kept))
    stage.metrics(step=0, kept=len(kept), dropped=len(problems) - len(kept))
    stage.progress(1, 1, kept=len(kept))


def average_rewards(path) -> dict[str, float]:
    """Mean reward of every problem that has rollouts, exact in any order."""
    rewards: dict[str, list[float]] = defaultdict(list)
    for where, row in read_rows(path):
        reward = row.get("reward")
        if not isinstance(row.get("id"), str) or isinstance(reward, bool) or not isinstance(reward, (int, float)):
            raise StageFailure(f"{where}: the rollout lacks an id or a reward.")
        if not math.isfinite(reward):
            raise StageFailure(f"{where}: the rollout's reward is {spelt(reward)}.")
        rewards[row["id"]].append(float(row["reward"]))
    return {name: math.fsum(found) / len(found) for name, found in rewards.items()}


def refuse_strangers(problems: list, average: dict[str, float]) -> None:
    """Rollouts that are of none of the problems would drop nothing, and nobody would know."""
    if average and not any(problem["id"] in average for problem in problems):
        raise StageFailure(
            f"None of the {len(average)} problems that have rollouts is one of the {len(problems)} problems, by its id (the "
            f"rollouts have {min(average)!r}); connect the problems that the round trained on."
        )


def refuse_too_few(kept: list, problems: list, params: dict) -> None:
    if len(kept) < params["keep_at_least"]:
        raise StageFailure(
            f"{len(kept)} of {len(problems)} problems would be left, keep_at_least is {params['keep_at_least']}: "
            f"the others have an average reward above {params['threshold']}. Collect harder ones or raise the threshold."
        )


def report(problems: list[dict], kept: list[dict], average: dict[str, float], threshold: float) -> dict:
    seen = [problem for problem in problems if problem["id"] in average]
    dropped = [problem for problem in seen if average[problem["id"]] > threshold]
    return {
        "read": len(problems),
        "without_rollouts": len(problems) - len(seen),
        "dropped": len(dropped),
        "kept": len(kept),
        "threshold": threshold,
        "histogram": histogram([average[problem["id"]] for problem in seen]),
        "dropped_by_task": dict(Counter(map(label_or_task, dropped))),
        "examples": [{"prompt": p["prompt"], "average_reward": average[p["id"]]} for p in dropped[:_EXAMPLES]],
        "rollouts_of_other_problems": len(set(average) - {problem["id"] for problem in problems}),
    }


def label_or_task(problem: dict) -> str:
    """What people's own data calls `label` may be a number or a list: then it names no task."""
    label = problem["metadata"].get("label")
    return label if isinstance(label, str) else problem["task"]


def histogram(averages: list[float]) -> list[dict]:
    """Tenths of the average reward; the last bin includes 1."""
    counts = Counter(min(_BINS - 1, int(average * _BINS)) for average in averages)
    return [{"from": i / _BINS, "count": counts[i]} for i in range(_BINS)]


if __name__ == "__main__":
    run_stage(program)
