"""Problems that are there twice, word for word or nearly.

Near duplicates are found with MinHash (Broder, 1997) and banding: two problems
are compared when one band of their signatures agrees, and dropped on their
exact Jaccard similarity, so that the hash only decides what is compared.
Problems with other numbers are other problems, however alike their words:
"Tom has 3 apples" and "Tom has 4 apples" are never duplicates.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from text import same_prompt_key

from repro_sdk import sample_seed

_SHINGLE = 5
_BANDS, _ROWS = 20, 4
_PRIME = 2**61 - 1
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")

Dropped = dict[int, str]


def drop_repeated(problems: list[dict[str, Any]]) -> Dropped:
    """{index: why} of every problem whose prompt was there before. Case and spacing don't count."""
    first: dict[str, dict[str, Any]] = {}
    dropped: Dropped = {}
    for index, problem in enumerate(problems):
        before = first.setdefault(same_prompt_key(problem["prompt"]), problem)
        if before is not problem:
            answer = "" if before["answer"] == problem["answer"] else ", with another answer"
            dropped[index] = f"repeats {before['id']}{answer}"
    return dropped


def drop_near(problems: list[dict[str, Any]], threshold: float, seed: int) -> Dropped:
    """{index: why} of every problem that is nearly an earlier one that stays."""
    if threshold >= 1:
        return {}
    dropped: Dropped = {}
    for group in same_numbers(problems):
        shingles = {index: shingled(problems[index]["prompt"]) for index in group}
        buckets: dict[tuple, list[int]] = defaultdict(list)
        for index in group:
            bands = list(banded(shingles[index], seed))
            near = nearest(index, shingles, (i for band in bands for i in buckets[band]), threshold)
            if near is not None:
                dropped[index] = f"nearly repeats {problems[near]['id']}"
                continue
            for band in bands:
                buckets[band].append(index)
    return dropped


def same_numbers(problems: list[dict[str, Any]]) -> list[list[int]]:
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, problem in enumerate(problems):
        groups[tuple(_NUMBERS.findall(problem["prompt"]))].append(index)
    return [group for group in groups.values() if len(group) > 1]


def shingled(prompt: str) -> frozenset[str]:
    text = same_prompt_key(prompt)
    return frozenset(text[i : i + _SHINGLE] for i in range(max(1, len(text) - _SHINGLE + 1)))


def nearest(index: int, shingles: dict[int, frozenset[str]], others: Iterable[int], threshold: float) -> int | None:
    alike = (other for other in sorted(set(others)) if jaccard(shingles[index], shingles[other]) >= threshold)
    return next(alike, None)


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b)


def banded(shingles: frozenset[str], seed: int) -> Iterable[tuple]:
    hashes = [int.from_bytes(hashlib.blake2b(s.encode(), digest_size=7).digest(), "big") for s in shingles]
    for band in range(_BANDS):
        yield (band, *(least(hashes, sample_seed(seed, "minhash", band, row)) for row in range(_ROWS)))


def least(hashes: list[int], key: int) -> int:
    a, b = key % _PRIME | 1, (key >> 7) % _PRIME
    return min((a * h + b) % _PRIME for h in hashes)
