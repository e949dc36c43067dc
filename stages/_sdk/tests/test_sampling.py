import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from repro_sdk.sampling import SamplingOptions, choose_tokens, draw_samples
from repro_sdk.seeds import sample_seed, uniforms

sys.path.insert(0, str(Path(__file__).parent))
from tiny import tiny_model

PROMPTS = [[2, 3, 4], [5, 6], [7, 8, 9, 10, 11], [2, 2], [3, 4, 5, 6]]


def seeds_for(prompts, samples=3):
    return [[sample_seed(1, str(prompt), k) for k in range(samples)] for prompt in prompts]


def draw(prompts, **options):
    chosen = SamplingOptions(**{"temperature": 1.0, "max_new_tokens": 8, **options})
    return draw_samples(tiny_model(), prompts, seeds_for(prompts), chosen, eos_id=1, pad_id=0)


def test_samples_do_not_depend_on_batch_or_order():
    together = draw(PROMPTS)
    assert together == draw(PROMPTS, batch_size=3)
    assert together[::-1] == draw(PROMPTS[::-1])
    assert together[1:2] == draw(PROMPTS[1:2])


def test_greedy_equals_generate():
    model, prompt = tiny_model(), PROMPTS[2]
    generate: Any = model.generate  # pyright: ignore[reportAttributeAccessIssue] (of a mixin)
    expected = generate(torch.tensor([prompt]), max_new_tokens=8, do_sample=False, eos_token_id=1, pad_token_id=0)
    drawn = draw(PROMPTS, temperature=0.0)[2][0]
    tail = expected[0, len(prompt) :].tolist()
    assert drawn.ids == (tail[: tail.index(1)] if 1 in tail else tail)
    assert drawn.finished == (1 in tail)


def test_tokens_follow_the_distribution():
    logits = torch.tensor([[0.0, 1.0, 2.0, -1.0]])
    draws = torch.from_numpy(uniforms(3, 20_000))
    options = SamplingOptions(temperature=0.7, max_new_tokens=1)
    tokens = choose_tokens(logits.expand(20_000, -1), draws, options)
    shares = torch.bincount(tokens, minlength=4).double() / 20_000
    assert shares.tolist() == pytest.approx(torch.softmax(logits[0] / 0.7, -1).tolist(), abs=0.015)


def test_top_k_and_top_p_cut_the_tail():
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]])).expand(2000, -1)
    draws = torch.from_numpy(uniforms(3, 2000))
    assert set(choose_tokens(logits, draws, SamplingOptions(1.0, 1, top_k=2)).tolist()) == {0, 1}
    assert set(choose_tokens(logits, draws, SamplingOptions(1.0, 1, top_p=0.85)).tolist()) == {0, 1, 2}
    assert set(choose_tokens(logits, draws, SamplingOptions(1.0, 1, top_p=0.4)).tolist()) == {0}


def test_the_extreme_draw_is_still_a_token():
    logits = torch.tensor([[0.0, 0.0, -1e9]])
    assert choose_tokens(logits, torch.tensor([1 - 2.0**-53], dtype=torch.float64), SamplingOptions(1.0, 1)).item() == 1
    assert choose_tokens(logits, torch.tensor([0.0], dtype=torch.float64), SamplingOptions(1.0, 1)).item() == 0
