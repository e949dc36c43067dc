"""Numbers about samples. Pure functions on plain lists, no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .failure import StageFailure
from .seeds import sample_seed, uniforms


def mean(numbers: Sequence[float]) -> float:
    """Arithmetic mean, exactly rounded (order does not matter). Nothing has none: 0 would be a score."""
    if not numbers:
        raise StageFailure("A mean over nothing was asked for: there is not one problem or sample to judge by.")
    return math.fsum(numbers) / len(numbers)


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """Chance that at least one of k samples is correct, estimated without bias.

    Source: Chen et al., 2021, arXiv 2107.03374, equation 1: 1 - C(n-c, k) / C(n, k).
    Raises ValueError unless 0 <= correct <= samples and 1 <= k <= samples.
    """
    if not (0 <= correct <= samples and 1 <= k <= samples):
        raise ValueError(f"pass@{k} of {correct} correct in {samples} samples is undefined")
    return 1.0 - math.comb(samples - correct, k) / math.comb(samples, k)


def distinct_ngrams(sequences: Sequence[Sequence[int]], n: int = 4) -> float:
    """Share of different n-grams among all n-grams of the sequences, 0 to 1.

    Source: Li et al., 2016, arXiv 1510.03055 (distinct-n). A sequence shorter
    than n counts as one n-gram, so that short answers are not invisible.
    """
    grams = [gram for sequence in sequences for gram in _ngrams(tuple(sequence), n)]
    return len(set(grams)) / len(grams) if grams else 0.0


def bootstrap_interval(
    numbers: Sequence[float], seed: int, resamples: int = 1000, confidence: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean over problems, (low, high).

    Problems are resampled, not samples: the samples of one problem are not
    independent of each other. Equal seeds give equal intervals.
    """
    means = sorted(_resampled_mean(numbers, sample_seed(seed, "bootstrap", i)) for i in range(resamples))
    tail = (1.0 - confidence) / 2.0
    low = means[int(tail * resamples)]
    high = means[min(resamples - 1, int((1.0 - tail) * resamples))]
    return (low, high)


def _resampled_mean(numbers: Sequence[float], seed: int) -> float:
    size = len(numbers)
    return mean([numbers[int(u * size)] for u in uniforms(seed, size).tolist()])


def _ngrams(sequence: tuple[int, ...], n: int) -> list[tuple[int, ...]]:
    if len(sequence) <= n:
        return [sequence] if sequence else []
    return [sequence[i : i + n] for i in range(len(sequence) - n + 1)]
