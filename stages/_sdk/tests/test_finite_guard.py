"""Faults planted into a small training: each ends it at the step in which it happens, by name; without one it ends as ever."""

import json
import math
from typing import Any, cast

import pytest
import torch
from transformers import Trainer, TrainingArguments

from repro_sdk import StageFailure
from repro_sdk.exact_trainer import ExactResume
from repro_sdk.finite_guard import FiniteGuard
from repro_sdk.training import StageReporter

STEPS = 4


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.inner = torch.nn.Linear(3, 2)
        self.register_buffer("scale", torch.ones(2))
        self.scale: torch.Tensor
        self.faults, self.passes = [], 0

    def forward(self, x, labels):
        self.passes += 1
        loss = (self.inner(x) * self.scale.detach().clamp(0, 2) - labels).square().mean()
        return {"loss": loss}


class ExactTrainer(ExactResume, Trainer): ...


class Heard:
    """A stage as far as a reporter needs one."""

    def __init__(self):
        self.rows = []

    def metrics(self, step, **numbers):
        self.rows.append({"step": step, **numbers})

    def progress(self, *_, **__): ...


def trained(tmp_path, plant=None, mode="stop", accumulation=1, **arguments):
    """The metrics that were heard, how often the fault was planted, and what the training ended with."""
    model, stage = Model(), Heard()
    rows = [{"x": torch.tensor([i, 1.0, 2.0]), "labels": torch.tensor([1.0, 0.0])} for i in range(8)]
    settings = {"max_steps": STEPS, "learning_rate": 0.01, "max_grad_norm": 1.0, "logging_steps": 1, **arguments}
    trainer = ExactTrainer(
        model=model,
        train_dataset=cast(Any, rows),
        args=TrainingArguments(
            str(tmp_path), save_strategy="no", report_to="none", disable_tqdm=True, use_cpu=True, seed=1,
            logging_nan_inf_filter=False, gradient_accumulation_steps=accumulation, per_device_train_batch_size=2, **settings,
        ),
    )  # fmt: skip
    injected = []
    if plant:
        plant(trainer, model, injected)
    StageReporter(cast(Any, stage), {"loss": "loss", "grad_norm": "grad_norm"}).attach(trainer)
    FiniteGuard(mode).attach(trainer)
    try:
        trainer.train_from(None, lambda state: None)
    except StageFailure as failure:
        return stage.rows, injected, str(failure).split(";")[0]
    return stage.rows, injected, None


def in_loss(at, number):
    """Another loss in forward pass `at`, with the gradient of the right one."""

    def plant(trainer, model, injected):
        compute = trainer.compute_loss

        def faulty(*args, **kwargs):
            loss = compute(*args, **kwargs)
            if model.passes != at:
                return loss
            injected.append(at)
            return loss + (number - loss.detach())

        trainer.compute_loss = faulty

    return plant


def in_gradient(at, number):
    def plant(trainer, model, injected):
        def hook(gradient):
            if model.passes != at:
                return gradient
            injected.append(at)
            gradient = gradient.clone()
            gradient[1, 1] = number
            return gradient

        model.inner.weight.register_hook(hook)

    return plant


def after_update(at, change):
    def plant(trainer, model, injected):
        create = trainer.create_optimizer

        def created(*args):
            optimizer = create(*args)
            step = optimizer.step

            def stepped(*a, **k):
                result = step(*a, **k)
                if model.passes == at:
                    injected.append(at)
                    with torch.no_grad():
                        change(model, optimizer)
                return result

            optimizer.step = stepped
            return optimizer

        trainer.create_optimizer = created

    return plant


def weight(model, optimizer):
    model.inner.bias[1] = math.nan


def moment(model, optimizer):
    optimizer.state[model.inner.weight]["exp_avg_sq"][0, 0] = math.inf


def buffer(model, optimizer):
    model.scale[0] = math.nan


FAULTS = {
    "an infinite loss, finite weights": (in_loss(2, math.inf), {}, 2, "Step 2 of 4: the loss is Infinity"),
    "a NaN loss in the first step": (in_loss(1, math.nan), {}, 1, "Step 1 of 4: the loss is NaN"),
    "in the second of two forward passes": (
        in_loss(4, -math.inf), {"accumulation": 2}, 2, "Step 2 of 4: the loss of forward pass 2 of 2 is -Infinity",
    ),
    "a NaN gradient, finite loss": (
        in_gradient(3, math.nan), {}, 3, "Step 3 of 4: of the gradient, 1 of the 6 numbers of inner.weight are not finite (1 NaN)",
    ),
    "the same without clipping": (
        in_gradient(3, math.nan), {"max_grad_norm": 0.0}, 3,
        "Step 3 of 4: of the gradient, 1 of the 6 numbers of inner.weight are not finite (1 NaN)",
    ),
    "a gradient whose norm overflows": (in_gradient(2, 1e30), {}, 2, "Step 2 of 4: the gradient norm is Infinity"),
    "a weight in the last step": (
        after_update(4, weight), {}, 4,
        "Step 4 of 4: of the weights, 1 of the 2 numbers of inner.bias are not finite (1 NaN) after the update",
    ),
    "a moment": (
        after_update(2, moment), {}, 2,
        "Step 2 of 4: of the optimizer's state, 1 of the 6 numbers of inner.weight/exp_avg_sq are not finite (1 infinite) "
        "after the update",
    ),
    "a buffer": (
        after_update(3, buffer), {}, 3,
        "Step 3 of 4: of the buffers, 1 of the 2 numbers of scale are not finite (1 NaN) after the update",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_ends_the_training_at_its_step(name, tmp_path):
    plant, settings, step, said = FAULTS[name]
    rows, injected, ended = trained(tmp_path, plant, **settings)
    assert len(injected) == 1
    assert ended == said
    assert [row["step"] for row in rows] == list(range(1, step + 1))


def test_a_sound_training_ends_as_ever(tmp_path):
    """The control: with the same callbacks and no fault, every step is there."""
    rows, _, ended = trained(tmp_path)
    assert ended is None
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    assert all(math.isfinite(number) for row in rows for number in row.values())


def test_the_guard_is_what_ends_it(tmp_path):
    """The control of the control: without stopping, the fault is computed with, and the log has it."""
    rows, injected, ended = trained(tmp_path, FAULTS["a NaN gradient, finite loss"][0], mode="record")
    assert (len(injected), ended) == (1, None)
    assert [math.isnan(row["grad_norm"]) for row in rows] == [False, False, True, True]


def test_recording_tells_each_step_by_itself(tmp_path, capfd):
    rows, injected, ended = trained(tmp_path, in_loss(2, math.inf), mode="record")
    assert (len(injected), ended) == (1, None)
    assert [row["loss"] for row in rows][1] == math.inf
    assert all(math.isfinite(row["loss"]) for row in rows if row["step"] != 2)
    assert "Step 2 of 4: the loss is Infinity; going on, as `on_nonfinite: record` asks." in capfd.readouterr().err
    json.dumps(rows)
