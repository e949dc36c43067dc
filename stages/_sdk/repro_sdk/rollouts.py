"""Drawing k graded samples for each problem: what four of the stages do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .grading import extract_answer, is_correct
from .prompts import decode_completion, encode_prompt
from .sampling import Completion, SamplingOptions, draw_batches
from .scores import mean
from .seeds import sample_seed


def _nothing(*_: Any, **__: Any) -> None: ...


@dataclass(frozen=True)
class Rollout:
    """One sample of one problem, graded."""

    problem: dict[str, Any]
    sample: int
    text: str
    ids: list[int]
    finished: bool
    answer: str | None
    correct: bool


@dataclass(frozen=True)
class PromptFormat:
    """How problems become prompts and completions become answers."""

    chat: bool
    answer_style: str


def roll_out(
    model: Any,
    tokenizer: Any,
    problems: Sequence[dict[str, Any]],
    samples: int,
    options: SamplingOptions,
    form: PromptFormat,
    seed: int,
    stream: Sequence[int | str],
    on_progress: Callable[..., None] = _nothing,
) -> list[list[Rollout]]:
    """Draw and grade `samples` completions of every problem, in their order.

    A sample's seed is `sample_seed(seed, *stream, problem id, sample)`, so the
    same problem in another batch, order or selection draws the same numbers.
    `on_progress(done, total, accuracy=…)` is called after each batch.
    """
    prompts = [encode_prompt(tokenizer, p["prompt"], form.chat) for p in problems]
    seeds = [[sample_seed(seed, *stream, p["id"], k) for k in range(samples)] for p in problems]
    graded: dict[int, list[Rollout]] = {}
    for batch in draw_batches(model, prompts, seeds, options, tokenizer.eos_token_id, tokenizer.pad_token_id):
        for index, completions in batch.items():
            graded[index] = [grade(tokenizer, problems[index], k, c, form) for k, c in enumerate(completions)]
        on_progress(len(graded), len(problems), accuracy=accuracy(graded.values()))
    return [graded[index] for index in range(len(problems))]


def accuracy(drawn: Iterable[Sequence[Rollout]]) -> float:
    """Share of correct rollouts, 0 to 1."""
    return mean([float(rollout.correct) for rollouts in drawn for rollout in rollouts])


def identical_groups(drawn: Iterable[Sequence[Rollout]]) -> float:
    """Share of the problems whose samples all have the same tokens, 0 to 1.

    Samples that were drawn with one seed for all are the same under any
    temperature: their rewards are equal, GRPO's advantages nothing, and a run
    may be exact to the bit and learn nothing. Groups of one sample don't count.
    """
    groups = [rollouts for rollouts in drawn if len(rollouts) > 1]
    return mean([float(all(each.ids == group[0].ids for each in group)) for group in groups]) if groups else 0.0


def grade(tokenizer: Any, problem: dict[str, Any], sample: int, completion: Completion, form: PromptFormat) -> Rollout:
    """Grade one completion. One that didn't finish has no answer."""
    text = decode_completion(tokenizer, completion.ids)
    answer = extract_answer(text, form.answer_style) if completion.finished else None
    correct = is_correct(problem, answer)
    return Rollout(problem, sample, text, completion.ids, completion.finished, answer, correct)


def rollout_row(rollout: Rollout, step: int, **more: Any) -> dict[str, Any]:
    """A line of a `rollouts` artifact."""
    return {
        "id": rollout.problem["id"],
        "step": step,
        "sample": rollout.sample,
        "completion": rollout.text,
        "tokens": len(rollout.ids),
        "finished": rollout.finished,
        "reward": 1.0 if rollout.correct else 0.0,
        **more,
    }
