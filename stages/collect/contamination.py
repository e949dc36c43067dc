"""Has training seen the evaluation? By shared word n-grams, as for GPT-3 (Brown et al., 2020, arXiv 2005.14165, C)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from templates import Template, without_templates
from text import same_prompt_key, words

Problem = dict[str, Any]
NearMiss = dict[str, Any]
Gram = tuple[str, ...]
# Which problem of the evaluation has an n-gram, one for each generator that made some.
Owners = dict[Gram, dict[str | None, str]]
_NEAR_MISSES = 5
# So many different training problems may each have leaked the same words; of more, the words are nobody's own.
_LEAKS = 2
_LOOKED_AT = 20


class Limits(NamedTuple):
    """Words in a row that prove; and an n-gram in more evaluation problems than `boilerplate` is a template's wording."""

    ngram: int
    boilerplate: int


# What a generated problem carries until decontamination is over; no column of people's data is taken for it.
MADE_BY = "made by"


class Evaluation:
    """The n-grams and whole prompts of all evaluation problems, without the instructions that come with every problem."""

    def __init__(
        self, problems: list[Problem], training: list[Problem], limits: Limits, templates: Sequence[Template] = ()
    ) -> None:
        n, boilerplate = limits
        self._n, self._near = n, max(2, n * 2 // 3)
        self._templates = list(templates)
        self._whole = {same_prompt_key(p["prompt"]): p["id"] for p in problems}
        self._copies: dict[tuple[str, str], bool] = {}
        self._owners = self._owners_of(n, problems, boilerplate)
        self._near_owners = self._owners_of(self._near, problems, boilerplate)
        # How many training problems have what was set aside: {"where m and n are …": 11}.
        self.wording: dict[str, int] = {}
        self._set_aside_wording(self._owners, n, training)
        self._set_aside_wording(self._near_owners, self._near, training)
        self._prompts = {p["id"]: p["prompt"] for p in problems}

    def overlap(self, problem: Problem) -> str | None:
        """Why the problem is contaminated, or None.

        A prompt shorter than n words has no n-gram: short arithmetic is only
        contaminated when it is the same as a whole. So are two problems of one
        generator: the words that they share are its template.
        """
        whole = self._whole.get(same_prompt_key(problem["prompt"]))
        if whole is not None:
            return f"is {whole} of the evaluation"
        for gram in sorted(self._grams(problem["prompt"], self._n)):
            owner = self._other_owner(self._owners, gram, problem)
            if owner is not None:
                return f"shares {' '.join(gram)!r} with {owner} of the evaluation"
        return None

    def near_misses(self, problems: list[Problem]) -> list[NearMiss]:
        """Those that stay, and share the longest runs of words that are still shorter than n."""
        found = [miss for problem in problems if (miss := self._near_miss(problem)) is not None]
        return sorted(found, key=lambda miss: (-miss["words"], miss["prompt"]))[:_NEAR_MISSES]

    def _near_miss(self, problem: Problem) -> NearMiss | None:
        tokens = self._own_words(problem["prompt"])
        best: NearMiss | None = None
        for start in range(len(tokens) - self._near + 1):
            gram = tuple(tokens[start : start + self._near])
            owner = self._other_owner(self._near_owners, gram, problem)
            if owner is None:
                continue
            other = self._prompts[owner]
            length = _shared_run(tokens, start, self._own_words(other), self._near)
            if best is None or length > best["words"]:
                shared = " ".join(tokens[start : start + length])
                best = {"words": length, "shared": shared, "prompt": problem["prompt"], "evaluation": other}
        return best

    def _owners_of(self, n: int, problems: list[Problem], boilerplate: int) -> Owners:
        owners: Owners = defaultdict(dict)
        for gram, those in self._holders(n, problems).items():
            if len(those) <= boilerplate and self._are_of_few(those, 1):
                for problem in those:
                    owners[gram].setdefault(generator(problem), problem["id"])
        return owners

    def _set_aside_wording(self, owners: Owners, n: int, training: list[Problem]) -> None:
        """Forget what different training problems say: they would all be copies of one evaluation problem, and of each other."""
        read = [problem for problem in training if generator(problem) is None]
        for gram, those in self._holders(n, read, owners).items():
            if not self._are_of_few(those, _LEAKS):
                del owners[gram]
                if n == self._n:
                    self.wording[" ".join(gram)] = len(those)

    def _holders(self, n: int, problems: list[Problem], among: Owners | None = None) -> dict[Gram, list[Problem]]:
        holders: dict[Gram, list[Problem]] = defaultdict(list)
        for problem in problems:
            for gram in self._grams(problem["prompt"], n):
                if among is None or gram in among:
                    holders[gram].append(problem)
        return holders

    def _are_of_few(self, holders: list[Problem], most: int) -> bool:
        """Whether they are copies of `most` problems. Where different ones have it, an n-gram is a genre's wording, and no
        problem's own: "where m and n are relatively prime positive integers".
        """
        kinds: list[Problem] = []
        for problem in holders[:_LOOKED_AT]:
            if not any(self._are_copies(kind, problem) for kind in kinds):
                kinds.append(problem)
        return len(kinds) <= most

    def _are_copies(self, one: Problem, other: Problem) -> bool:
        """Whether the shorter of the two has half of its n-grams from the other."""
        pair = (one["id"], other["id"])
        known = self._copies.get(pair)
        if known is None:
            a, b = self._grams(one["prompt"], self._n), self._grams(other["prompt"], self._n)
            known = self._copies[pair] = generator(one) is not None or 2 * len(a & b) >= min(len(a), len(b))
        return known

    def _other_owner(self, owners: Owners, gram: Gram, problem: Problem) -> str | None:
        for origin, owner in owners.get(gram, {}).items():
            if origin is None or origin != generator(problem):
                return owner
        return None

    def _own_words(self, prompt: str) -> list[str]:
        return without_templates(words(prompt), self._templates)

    def _grams(self, prompt: str, n: int) -> set[Gram]:
        tokens = self._own_words(prompt)
        return {tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)}


def _shared_run(tokens: list[str], start: int, others: list[str], least: int) -> int:
    """How many words in a row from `start` on stand somewhere in `others`; at least `least` do."""
    longest = least
    for at in range(len(others) - least + 1):
        length = 0
        while (
            start + length < len(tokens) and at + length < len(others) and tokens[start + length] == others[at + length]
        ):
            length += 1
        longest = max(longest, length)
    return longest


def generator(problem: dict[str, Any]) -> str | None:
    """The reasoning-gym task that made the problem; None when it was read, whatever columns it has."""
    return problem.get(MADE_BY)
