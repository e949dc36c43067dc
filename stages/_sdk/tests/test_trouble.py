"""What a person reads when a stage program ends with an exception of its own: one sentence, on the last line."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SDK = Path(__file__).resolve().parent.parent

PROGRAM = """
from repro_sdk import run_stage

class OutOfMemoryError(RuntimeError): ...

def program(stage):
    stage.metrics(step=1, loss=2.0)
    (stage.resume / "kept").write_text("kept")
    {body}

run_stage(program)
"""
SAID = {
    "a key that a row lacks": ('{}["answer"]', "Unexpected KeyError: 'answer' (stage/main.py, line 9)"),
    "text that is not UTF-8": (
        'b"caf\\xe9".decode()',
        "There is text that is not UTF-8, or can't be written as UTF-8: 'utf-8' codec can't decode byte 0xe9 in position 3: "
        "unexpected end of data (stage/main.py, line 9).",
    ),
    "half a character": ('open("out", "w", encoding="utf-8").write("\\ud800")', "There is text that is not UTF-8, or can't be written"),
    "no JSON": ('__import__("json").loads("{")', "There is text that is not JSON: Expecting property name"),
    "a file that is not there": ('open("inputs/data")', "A file can't be used: No such file or directory: inputs/data (stage/main.py, line 9)."),
    "a full disk": (
        'raise OSError(28, "No space left on device", "outputs/model")',
        "There is no room left on the disk of the scratch directory: outputs/model; make some and run again.",
    ),
    "a full disk, as Rust says it": (
        'raise RuntimeError("I/O error: No space left on device (os error 28)")',
        "There is no room left on the disk of the scratch directory; make some and run again.",
    ),
    "no memory": ("raise MemoryError", "There is no memory left; lower `batch_size`"),
    "no memory on the GPU": ('raise OutOfMemoryError("CUDA out of memory")', "The GPU's memory is full; lower `batch_size`"),
    "an empty message": ("raise RuntimeError", "Unexpected RuntimeError: no more is said (stage/main.py, line 9)"),
    "a message of many lines": ('raise RuntimeError("one\\ntwo")', "Unexpected RuntimeError: one two (stage/main.py, line 9)"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_an_exception_is_one_sentence_and_what_is_there_stays(name, tmp_path):
    body, said = SAID[name]
    (tmp_path / "stage").mkdir()
    (tmp_path / "stage/main.py").write_text(PROGRAM.format(body=body))
    (tmp_path / "resume").mkdir()
    files = {each: f"{each}.jsonl" for each in ("metrics", "trace", "progress")}
    request = {
        "contract": 1, "stage": "a", "kind": "a", "params": {}, "inputs": {}, "outputs": {}, "values": {}, "resume": "resume",
        "files": {**files, "values": "values.json", "effective": "effective.json"},
    }  # fmt: skip
    (tmp_path / "request.json").write_text(json.dumps(request))
    done = subprocess.run(
        [sys.executable, "stage/main.py"], cwd=tmp_path, capture_output=True, text=True,
        env={"PYTHONPATH": str(SDK), "REPRO_REQUEST": "request.json"},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"error: {said}")
    assert (tmp_path / "metrics.jsonl").read_text() == '{"loss":2.0,"step":1}\n'
    assert (tmp_path / "resume/kept").read_text() == "kept"


def test_the_numbers_above_are_this_systems():
    assert os.strerror(errno.ENOSPC) == "No space left on device" and errno.ENOSPC == 28
