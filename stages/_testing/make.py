"""Tiny inputs for stage tests, made once per session by the stages themselves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from rig import run_kind

_TASK = {
    "name": "chain_sum",
    "config": {"min_terms": 2, "max_terms": 2, "max_digits": 1},
    "prompt": "{expression}=",
    "tight": True,
}
_MODEL = {
    "hidden_size": 16,
    "layers": 1,
    "heads": 2,
    "kv_heads": 1,
    "head_dim": 8,
    "intermediate_size": 32,
    "max_positions": 64,
}


class Make:
    """Paths to artifacts of every kind that the built-in stages read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file(self, name: str, text: str) -> Path:
        """A file of your own."""
        path = self._folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def base(self) -> Path:
        """A model with random weights: it never answers."""
        return self._made("base-model", _MODEL) / "model"

    def model(self) -> Path:
        """A model that has seen a few sums: it answers some at times, so that rewards differ."""
        params = {"steps": 60, "batch_size": 20, "learning_rate": 0.01, "warmup_steps": 0, "max_length": 16}
        return self._made("sft", params, {"model": self.base(), "data": self.demonstrations()}) / "model"

    def model_with(self, **config) -> Path:
        """The same with another config, such as `attention_dropout`."""
        folder = self._folder / ("model-with-" + "-".join(sorted(config)))
        if not folder.exists():
            shutil.copytree(self.model(), folder)
            file = folder / "config.json"
            file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **config}), "utf-8")
        return folder

    def problems(self) -> Path:
        return self._collected() / "train"

    def evaluation(self) -> Path:
        return self._collected() / "evaluation"

    def demonstrations(self) -> Path:
        return self._collected() / "demonstrations"

    def rollouts(self) -> Path:
        """Two rollouts of each training problem: the first third always right, the next never, the rest half."""
        problems = [json.loads(line) for line in self.problems().read_text("utf-8").splitlines()]
        rewards = [(1.0, 1.0), (0.0, 0.0), (1.0, 0.0)]
        rows = [
            {
                "id": p["id"],
                "step": 1,
                "sample": k,
                "completion": p["answer"],
                "reward": rewards[i * 3 // len(problems)][k],
            }
            for i, p in enumerate(problems)
            for k in (0, 1)
        ]
        return self.file("rollouts.jsonl", "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows))

    def _collected(self) -> Path:
        params = {"tasks": [{**_TASK, "count": 60}], "evaluation_count": 6, "demonstrations": 20}
        return self._made("collect", params)

    def _made(self, kind: str, params: dict, inputs: dict[str, Path] | None = None) -> Path:
        scratch = self._folder / kind
        if not scratch.exists():
            done = run_kind(kind, scratch, params, inputs)
            assert done.code == 0, done.stderr
        return scratch / "outputs"
