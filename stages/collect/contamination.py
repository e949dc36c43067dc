"""Has training seen the evaluation? By shared word n-grams, as for GPT-3 (Brown et al., 2020, arXiv 2005.14165, C)."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from text import same_prompt_key, words

Gram = tuple[str, ...]
# What a generated problem carries until decontamination is over; no column of people's data is taken for it.
MADE_BY = "made by"


class Evaluation:
    """The n-grams and whole prompts of all evaluation problems."""

    def __init__(self, problems: list[dict[str, Any]], n: int, boilerplate: int) -> None:
        """`boilerplate`: an n-gram in more problems than this belongs to a template, not to a problem."""
        self._n = n
        self._whole = {same_prompt_key(p["prompt"]): p["id"] for p in problems}
        grams = [(gram, p) for p in problems for gram in self._grams(p["prompt"])]
        counts = Counter(gram for gram, _ in grams)
        self._owners: dict[Gram, dict[str | None, str]] = defaultdict(dict)
        for gram, problem in grams:
            if counts[gram] <= boilerplate:
                self._owners[gram].setdefault(generator(problem), problem["id"])

    def overlap(self, problem: dict[str, Any]) -> str | None:
        """Why the problem is contaminated, or None.

        A prompt shorter than n words has no n-gram: short arithmetic is only
        contaminated when it is the same as a whole. So are two problems of one
        generator: the words that they share are its template.
        """
        whole = self._whole.get(same_prompt_key(problem["prompt"]))
        if whole is not None:
            return f"is {whole} of the evaluation"
        for gram in sorted(self._grams(problem["prompt"])):
            for origin, owner in self._owners.get(gram, {}).items():
                if origin is None or origin != generator(problem):
                    return f"shares {' '.join(gram)!r} with {owner} of the evaluation"
        return None

    def _grams(self, prompt: str) -> set[Gram]:
        tokens = words(prompt)
        return {tuple(tokens[i : i + self._n]) for i in range(len(tokens) - self._n + 1)}


def generator(problem: dict[str, Any]) -> str | None:
    """The reasoning-gym task that made the problem; None when it was read, whatever columns it has."""
    return problem.get(MADE_BY)
