import json

import pytest
from rig import from_stage, run_kind


def loss(done):
    return [
        row["loss"]
        for row in map(json.loads, (done.scratch / "metrics.jsonl").read_text("utf-8").splitlines())
        if "loss" in row
    ]


def test_it_learns(make, tmp_path):
    params = {"steps": 30, "batch_size": 8, "learning_rate": 0.01, "warmup_steps": 2}
    done = run_kind("sft", tmp_path / "a", params, {"model": make.base(), "data": make.demonstrations()})
    assert done.code == 0, done.stderr
    losses = loss(done)
    assert len(losses) == 30
    assert losses[-1] < 0.6 * losses[0]


def test_splitting_a_step_changes_no_more_than_rounding(make, tmp_path):
    inputs = {"model": make.model(), "data": make.demonstrations()}
    whole, split = (
        run_kind("sft", tmp_path / str(n), {"steps": 3, "batch_size": 8, "accumulation": n, "warmup_steps": 0}, inputs)
        for n in (1, 4)
    )
    assert loss(whole) == pytest.approx(loss(split), rel=1e-3)


def test_the_loss_covers_the_completion_and_its_end(make, tmp_path):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(make.model()))
    file = tmp_path / "demonstrations"
    file.write_text('{"id": "1", "prompt": "1+2=", "completion": "3"}\n')
    rows = from_stage("sft", "demonstrations").tokenized_demonstrations(tokenizer, file, 16, chat=False)
    assert rows[0]["completion_mask"] == [0, 0, 0, 0, 1, 1]
    assert rows[0]["input_ids"][-1] == tokenizer.eos_token_id


def test_a_demonstration_that_does_not_fit_is_named(make, tmp_path):
    params = {"steps": 1, "max_length": 3}
    done = run_kind("sft", tmp_path / "a", params, {"model": make.model(), "data": make.demonstrations()})
    assert done.code == 1
    assert "max_length is 3" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            {"id": "2", "prompt": "1+2="},
            "demonstrations, line 2: the demonstration's completion is missing, and should be text.",
        ),
        (
            {"id": "2", "prompt": float("nan"), "completion": "3"},
            "demonstrations, line 2: the demonstration's prompt is nan",
        ),
        (
            {"id": "2", "prompt": "1+2=", "completion": None},
            "demonstrations, line 2: the demonstration's completion is None",
        ),
    ],
)
def test_a_demonstration_that_lacks_something_is_named_by_its_line(row, said, make, tmp_path, monkeypatch):
    from transformers import AutoTokenizer

    from repro_sdk import StageFailure

    monkeypatch.chdir(tmp_path)
    good = {"id": "1", "prompt": "1+2=", "completion": "3"}
    (tmp_path / "demonstrations").write_text(json.dumps(good) + "\n" + json.dumps(row) + "\n")
    tokenizer = AutoTokenizer.from_pretrained(str(make.model()))
    with pytest.raises(StageFailure) as failure:
        from_stage("sft", "demonstrations").tokenized_demonstrations(tokenizer, "demonstrations", 16, chat=False)
    assert str(failure.value).startswith(said)
