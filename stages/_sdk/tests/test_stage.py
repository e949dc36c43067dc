import json
import subprocess
import sys
from pathlib import Path

import pytest

from repro_sdk import Stage, StageFailure
from repro_sdk.request import Segments

SDK = Path(__file__).resolve().parents[1]
FILES = {name: f"{name}.json" for name in ("values", "metrics", "trace", "progress", "effective")}


def request(**changes):
    document = {
        "contract": 1, "stage": "rl.2.train", "kind": "grpo", "seed": 42, "params": {"steps": 2},
        "inputs": {"model": "inputs/model"}, "outputs": {"report": "outputs/report"},
        "values": {"temperature": "number"}, "files": FILES, "resume": "resume",
    }  # fmt: skip
    return {name: value for name, value in {**document, **changes}.items() if value is not None}


@pytest.fixture
def begin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outputs").mkdir()

    def begin(**changes):
        Path("request.json").write_text(json.dumps(request(**changes)))
        return Stage.begin("request.json")

    return begin


def test_a_stage_that_keeps_its_promises(begin):
    stage = begin()
    assert (stage.seed, stage.params, stage.inputs) == (42, {"steps": 2}, {"model": Path("inputs/model")})
    stage.value("temperature", 1.1)
    stage.metrics(step=1, loss=0.5)
    stage.progress(1, 2, loss=0.5)
    stage.outputs["report"].write_text("{}")
    stage.finish()
    assert json.loads(Path("values.json").read_text()) == {"temperature": 1.1}
    assert Path("metrics.json").read_text() == '{"loss":0.5,"step":1}\n'
    assert Path("progress.json").read_text() == '{"metrics":{"loss":0.5},"step":1,"total":2}\n'
    assert "python" in json.loads(Path("effective.json").read_text())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"contract": 2}, r"contract 2; this SDK speaks contract 1"),
        ({"params": None}, r"request.params must be a dict, but is missing"),
        ({"seed": "42"}, r"request.seed must be an integer"),
        ({"files": {"values": "v"}}, r"request.files lacks metrics, trace, progress, effective"),
        ({"outputs": {"report": 3}}, r"request.outputs.report must be a path"),
        ({"values": {"x": "float"}}, r"request.values.x has the unknown type 'float'"),
        (
            {"segments": {"boundaries": "inputs/b", "ranges": [{"after": 0, "steps": 0}]}},
            r"which is not \{after: 0…, steps: 1…\}",
        ),
    ],
)
def test_a_wrong_request_is_named(begin, changes, message):
    with pytest.raises(StageFailure, match=message):
        begin(**changes)


def test_a_missing_output_or_value_fails_the_stage(begin):
    stage = begin()
    with pytest.raises(StageFailure, match="without its value temperature"):
        stage.finish()
    stage.value("temperature", 1)
    with pytest.raises(StageFailure, match="without its output report"):
        stage.finish()


def test_values_and_metrics_are_typed(begin):
    stage = begin()
    with pytest.raises(StageFailure, match="declares temperature"):
        stage.value("heat", 1.0)
    with pytest.raises(StageFailure, match="must be of type number"):
        stage.value("temperature", "hot")
    with pytest.raises(StageFailure, match="The value temperature is nan, which is not a finite number"):
        stage.value("temperature", float("nan"))
    with pytest.raises(StageFailure, match="The metric loss is 'low', which is no number"):
        stage.metrics(step=1, loss="low")


def test_metrics_keep_what_json_has_no_number_for(begin, tmp_path):
    stage = begin()
    stage.metrics(step=1, loss=float("nan"), norm=float("inf"), least=float("-inf"), zero=-0.0)
    stage.progress(1, 2, loss=float("nan"))
    stage.close()
    assert stage.files["metrics"].read_text() == (
        '{"least":"-Infinity","loss":"NaN","norm":"Infinity","step":1,"zero":-0.0}\n'
    )
    assert stage.files["progress"].read_text() == '{"metrics":{"loss":"NaN"},"step":1,"total":2}\n'


def test_a_request_may_ask_for_segments(begin):
    segments = {"boundaries": "inputs/b", "ranges": [{"after": 0, "steps": 2}, {"after": 40, "steps": 20}]}
    assert begin(segments=segments).segments == Segments(Path("inputs/b"), ((0, 2), (40, 20)))
    assert begin().segments is None


def test_a_checkpoint_is_bound_to_what_was_asked_but_not_to_paths(begin, tmp_path):
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs/model").write_text("weights")
    (tmp_path / "elsewhere").write_text("weights")
    bound = begin().binding()
    assert begin(inputs={"model": "elsewhere"}, resume="r", stage="other.name").binding() == bound
    assert begin(params={"steps": 3}).binding() != bound
    assert begin(seed=43).binding() != bound
    (tmp_path / "elsewhere").write_text("other weights")
    assert begin(inputs={"model": "elsewhere"}).binding() != bound


def test_a_stage_without_a_seed_says_what_to_change(begin):
    with pytest.raises(StageFailure, match="`seed: true`"):
        _ = begin(seed=None).seed


def test_trouble_is_one_line_and_exit_1(tmp_path):
    program = "from repro_sdk import run_stage\nrun_stage(lambda stage: None)"
    answer = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(SDK)}, cwd=tmp_path, capture_output=True, text=True
    )
    assert answer.returncode == 1
    assert answer.stderr == "error: REPRO_REQUEST is not set: a stage program is started by `repro run`.\n"


def test_the_package_itself_imports_no_torch(tmp_path):
    program = "import sys, repro_sdk; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": str(SDK)}, cwd=tmp_path).returncode == 0
