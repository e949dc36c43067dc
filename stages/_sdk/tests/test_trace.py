import hashlib
import json
import struct

import pytest
import torch

from repro_sdk import StageFailure
from repro_sdk.tensor_digest import leaf_prefix, tensor_leaf, tensors_digest
from repro_sdk.trace import TraceWriter
from repro_sdk.trace_chain import check_end, check_trace, checked_lines, header_of, tail_at

PARTS = ["batch", "cursor", "parameters"]


def train(writer, weights, steps):
    """A loop by hand, changing weights in place right after they were captured."""
    for step in steps:
        writer.capture("batch", {"0/ids": torch.arange(step)})
        writer.capture("batch", {"1/ids": torch.arange(step + 1)})
        for weight in weights.values():
            weight.fill_(step)
        writer.capture("parameters", weights)
        writer.capture("cursor", {"epoch": 0, "step": step})
        writer.step(step, loss=0.1 * step)
        for weight in weights.values():
            weight.fill_(-1)


def written(path, steps=5):
    writer = TraceWriter(path, PARTS)
    train(writer, {"w": torch.zeros(300, 300), "b": torch.zeros(())}, range(1, steps + 1))
    writer.close()
    return path.read_bytes()


def test_a_chain_is_checked_with_nothing_but_python(tmp_path):
    written(tmp_path / "trace.jsonl")
    previous = "0" * 64
    for number, raw in enumerate((tmp_path / "trace.jsonl").read_text("utf-8").splitlines()):
        line = json.loads(raw)
        chain = line.pop("chain")
        text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert line["previous"] == previous and chain == hashlib.sha256(text.encode()).hexdigest()
        assert line.get("step", 0) == number
        previous = chain
    assert check_trace(tmp_path / "trace.jsonl").chain == previous


def test_parts_are_what_was_there_when_they_were_captured(tmp_path):
    written(tmp_path / "trace.jsonl")
    lines = [line for line, _ in checked_lines(tmp_path / "trace.jsonl")]
    assert lines[0] == header_of(PARTS)
    third = lines[3]
    assert third["parts"]["parameters"] == tensors_digest({"w": torch.full((300, 300), 3.0), "b": torch.tensor(3.0)})
    assert third["parts"]["batch"] == tensors_digest({"0/ids": torch.arange(3), "1/ids": torch.arange(4)})
    assert third["parts"]["cursor"] == hashlib.sha256(b'{"epoch":0,"step":3}').hexdigest()
    assert third["scalars"] == {"loss": struct.pack(">d", 0.1 * 3).hex()}


@pytest.mark.parametrize("cut", range(6))
def test_torn_and_later_lines_are_made_again_identically(tmp_path, cut):
    path = tmp_path / "trace.jsonl"
    whole = written(path)
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[: cut + 1]) + whole.splitlines()[1][:50])
    writer = TraceWriter.resume(path, PARTS, step=min(cut, 4))
    train(writer, {"w": torch.zeros(300, 300), "b": torch.zeros(())}, range(min(cut, 4) + 1, 6))
    writer.close()
    assert path.read_bytes() == whole


def test_a_changed_line_breaks_the_chain(tmp_path):
    path = tmp_path / "trace.jsonl"
    whole = written(path)
    path.write_bytes(whole.replace(b'"step":3', b'"step":4', 1))
    with pytest.raises(StageFailure, match="the chain breaks after step 2"):
        check_trace(path)
    with pytest.raises(StageFailure, match="no line of step 9"):
        tail_at(tmp_path / "trace.jsonl", 9) if path.write_bytes(whole) else None


def test_a_finished_trace_is_whole_and_ends_in_the_saved_model(tmp_path):
    path = tmp_path / "trace.jsonl"
    whole = written(path)
    model = tensors_digest({"w": torch.full((300, 300), 5.0), "b": torch.tensor(5.0)})
    check_end(path, 5, model)
    lines = whole.splitlines(keepends=True)
    forms = {
        "a step less": b"".join(lines[:-1]),
        "a torn last line": whole[:-1],
        "a torn line more": whole + b'{"step":',
        "blanks at the end": whole + b"\n",
        "nothing": b"",
        "no trace": b"not json\n",
    }
    for name, content in forms.items():
        path.write_bytes(content)
        with pytest.raises(StageFailure, match="ends after step|the chain breaks"):
            check_end(path, 5, model)
            pytest.fail(name)
    path.write_bytes(whole)
    with pytest.raises(StageFailure, match="ends after step 5 of 6"):
        check_end(path, 6, model)
    with pytest.raises(StageFailure, match="The saved model is not the one that .* ends in"):
        check_end(path, 5, tensors_digest({"w": torch.zeros(1)}))


def test_mistakes_are_named(tmp_path):
    writer = TraceWriter(tmp_path / "trace.jsonl", PARTS)
    with pytest.raises(ValueError, match="no part of this trace"):
        writer.capture("weights", {"w": torch.zeros(1)})
    with pytest.raises(ValueError, match="at step 1, not 2"):
        writer.step(2)
    writer.capture("batch", {"ids": torch.zeros(1)})
    with pytest.raises(ValueError, match="two tensors of 'batch' have the same name"):
        writer.capture("batch", {"ids": torch.zeros(1)})
    writer.close()


def test_a_writer_that_is_gone_is_noticed(tmp_path):
    writer = TraceWriter(tmp_path / "trace.jsonl", PARTS)
    writer._channel.process.kill()
    writer._channel.process.wait()
    with pytest.raises(StageFailure, match="process that writes the trace has ended"):
        writer.step(1)
        writer.flush()
    writer.close()


def test_many_layouts_and_steps_that_wait(tmp_path):
    """More blocks than are kept, more steps than may wait: the lines are the same."""
    writer = TraceWriter(tmp_path / "trace.jsonl", PARTS)
    weights = [{f"w{i}": torch.randn(100, 200 + i)} for i in range(40)]
    for step, weight in enumerate([*weights, *weights], start=1):
        writer.capture("parameters", weight)
        for micro in range(5):
            writer.capture("batch", {f"{micro}/ids": torch.zeros(100, 100, dtype=torch.int64)})
        writer.step(step)
    assert writer.flush() == check_trace(tmp_path / "trace.jsonl").chain
    writer.close()
    lines = [line["parts"]["parameters"] for line, _ in checked_lines(tmp_path / "trace.jsonl") if "step" in line]
    assert lines == [tensors_digest(weight) for weight in [*weights, *weights]]


def test_a_leaf_is_what_the_format_says():
    tensor = torch.tensor([[1.5, -2.0]])
    expected = hashlib.sha256(b"t1\0w\0float32\x001,2\0" + struct.pack("<2f", 1.5, -2.0)).hexdigest()
    assert tensor_leaf("w", tensor) == expected
    root = hashlib.sha256(b"m1\0w\0" + expected.encode() + b"\n").hexdigest()
    assert tensors_digest({"w": tensor}) == root


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.int64, torch.uint8, torch.bool])
def test_digests_see_bits_names_types_and_shapes_and_nothing_else(dtype):
    tensor = torch.arange(24).remainder(2).to(dtype).reshape(4, 6)
    assert tensor_leaf("w", tensor.t().contiguous().t()) == tensor_leaf("w", tensor)
    assert tensor_leaf("w", tensor[::2]) == tensor_leaf("w", tensor[::2].clone())
    others = [
        ("v", tensor),
        ("w", tensor.reshape(6, 4)),
        ("w", tensor[:, :0]),
        ("w", tensor[:3]),
        ("w", tensor.flip(0, 1)),
    ]
    digests = {tensor_leaf(*other) for other in others} | {tensor_leaf("w", tensor)}
    assert len(digests) == len(others) + 1
    assert tensors_digest({"b": tensor, "a": tensor}) == tensors_digest({"a": tensor, "b": tensor})


def test_names_with_separators_are_refused():
    with pytest.raises(ValueError, match="separator"):
        leaf_prefix("a\0b", "float32", (1,))
