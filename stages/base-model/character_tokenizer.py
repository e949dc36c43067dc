"""A tokenizer that is written down, not trained: one token a character."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

PAD, EOS, UNKNOWN = "<pad>", "<eos>", "<unk>"
ALPHABET = ["\n", *(chr(code) for code in range(32, 127))]


def character_tokenizer(phrases: Sequence[str], max_positions: int) -> Any:
    """A fast tokenizer over printable ASCII and newline.

    Args:
        phrases: strings that are one token each, e.g. the fixed wording of a
            task's prompts. Longer ones win over shorter ones.
    Returns:
        a `PreTrainedTokenizerFast`; ids: pad 0, eos 1, unk 2, characters, phrases.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models
    from transformers import PreTrainedTokenizerFast

    vocabulary = {token: i for i, token in enumerate([PAD, EOS, UNKNOWN, *ALPHABET])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token=UNKNOWN))
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens([PAD, EOS, UNKNOWN])
    tokenizer.add_tokens([AddedToken(phrase, normalized=False) for phrase in phrases])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=EOS,
        unk_token=UNKNOWN,
        model_max_length=max_positions,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )
