"""Scores of a set of rollouts, as plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from repro_sdk.rollouts import Rollout
from repro_sdk.scores import bootstrap_interval, distinct_ngrams, mean, pass_at_k
from repro_sdk.seeds import sample_seed


def evaluation_report(drawn: Sequence[Sequence[Rollout]], params: dict[str, Any], seed: int) -> dict[str, Any]:
    """Scores over all problems, and over each benchmark."""
    names = [benchmark_of(rollouts[0].problem) for rollouts in drawn]
    groups = {name: [r for r, other in zip(drawn, names) if other == name] for name in sorted(set(names))}
    return {
        "samples": params["samples"],
        "temperature": params["temperature"],
        "all": scores(drawn, params, sample_seed(seed, "all")),
        "benchmarks": {
            name: scores(rows, params, sample_seed(seed, "benchmark", name)) for name, rows in groups.items()
        },
    }


def benchmark_of(problem: dict[str, Any]) -> str:
    """The benchmark a problem belongs to: `metadata.benchmark`, else its task."""
    return problem["metadata"].get("benchmark", problem["task"])


def scores(drawn: Sequence[Sequence[Rollout]], params: dict[str, Any], seed: int) -> dict[str, Any]:
    """avg@k is accuracy in [0, 1]; pass@k follows Chen et al., 2021; lengths are in tokens."""
    flat = [rollout for rollouts in drawn for rollout in rollouts]
    solved = [mean([float(r.correct) for r in rollouts]) for rollouts in drawn]
    return {
        "problems": len(drawn),
        "avg_at_k": _with_interval(solved, params, sample_seed(seed, "avg")),
        "pass_at": {
            str(k): _with_interval(_pass(drawn, k), params, sample_seed(seed, "pass", k)) for k in params["pass_at"]
        },
        "distinct_4_gram": mean([distinct_ngrams([r.ids for r in rollouts]) for rollouts in drawn]),
        "mean_length": mean([float(len(r.ids)) for r in flat]),
        "truncated": mean([float(not r.finished) for r in flat]),
        "format_errors": mean([float(r.answer is None) for r in flat]),
    }


def _pass(drawn: Sequence[Sequence[Rollout]], k: int) -> list[float]:
    return [pass_at_k(len(rollouts), sum(r.correct for r in rollouts), k) for rollouts in drawn]


def _with_interval(numbers: list[float], params: dict[str, Any], seed: int) -> dict[str, float]:
    low, high = bootstrap_interval(numbers, seed, params["bootstrap"], params["confidence"])
    return {"mean": mean(numbers), "low": low, "high": high}
