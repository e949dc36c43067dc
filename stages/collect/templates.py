"""The wording that most problems of a set share at their end or their beginning: an instruction, and no problem's own.

"Let's think step by step and output the final answer within \\boxed{}." is longer than an n-gram. With the last word of a
question before it, it would prove that any two problems of such sets are one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from text import words

# Shorter than this it is chance that ends questions alike: "of the triangle?".
_SHORTEST = 4
# Of so few problems nothing is most of them.
_FEWEST = 4
_SHARE = 0.5
_FEWEST_OWN = 5


@dataclass(frozen=True)
class Template:
    """Words at one end of prompts, as `words` cuts them."""

    end: str
    tokens: tuple[str, ...]
    found_in: str
    prompts: int
    of: int

    def described(self) -> dict:
        return {
            "end": self.end,
            "words": " ".join(self.tokens),
            "set": self.found_in,
            "prompts": self.prompts,
            "of": self.of,
        }


def templates_of(sets: dict[str, list[str]]) -> list[Template]:
    """Of every set its suffixes and prefixes, the commonest first; what is left when one is taken off is looked at again."""
    found: dict[tuple[str, tuple[str, ...]], Template] = {}
    for name in sorted(sets):
        prompts = [words(prompt) for prompt in sets[name]]
        for end in ("suffix", "prefix"):
            rest = [tokens[::-1] if end == "suffix" else tokens for tokens in prompts]
            for tokens, count in _shared_beginnings(rest):
                spelt = tokens[::-1] if end == "suffix" else tokens
                found.setdefault((end, spelt), Template(end, spelt, name, count, len(prompts)))
    return list(found.values())


Shared = tuple[tuple[str, ...], int]


def _shared_beginnings(prompts: list[list[str]]) -> list[Shared]:
    """Beginnings that most prompts share, with how many do; then those that most of the others share."""
    found: list[Shared] = []
    rest = prompts
    while len(rest) >= _FEWEST:
        shared = [each for each in _growing(rest) if len(each[0]) >= _SHORTEST]
        if not shared:
            break
        found.extend(shared)
        shortest, _ = shared[0]
        rest = [prompt for prompt in rest if tuple(prompt[: len(shortest)]) != shortest]
    return found


def _growing(prompts: list[list[str]]) -> list[Shared]:
    """Word by word, as long as most go along; each beginning after which some part is one, from the shortest on."""
    found: list[Shared] = []
    tokens: list[str] = []
    owners = prompts
    while True:
        counts = Counter(prompt[len(tokens)] for prompt in owners if len(prompt) > len(tokens))
        word, count = min(counts.items(), key=lambda each: (-each[1], each[0]), default=("", 0))
        if count < len(owners) and _leaves_problems(owners, len(tokens)):
            found.append((tuple(tokens), len(owners)))
        if count <= len(prompts) * _SHARE:
            return found
        tokens.append(word)
        owners = [prompt for prompt in owners if len(prompt) >= len(tokens) and prompt[len(tokens) - 1] == word]


def _leaves_problems(owners: list[list[str]], length: int) -> bool:
    """Whether most have words of their own beside it. Else it is one problem, that is there again and again."""
    return sum(len(prompt) - length >= _FEWEST_OWN for prompt in owners) > len(owners) * _SHARE


def without_templates(tokens: list[str], templates: list[Template]) -> list[str]:
    """The words without an instruction at either end; the longest that fits is taken off each."""
    for end in ("suffix", "prefix"):
        fitting = [t.tokens for t in templates if t.end == end and _fits(tokens, t)]
        longest = max(fitting, key=len, default=())
        if longest and len(longest) < len(tokens):
            tokens = tokens[: -len(longest)] if end == "suffix" else tokens[len(longest) :]
    return tokens


def _fits(tokens: list[str], template: Template) -> bool:
    count = len(template.tokens)
    there = tokens[-count:] if template.end == "suffix" else tokens[:count]
    return tuple(there) == template.tokens
