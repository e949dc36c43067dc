"""Draws and grades the rollouts of a GRPO step, and writes every one down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recorded import RecordedCompletions, completion_row

from repro_sdk.canonical import canonical_line
from repro_sdk.failure import StageFailure
from repro_sdk.prompts import encode_prompt
from repro_sdk.rollouts import PromptFormat, Rollout, grade, identical_groups, rollout_row
from repro_sdk.sampling import Completion, SamplingOptions, draw_samples
from repro_sdk.seeds import sample_seed

# Of fewer it may be chance.
_FEWEST_GROUPS = 8


class RolloutRecorder:
    """TRL's `rollout_func` and reward function in one, because they share the grades.

    TRL calls `draw` with each prompt repeated `samples` times in a row, and then
    `rewards` with the same prompts in the same order. Owns the two logs.

    Args:
        logs: where `rollouts` (text and reward) and `completions` (token ids) go; None keeps a log unwritten. Both are
            opened to append when the first rollouts are there.
        recorded: where to take completions from instead of drawing them.
    """

    def __init__(
        self,
        logs: Mapping[str, Path | None],
        problems: Sequence[dict[str, Any]],
        samples: int,
        options: SamplingOptions,
        form: PromptFormat,
        seed: int,
        recorded: RecordedCompletions | None = None,
    ) -> None:
        self._by_prompt = {problem["prompt"]: problem for problem in problems}
        if len(self._by_prompt) != len(problems):
            raise StageFailure("Two problems have the same prompt; deduplicate them first.")
        self._samples = samples
        self._options = options
        self._form = form
        self._seed = seed
        self._last: list[Rollout] = []
        self._prompt_ids: dict[str, list[int]] = {}
        self.mean_rewards: list[float] = []
        self.most_identical = 1.0
        self.logs = {name: path for name, path in logs.items() if path is not None}
        self._files: dict[str, Any] = {}
        self._recorded = recorded

    def draw(self, prompts: list[str], trainer: Any) -> dict[str, Any]:
        """Ids of prompts and completions for TRL; log-probabilities are TRL's to compute."""
        tokenizer = trainer.processing_class
        groups = prompts[:: self._samples]
        ids = [self._ids(tokenizer, prompt) for prompt in groups]
        step = trainer.state.global_step
        drawn = self._drawn(trainer, step, groups, ids)
        self._last = [
            grade(tokenizer, self._by_prompt[prompt], sample, completion, self._form)
            for prompt, completions in zip(groups, drawn)
            for sample, completion in enumerate(completions)
        ]
        self._record(step)
        self._judge_groups(trainer, step)
        return {
            "prompt_ids": [list(row) for row in ids for _ in range(self._samples)],
            "completion_ids": [_with_end(rollout, tokenizer.eos_token_id) for rollout in self._last],
            "logprobs": None,
        }

    def rewards(self, prompts: list[str], completions: list[str], **_: Any) -> list[float]:
        """1 for a correct answer, 0 for any other, of the rollouts just drawn."""
        if [rollout.problem["prompt"] for rollout in self._last] != list(prompts):
            raise StageFailure("TRL asked for rewards of other prompts than it had rollouts drawn for.")
        return [1.0 if rollout.correct else 0.0 for rollout in self._last]

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _drawn(self, trainer: Any, step: int, prompts: list[str], ids: list[list[int]]) -> list[list[Completion]]:
        if self._recorded is not None:
            problems = [self._by_prompt[prompt]["id"] for prompt in prompts]
            return self._recorded.of(step + 1, problems, self._samples)
        tokenizer = trainer.processing_class
        return draw_samples(
            trainer.accelerator.unwrap_model(trainer.model),
            ids,
            [self._seeds(step, prompt) for prompt in prompts],
            self._options,
            tokenizer.eos_token_id,
            tokenizer.pad_token_id,
        )

    def _ids(self, tokenizer: Any, prompt: str) -> list[int]:
        if prompt not in self._prompt_ids:
            self._prompt_ids[prompt] = encode_prompt(tokenizer, prompt, self._form.chat)
        return self._prompt_ids[prompt]

    def _seeds(self, step: int, prompt: str) -> list[int]:
        name = self._by_prompt[prompt]["id"]
        return [sample_seed(self._seed, "grpo", step, name, sample) for sample in range(self._samples)]

    def _record(self, step: int) -> None:
        self._write("rollouts", [rollout_row(rollout, step + 1) for rollout in self._last])
        self._write("completions", [completion_row(rollout, step + 1) for rollout in self._last])
        self.mean_rewards.append(sum(r.correct for r in self._last) / len(self._last))

    def _judge_groups(self, trainer: Any, step: int) -> None:
        """Many groups of the same sample again and again are no luck: nothing can be learnt from them."""
        groups = [self._last[i : i + self._samples] for i in range(0, len(self._last), self._samples)]
        share = identical_groups(groups)
        # TRL logs the means of what it finds here.
        trainer._metrics["train"]["identical_groups"].append(share)
        if len(groups) >= _FEWEST_GROUPS and share > self.most_identical:
            raise StageFailure(
                f"Step {step + 1}: in {share:.0%} of {len(groups)} groups all {self._samples} samples are the same, so nothing "
                "can be learnt from them. Is each drawn with a seed of its own, and is the temperature high enough? "
                "`most_identical: 1` trains all the same."
            )

    def _write(self, name: str, rows: list[dict[str, Any]]) -> None:
        if name not in self.logs:
            return
        if name not in self._files:
            self._files[name] = open(self.logs[name], "a", encoding="utf-8", newline="\n")  # noqa: SIM115 (lives as long)
        self._files[name].write("".join(canonical_line(row) + "\n" for row in rows))
        # A checkpoint copies what is in the file.
        self._files[name].flush()


def _with_end(rollout: Rollout, eos_id: int) -> list[int]:
    return [*rollout.ids, eos_id] if rollout.finished else rollout.ids
