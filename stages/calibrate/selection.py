"""Which problems are worth training on. Pure functions, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from repro_sdk.seeds import sample_seed

BINS = 10


def mirrored_j(
    problems: Sequence[dict[str, Any]], rates: Sequence[float], hard_below: float, easy_share: float, seed: int
) -> list[bool]:
    """Keep-mask that leaves the mirrored-J distribution of POLARIS.

    Problems never or always solved go: all rollouts of their group have the
    same reward, so GRPO's advantages are zero. Of the rest, hard ones (rate <
    hard_below) stay. Easier ones are thinned until they are at most
    `easy_share` of what is left; the easiest go first, as a J mirrored from
    hard to easy asks, and a seeded draw by id decides among equals.
    """
    useful = [0.0 < rate < 1.0 for rate in rates]
    hard = sum(use and rate < hard_below for use, rate in zip(useful, rates))
    easy = [i for i, rate in enumerate(rates) if useful[i] and rate >= hard_below]
    room = len(easy) if easy_share >= 1.0 else int(hard * easy_share / (1.0 - easy_share))
    easy.sort(key=lambda i: (rates[i], sample_seed(seed, "calibrate", problems[i]["id"])))
    dropped = set(easy[room:])
    return [use and i not in dropped for i, use in enumerate(useful)]


def calibration_report(rates: Sequence[float], kept: Sequence[bool], samples: int, hard_below: float) -> dict[str, Any]:
    """Histograms over ten equal bins of the pass rate; the last bin holds 1.0 too."""
    dropped = [rate for rate, keep in zip(rates, kept) if not keep]
    return {
        "problems": len(rates),
        "kept": sum(kept),
        "samples": samples,
        "dropped": {
            "never_solved": sum(rate == 0.0 for rate in dropped),
            "always_solved": sum(rate == 1.0 for rate in dropped),
            "too_many_easy": sum(hard_below <= rate < 1.0 for rate in dropped),
        },
        "histogram": {
            "bin_edges": [i / BINS for i in range(BINS + 1)],
            "before": histogram(rates),
            "after": histogram([rate for rate, keep in zip(rates, kept) if keep]),
        },
    }


def histogram(rates: Sequence[float]) -> list[int]:
    """How many rates fall into each bin."""
    counts = [0] * BINS
    for rate in rates:
        counts[min(BINS - 1, int(rate * BINS))] += 1
    return counts
