"""Demonstrations as token ids, with the loss on completions only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from repro_sdk import StageFailure
from repro_sdk.prompts import encode_prompt
from repro_sdk.rows import read_rows


def tokenized_demonstrations(
    tokenizer: Any, path: str | Path, max_length: int, chat: bool
) -> list[dict[str, list[int]]]:
    """Rows {"input_ids", "completion_mask"}, both of one length, EOS included.

    Tokenizing here and not in TRL keeps one definition of a prompt for all
    stages, and skips TRL's fingerprinted on-disk caches.
    """
    return [_row(tokenizer, demonstration, max_length, chat, where) for where, demonstration in read_rows(path)]


def _row(
    tokenizer: Any, demonstration: dict[str, Any], max_length: int, chat: bool, where: str
) -> dict[str, list[int]]:
    for field in ("prompt", "completion"):
        if not isinstance(demonstration.get(field), str):
            found = repr(demonstration[field]) if field in demonstration else "missing"
            raise StageFailure(f"{where}: the demonstration's {field} is {found}, and should be text.")
    prompt = encode_prompt(tokenizer, demonstration["prompt"], chat)
    completion = tokenizer(demonstration["completion"], add_special_tokens=False)["input_ids"]
    completion = [*completion, tokenizer.eos_token_id]
    if len(prompt) + len(completion) > max_length:
        raise StageFailure(
            f"{where}: the demonstration has {len(prompt) + len(completion)} tokens; max_length is {max_length}."
        )
    return {"input_ids": prompt + completion, "completion_mask": [0] * len(prompt) + [1] * len(completion)}
