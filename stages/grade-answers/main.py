"""grade-answers: what others sampled, graded as everything here is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from repro_sdk import Stage, StageFailure, run_stage, sample_seed, write_json, write_jsonl
from repro_sdk.grading import MATH, extract_answer, is_correct
from repro_sdk.rows import as_text, read_rows
from repro_sdk.scores import bootstrap_interval, mean, pass_at_k

_FIELDS = {"answer": "reward_model.ground_truth", "responses": "responses"}


def program(stage: Stage) -> None:
    params = stage.params
    fields = {**_FIELDS, **params["fields"]}
    graded: list[dict[str, Any]] = []
    report = {}
    for file in sorted(stage.inputs["answers"].iterdir()):
        rows = list(graded_rows(file, fields, params["answer_style"]))
        graded.extend(rows)
        report[file.name] = scores(rows, params, sample_seed(stage.seed, file.name), file.name)
        stage.progress(len(report), len(report), accuracy=report[file.name]["avg_at_k"]["mean"])
    refuse_unknown(params["published"], report)
    write_json(stage.outputs["report"], report)
    write_jsonl(stage.outputs["rollouts"], (rollout for row in graded for rollout in row["rollouts"]))
    average = mean([benchmark["avg_at_k"]["mean"] for benchmark in report.values()])
    stage.value("avg_at_k", average)
    stage.metrics(step=0, **{f"avg_at_k/{name}": benchmark["avg_at_k"]["mean"] for name, benchmark in report.items()})


def graded_rows(file: Path, fields: dict[str, str], style: str) -> Iterator[dict[str, Any]]:
    """Of each problem its rollouts, and how many are right."""
    for number, (where, row) in enumerate(read_rows(file)):
        right = right_answers(looked_up(row, fields["answer"], where), where)
        responses = looked_up(row, fields["responses"], where)
        if not isinstance(responses, list) or not responses or not all(isinstance(each, str) for each in responses):
            raise StageFailure(
                f"{where}: {fields['responses']!r} is no list of responses; say in `fields` where they are."
            )
        problem = {"task": MATH, "answer": right[0], "alternatives": right[1:]}
        found = [extract_answer(each, style) for each in responses]
        rewards = [1.0 if is_correct(problem, answer) else 0.0 for answer in found]
        yield {
            "correct": sum(rewards),
            "format_errors": sum(answer is None for answer in found),
            "rollouts": [
                {"id": f"{file.name}/{number}", "sample": k, "step": 0, "reward": reward, "completion": response}
                for k, (reward, response) in enumerate(zip(rewards, responses))
            ],
        }


def right_answers(value: Any, where: str) -> list[str]:
    found = [as_text(each) for each in (value if isinstance(value, list) else [value])]
    if not found or None in found:
        raise StageFailure(f"{where}: the right answer is {value!r}, and no text, number or list of these.")
    return [each.strip() for each in found if each is not None]


def looked_up(row: Any, path: str, where: str) -> Any:
    for step in path.split("."):
        if not isinstance(row, dict) or step not in row:
            raise StageFailure(f"{where}: there is no {path!r}; say in `fields` where it is.")
        row = row[step]
    return row


def scores(rows: list[dict[str, Any]], params: dict[str, Any], seed: int, name: str) -> dict[str, Any]:
    """avg@k is accuracy in [0, 1]; pass@k follows Chen et al., 2021; intervals are over problems."""
    counts = {len(row["rollouts"]) for row in rows}
    if len(counts) > 1:
        raise StageFailure(f"{name} has {min(counts)} to {max(counts)} responses for a problem; avg@k needs one k.")
    (samples,) = counts
    if any(not 1 <= k <= samples for k in params["pass_at"]):
        raise StageFailure(f"pass_at is {params['pass_at']}, but {name} has {samples} responses for each problem.")
    rates = [row["correct"] / samples for row in rows]
    low, high = bootstrap_interval(rates, seed, params["bootstrap"], params["confidence"])
    published = params["published"].get(name)
    return {
        "problems": len(rows),
        "samples": samples,
        "avg_at_k": {"mean": mean(rates), "low": low, "high": high},
        "pass_at": {
            str(k): mean([pass_at_k(samples, int(row["correct"]), k) for row in rows]) for k in params["pass_at"]
        },
        "format_errors": mean([row["format_errors"] / samples for row in rows]),
        **({} if published is None else {"published": beside(published, low, high, name)}),
    }


def beside(published: Any, low: float, high: float, name: str) -> dict[str, Any]:
    if isinstance(published, bool) or not isinstance(published, (int, float)) or not 0 <= published <= 100:
        raise StageFailure(f"published.{name} is {published!r}, and no percentage.")
    return {"percent": float(published), "inside_interval": 100 * low <= published <= 100 * high}


def refuse_unknown(published: dict[str, Any], report: dict[str, Any]) -> None:
    unknown = sorted(set(published) - set(report))
    if unknown:
        raise StageFailure(f"published names {unknown[0]}, but the benchmarks are {', '.join(report)}.")


if __name__ == "__main__":
    run_stage(program)
