import json
import math

import pytest

from repro_sdk import StageFailure
from repro_sdk.problems import read_problems

GOOD = {"id": "a", "prompt": "1+1=", "answer": "2", "task": "math", "metadata": {}}
REFUSED = {
    "lacks a field": ({"id": "b"}, "problems, line 2: the problem lacks prompt, answer, task, metadata; `collect` makes problems"),
    "an answer that is NaN": ({**GOOD, "id": "b", "answer": math.nan}, "problems, line 2: the problem's answer is nan, and should be text."),
    "a prompt that is null": ({**GOOD, "id": "b", "prompt": None}, "problems, line 2: the problem's prompt is None, and should be text."),
    "an empty prompt": ({**GOOD, "id": "b", "prompt": ""}, "problems, line 2: the problem's prompt is empty."),
    "metadata that is text": ({**GOOD, "id": "b", "metadata": "x"}, "problems, line 2: the problem's metadata is 'x', and should be an object."),
    "an id twice": (GOOD, "problems, line 2: the problem repeats the id a, which problems, line 1 has."),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_problem_is_named_by_its_line(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    row, said = REFUSED[name]
    (tmp_path / "problems").write_text(json.dumps(GOOD) + "\n" + json.dumps(row) + "\n")
    with pytest.raises(StageFailure) as failure:
        read_problems("problems")
    assert str(failure.value).startswith(said)
