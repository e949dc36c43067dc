"""A small batched sampler: one KV cache, one seed for every sample.

`generate()` draws all samples of a batch from one generator, so a sample
changes with its neighbours. Here sample i of a prompt has its own stream of
uniform numbers and reads its token from the inverse of the distribution.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .failure import StageFailure
from .seeds import uniforms

# Probabilities become integers of this scale before they are summed: integer
# sums are exact in any order, so this is deterministic on a GPU too, where
# torch refuses a float cumsum in deterministic mode.
_SCALE = 2.0**40


@dataclass(frozen=True)
class SamplingOptions:
    """How to draw tokens. `top_k` 0 and `top_p` 1 mean no restriction.

    A model whose next token has no probabilities, because a logit is NaN or infinite, is refused; with
    `ends_at_nonfinite` that sample ends there instead.
    """

    temperature: float
    max_new_tokens: int
    top_k: int = 0
    top_p: float = 1.0
    batch_size: int = 256
    ends_at_nonfinite: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any], temperature: float | None = None) -> SamplingOptions:
        """From a stage's params of the same names; `temperature` may be given apart."""
        return cls(
            temperature=params["temperature"] if temperature is None else temperature,
            max_new_tokens=params["max_new_tokens"],
            top_k=params["top_k"],
            top_p=params["top_p"],
            batch_size=params["batch_size"],
            ends_at_nonfinite=params.get("on_nonfinite") == "record",
        )


@dataclass(frozen=True)
class Completion:
    """One drawn sample: token ids without EOS, and whether EOS was reached."""

    ids: list[int]
    finished: bool


def draw_samples(
    model: Any,
    prompts: Sequence[Sequence[int]],
    seeds: Sequence[Sequence[int]],
    options: SamplingOptions,
    eos_id: int,
    pad_id: int,
) -> list[list[Completion]]:
    """Draw `len(seeds[i])` samples for every prompt i; both in the order given.

    Arguments are those of `draw_batches`.
    """
    results: list[list[Completion]] = [[] for _ in prompts]
    for batch in draw_batches(model, prompts, seeds, options, eos_id, pad_id):
        for index, completions in batch.items():
            results[index] = completions
    return results


def draw_batches(
    model: Any,
    prompts: Sequence[Sequence[int]],
    seeds: Sequence[Sequence[int]],
    options: SamplingOptions,
    eos_id: int,
    pad_id: int,
) -> Iterator[dict[int, list[Completion]]]:
    """Draw samples batch by batch; prompts of similar length share a batch.

    Args:
        prompts: token ids of the prompts, not padded, none empty.
        seeds: one seed per sample; every prompt has equally many.
        options: `batch_size` counts sequences (prompts times samples).
    Yields:
        prompt index -> its samples, in the order of its seeds.
    """
    import torch

    per_prompt = len(seeds[0]) if seeds else 0
    order = sorted(range(len(prompts)), key=lambda i: (len(prompts[i]), i))
    width = max(1, options.batch_size // max(1, per_prompt))
    was_training = model.training
    model.eval()
    try:
        for start in range(0, len(order), width):
            chosen = order[start : start + width]
            # Not inference_mode: under autocast a cached weight would be unusable in the training step that follows.
            with torch.no_grad():
                drawn = _draw_batch(
                    model, [prompts[i] for i in chosen], [seeds[i] for i in chosen], options, eos_id, pad_id
                )
            yield dict(zip(chosen, drawn))
    finally:
        model.train(was_training)


def _draw_batch(model, prompts, seeds, options, eos_id, pad_id) -> list[list[Completion]]:
    import numpy
    import torch

    device = model.device
    per_prompt = len(seeds[0])
    logits, cache, mask, position = _prefill(model, prompts, per_prompt, pad_id)
    flat = [seed for row in seeds for seed in row]
    draws = torch.from_numpy(numpy.stack([uniforms(s, options.max_new_tokens) for s in flat])).to(device)
    tokens = torch.full((len(flat), options.max_new_tokens), pad_id, device=device)
    done = torch.zeros(len(flat), dtype=torch.bool, device=device)
    undefined = torch.zeros_like(done)
    for step in range(options.max_new_tokens):
        # The largest logit is NaN or infinite where no distribution follows; one that is minus infinity only rules out a token.
        nowhere = ~torch.isfinite(logits.amax(dim=-1))
        undefined |= nowhere & ~done
        chosen = torch.where(nowhere, eos_id, choose_tokens(logits, draws[:, step], options))
        tokens[:, step] = chosen.masked_fill(done, pad_id)
        done = done | (chosen == eos_id)
        if step + 1 == options.max_new_tokens or bool(done.all()):
            break
        if mask is not None:
            mask = torch.cat([mask, mask.new_ones(len(flat), 1)], dim=1)
        step_output = model(
            input_ids=tokens[:, step : step + 1],
            attention_mask=mask,
            position_ids=(position + step)[:, None],
            past_key_values=cache,
            use_cache=True,
        )
        logits, cache = step_output.logits[:, -1], step_output.past_key_values
    if not options.ends_at_nonfinite and bool(undefined.any()):
        raise StageFailure(
            f"The model's logits are NaN or infinite in {int(undefined.sum())} of {len(flat)} samples, so nothing can be drawn "
            "from it: its weights are finite, but too large to compute with."
        )
    rows = [_completion(row, eos_id) for row in _cut(tokens, done, step)]
    return [rows[i : i + per_prompt] for i in range(0, len(rows), per_prompt)]


def _prefill(model, prompts, per_prompt, pad_id):
    """Run each prompt once, then repeat its cache for each of its samples.

    Returns logits (rows, vocabulary), cache, mask (rows, length) or None when
    nothing is padded, and the next position (rows,).
    """
    import torch

    length = max(len(p) for p in prompts)
    padding = torch.tensor([length - len(p) for p in prompts], device=model.device)
    ids = torch.tensor([[pad_id] * (length - len(p)) + list(p) for p in prompts], device=model.device)
    columns = torch.arange(length, device=model.device)[None, :]
    padded = bool((padding > 0).any())
    mask = (columns >= padding[:, None]).long() if padded else None
    positions = (columns - padding[:, None]).clamp(min=0)
    output = model(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=True, logits_to_keep=1)
    cache = output.past_key_values
    cache.batch_repeat_interleave(per_prompt)
    repeat = lambda tensor: tensor.repeat_interleave(per_prompt, dim=0)  # noqa: E731
    return repeat(output.logits[:, -1]), cache, repeat(mask) if padded else None, repeat(length - padding)


def choose_tokens(logits, uniform, options: SamplingOptions):
    """Inverse-CDF sampling. logits (rows, vocabulary), uniform (rows,) -> ids (rows,).

    Temperature 0 takes the most likely token (the lowest id among equals).
    """
    import torch

    if options.temperature == 0:
        return logits.argmax(dim=-1)
    probabilities = torch.softmax(logits.double() / options.temperature, dim=-1)
    probabilities = _keep_top(probabilities, options)
    cumulative = _integers(probabilities).cumsum(dim=-1)
    total = cumulative[:, -1]
    # A draw next to 1 may round up to the total itself, which is one past the last token.
    threshold = torch.minimum((uniform * total.double()).long(), total - 1)
    return torch.searchsorted(cumulative, threshold[:, None], right=True).squeeze(-1)


def _keep_top(probabilities, options: SamplingOptions):
    import torch

    if options.top_k and options.top_k < probabilities.shape[-1]:
        floor = probabilities.topk(options.top_k, dim=-1).values[:, -1:]
        probabilities = torch.where(probabilities < floor, 0.0, probabilities)
    if options.top_p < 1.0:
        ranked = probabilities.sort(dim=-1, descending=True, stable=True)
        weights = _integers(ranked.values)
        upto = weights.cumsum(dim=-1)
        kept = torch.where((upto - weights).double() < options.top_p * upto[:, -1:].double(), ranked.values, 0.0)
        probabilities = kept.gather(-1, ranked.indices.argsort(dim=-1))
    return probabilities


def _integers(probabilities):
    return (probabilities * _SCALE).round().long()


def _cut(tokens, done, last_step: int) -> list[tuple[list[int], bool]]:
    return list(zip(tokens[:, : last_step + 1].tolist(), done.tolist()))


def _completion(row: tuple[list[int], bool], eos_id: int) -> Completion:
    ids, finished = row
    return Completion(ids[: ids.index(eos_id)] if finished else ids, finished)
