"""One training of one stage: trace, checkpoints and boundaries around a trainer. Importing this imports transformers.

    run = TrainingRun(stage, logs={"rollouts": stage.outputs["rollouts"]}, kept={"mean_rewards": recorder.mean_rewards})
    trainer = run.train(lambda: new_trainer(stage))
    if trainer is not None:
        run.save(trainer.model, tokenizer)

A stage that is asked for `segments` instead trains those steps only, each from
a recorded boundary, and gives their trace lines and the state that each ends in.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from .boundaries import BoundaryWriter, read_boundary
from .checkpoint import Checkpoint, Checkpoints
from .finite_guard import RECORD, FiniteGuard
from .interruption import Interrupted
from .model_files import model_digest, save_model, saved_tensors
from .request import Segments
from .stage import Stage
from .trace import TraceWriter
from .trace_chain import check_end
from .trainer_trace import PARTS, SAVED, TraceCallback
from .training_state import TrainingState


class TrainingRun:
    """Trains, and can be interrupted after every step without a bit of a difference.

    Args:
        logs: files that grow with the steps, by name, beside metrics and trace. They are opened to append, after `train`
            was called: what an interrupted run had written is put back first, and nothing else is in them.
        kept: lists of JSON values that grow with the steps; put back in place.

    The stage's params `trace`, `boundaries` and `steps` say what is written, `dtype` how the model is saved, and
    `on_nonfinite` whether a NaN or an infinity ends the training.
    """

    def __init__(self, stage: Stage, logs: Mapping[str, Path] = {}, kept: Mapping[str, list[Any]] = {}) -> None:
        self._stage = stage
        self._logs = {**logs, "metrics": stage.files["metrics"], "trace": stage.files["trace"]}
        self._kept = kept
        self._last = stage.params["steps"]
        self._trace_mode = stage.params["trace"]
        self._dtype = stage.params["dtype"]
        self._on_nonfinite = stage.params["on_nonfinite"]
        every = stage.params["boundaries"]
        segmented = stage.segments is not None
        self._boundaries = BoundaryWriter(stage.resume / "boundaries", every, keeps_tensors=not segmented)
        self._checkpoints = Checkpoints(stage.resume, stage.binding)
        self._writer: TraceWriter | None = None

    def train(self, make_trainer: Callable[[], Any]) -> Any:
        """Train, from a checkpoint if there is one; the trainer with its trained model, or None after segments."""
        try:
            asked = self._stage.segments
            return self._whole(make_trainer) if asked is None else self._segments(make_trainer, asked)
        finally:
            if self._writer is not None:
                self._writer.close()

    def save(self, model: Any, tokenizer: Any) -> None:
        """Write the output `model`. The trace must be whole, and end in these very weights."""
        folder = self._stage.outputs["model"]
        save_model(model, tokenizer, folder, self._dtype, keep_nonfinite=self._on_nonfinite == RECORD)
        if self._writer is not None:
            check_end(self._stage.files["trace"], self._last, model_digest(folder))

    def _whole(self, make_trainer: Callable[[], Any]) -> Any:
        checkpoint = self._checkpoints.load()
        self._put_back(checkpoint)
        trainer = make_trainer()
        start = None if checkpoint is None else checkpoint.state
        self._open_trace(trainer, None if start is None else start.step)
        self._train(trainer, start, self._last)
        self._boundaries.finish(self._stage.outputs["boundaries"])
        return trainer

    def _segments(self, make_trainer: Callable[[], Any], asked: Segments) -> None:
        self._put_back(None)
        for first, steps in asked.ranges:
            start, chain = read_boundary(asked.boundaries, first) if first else (None, None)
            trainer = make_trainer()
            if self._writer is None:
                self._open_trace(trainer, None)
            if self._writer is not None:
                self._writer.go_to(first, chain)
            self._train(trainer, start, min(first + steps, self._last))
        self._boundaries.finish(self._stage.outputs["boundaries"])

    def _train(self, trainer: Any, start: TrainingState | None, end: int) -> None:
        if self._writer is not None:
            saved = (
                (lambda: saved_tensors(trainer.model, self._dtype)) if self._saves_otherwise(trainer.model) else None
            )
            TraceCallback(self._writer, self._is_full, saved).attach(trainer)
        # The last to be told of a step: its log and trace are written when a NaN in it ends the training.
        FiniteGuard(self._on_nonfinite).attach(trainer)
        trainer.add_callback(_Steps(self, end))
        trainer.train_from(start, lambda state: self._on_state(state, end))
        if self._writer is not None:
            self._writer.flush()

    def wants_state(self, step: int, end: int) -> bool:
        """Whether the state after a step is needed: for a boundary, a checkpoint, or as the end of a segment."""
        if self._stage.segments is not None:
            return step == end
        asked = self._stage.interruption.is_raised or self._checkpoints.is_due
        return self._boundaries.is_at(step, self._last) or (asked and step < self._last)

    def _on_state(self, state: TrainingState, end: int) -> None:
        if self._stage.segments is not None or self._boundaries.is_at(state.step, self._last):
            self._boundaries.write(state, None if self._writer is None else self._writer.flush())
        if self._stage.segments is not None:
            return
        asked = self._stage.interruption.is_raised
        if asked or self._checkpoints.is_due:
            self._save(state)
        if asked:
            raise Interrupted(state.step)

    def _save(self, state: TrainingState) -> None:
        if self._writer is not None:
            self._writer.flush()
        self._boundaries.flush()
        files = {name: path for name, path in self._logs.items() if path.exists()}
        self._checkpoints.save(state, self._kept, files)

    def _put_back(self, checkpoint: Checkpoint | None) -> None:
        """Every log as it was at the checkpoint: lines of later steps, and torn ones, are gone."""
        files = {} if checkpoint is None else checkpoint.files
        for name, path in self._logs.items():
            path.unlink(missing_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            if name in files:
                shutil.copyfile(files[name], path)
        for name, values in self._kept.items():
            values[:] = [] if checkpoint is None else checkpoint.kept[name]
        if checkpoint is None:
            self._boundaries.forget()

    def _open_trace(self, trainer: Any, after: int | None) -> None:
        if self._trace_mode == "off":
            return
        path, parts = self._stage.files["trace"], (*PARTS, SAVED) if self._saves_otherwise(trainer.model) else PARTS
        self._writer = TraceWriter(path, parts) if after is None else TraceWriter.resume(path, parts, after)

    def _saves_otherwise(self, model: Any) -> bool:
        """Whether the saved file holds other tensors than `parameters` digests: other types, names or more of them."""
        parameters = {name: each.dtype for name, each in model.named_parameters()}
        return parameters != {name: each.dtype for name, each in saved_tensors(model, self._dtype).items()}

    def _is_full(self, step: int) -> bool:
        return self._trace_mode == "all" or step == self._last or self._boundaries.is_at(step, self._last)


class _Steps(TrainerCallback):
    """Asks for the state where it is needed, and stops a segment at its end."""

    def __init__(self, run: TrainingRun, end: int) -> None:
        self._run = run
        self._end = end

    def on_step_end(self, args, state, control, **kwargs) -> None:
        if self._run.wants_state(state.global_step, self._end):
            control.should_save = True
        if state.global_step >= self._end:
            control.should_training_stop = True
