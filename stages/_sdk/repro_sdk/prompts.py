"""Turning problems into token ids, the same way in every stage."""

from __future__ import annotations

from typing import Any

from .failure import StageFailure


def prompt_text(tokenizer: Any, prompt: str, chat: bool) -> str:
    """The text a model is given: raw, or through the tokenizer's chat template."""
    if not chat:
        return prompt
    if not tokenizer.chat_template:
        raise StageFailure("`chat: true` needs a tokenizer with a chat template; this one has none.")
    messages = [{"role": "user", "content": prompt}]
    return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)


def encode_prompt(tokenizer: Any, prompt: str, chat: bool) -> list[int]:
    """Token ids of one prompt. Special tokens come from the template, or not at all."""
    return tokenizer(prompt_text(tokenizer, prompt, chat), add_special_tokens=False)["input_ids"]


def decode_completion(tokenizer: Any, ids: list[int]) -> str:
    """Text of a completion, without its end-of-sequence token."""
    return tokenizer.decode(ids, skip_special_tokens=True)
