"""Problems from reasoning-gym, as many distinct ones as were asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from contamination import MADE_BY
from text import clean, filled, plain, same_prompt_key

from repro_sdk import StageFailure, sample_seed

_KEYS = {"name", "count", "label", "config", "prompt", "tight"}
_TRIES_PER_PROBLEM = 20
# reasoning-gym draws problem i from Random(seed + i): sets whose seeds are closer than their sizes share problems.
_SEEDS = 2**48


def generated(tasks: Sequence[dict[str, Any]], seed: int, split: str) -> list[dict[str, Any]]:
    """Problems of every task, in order. Raises when a task is unknown, misspelt, or has too few distinct problems."""
    labels = [label_of(task) for task in tasks]
    for label in labels:
        if labels.count(label) > 1:
            raise StageFailure(f"Two entries of `tasks` or `benchmarks` are labelled {label!r}; give one a `label`.")
    return [row for task in tasks for row in distinct(task, seed, split)]


def label_of(task: dict[str, Any]) -> str:
    unknown = sorted(set(task) - _KEYS)
    if unknown or not isinstance(task.get("name"), str) or not isinstance(task.get("count"), int):
        raise StageFailure(
            f"A task needs `name` and `count`, and may have {', '.join(sorted(_KEYS))}; this one is {task}."
        )
    return task.get("label", task["name"])


def distinct(task: dict[str, Any], seed: int, split: str) -> list[dict[str, Any]]:
    rows, seen = [], set()
    for row in raw(task, seed, split):
        if len(rows) == task["count"]:
            break
        key = same_prompt_key(clean(row["prompt"]))
        if key not in seen:
            seen.add(key)
            rows.append(row)
    if len(rows) < task["count"]:
        raise StageFailure(
            f"{label_of(task)} has {len(rows)} distinct problems in {_TRIES_PER_PROBLEM * task['count']} tries, "
            f"but count is {task['count']}; ask for fewer or widen its config."
        )
    return rows


def raw(task: dict[str, Any], seed: int, split: str) -> Iterator[dict[str, Any]]:
    label, template, tight = label_of(task), task.get("prompt", "{question}"), task.get("tight", False)
    for entry in entries(task, sample_seed(seed, "collect", split, label) % _SEEDS):
        if entry["answer"] is None:
            raise StageFailure(f"reasoning-gym gives no answer to {task['name']}, so its problems can't be verified.")
        metadata = plain(entry["metadata"])
        fields = {**metadata, "question": entry["question"]}
        yield {
            "prompt": filled(template, fields, tight),
            "answer": str(entry["answer"]),
            "task": task["name"],
            "metadata": {**metadata, "label": label},
            MADE_BY: task["name"],
        }


def entries(task: dict[str, Any], seed: int) -> Iterator[dict[str, Any]]:
    import reasoning_gym

    size = _TRIES_PER_PROBLEM * max(1, task["count"])
    try:
        dataset = reasoning_gym.create_dataset(task["name"], seed=seed, size=size, **task.get("config", {}))
    except (AssertionError, TypeError, ValueError) as error:
        raise StageFailure(f"reasoning-gym refuses the task {task['name']!r}: {error}") from None
    return (dataset[i] for i in range(size))
