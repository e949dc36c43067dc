"""What counts as the same text."""

from __future__ import annotations

import datetime
import decimal
import fractions
import hashlib
import json
import re
import unicodedata
from typing import Any

from repro_sdk import StageFailure
from repro_sdk.canonical import canonical_line

_ID_LENGTH = 16
_SPACES = re.compile(r"[ \t\f\v\u00a0]+")
_WORDS = re.compile(r"\w+|[^\w\s]")
_FIELD = re.compile(r"\{(\w+)\}")


def normalised(problem: dict[str, Any]) -> dict[str, Any]:
    """NFC, `\\n` line ends, no runs of spaces, nothing at the edges; prompt and answer only."""
    texts = {"prompt": clean(problem["prompt"]), "answer": clean(problem["answer"])}
    others = [clean(each) for each in problem.get("alternatives", [])]
    return {**problem, **texts, **({"alternatives": others} if others else {})}


def clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n")).strip()


def identified(problem: dict[str, Any]) -> dict[str, Any]:
    """With an id made of task, prompt and answers: equal problems have equal ids everywhere."""
    content = canonical_line([problem["task"], problem["prompt"], problem["answer"], *problem.get("alternatives", [])])
    return {**problem, "id": hashlib.sha256(content.encode()).hexdigest()[:_ID_LENGTH]}


def same_prompt_key(prompt: str) -> str:
    """Equal for prompts that differ only in case and spacing."""
    return "".join(prompt.casefold().split())


def words(prompt: str) -> list[str]:
    return _WORDS.findall(prompt.casefold())


def filled(template: str, fields: dict[str, Any], tight: bool) -> str:
    """Replace each `{name}` by that field; lists are joined with ", ". `tight` removes spaces inside a field.

    A null has no text: "None" in a prompt or a completion would be learnt. Raises, as where there is no such field.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] not in fields:
            raise StageFailure(
                f"The template {template!r} names {{{match[1]}}}; there are {', '.join(sorted(fields))}."
            )
        found = fields[match[1]]
        if found is None or (isinstance(found, (list, tuple)) and None in found):
            raise StageFailure(
                f"The template {template!r} names {{{match[1]}}}, which {'is' if found is None else 'holds'} null."
            )
        text = ", ".join(map(str, found)) if isinstance(found, (list, tuple)) else str(found)
        return "".join(text.split()) if tight else text

    return _FIELD.sub(value, template)


def plain(value: Any) -> Any:
    """As the value comes back out of JSON: no tuples, no library's own types. Raises on what has no one spelling."""
    return json.loads(json.dumps(value, default=_spelt, sort_keys=True))


def _spelt(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if isinstance(value, (datetime.date, datetime.time, decimal.Decimal, fractions.Fraction)):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    raise StageFailure(f"It holds a {type(value).__name__}, which has no form in JSON.")
