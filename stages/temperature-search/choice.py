"""Choosing among measured temperatures. Pure functions, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """What sampling at one temperature gave; both numbers in [0, 1]."""

    temperature: float
    accuracy: float
    distinct_4_gram: float


def choose(measurements: Sequence[Measurement], tolerance: float) -> Measurement:
    """The most diverse temperature whose accuracy is within `tolerance` of the best.

    Among equally diverse ones the lowest temperature wins. Source: POLARIS,
    "control zone" of the temperature: diverse, and not yet losing accuracy.
    """
    best = max(m.accuracy for m in measurements)
    within = [m for m in measurements if m.accuracy >= best - tolerance]
    return max(within, key=lambda m: (m.distinct_4_gram, -m.temperature))
