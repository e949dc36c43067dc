"""What people's data holds: kept, dropped with a count and a reason, or refused with the place. Nothing is lost without a word."""

import datetime
import decimal
import json
import math

import pytest
from rig import from_stage, run_kind

from repro_sdk import StageFailure

SUM = "What is {0}+{0}?"


@pytest.fixture
def collect(tmp_path):
    def run(content, benchmarks=None, **params):
        inputs = {"problems": tmp_path / "raw"}
        if isinstance(content, dict):
            for name, data in content.items():
                (tmp_path / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / "raw" / name).write_bytes(data)
        else:
            (tmp_path / "raw").write_bytes(content)
        if benchmarks:
            inputs["benchmarks"] = tmp_path / "benchmarks"
            inputs["benchmarks"].mkdir()
            for name, data in benchmarks.items():
                (tmp_path / "benchmarks" / name).write_bytes(data)
        scratch = tmp_path / f"scratch-{len(list(tmp_path.glob('scratch*')))}"
        return run_kind("collect", scratch, {"near_duplicates": 1, **params}, inputs)

    return run


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def sums(count, **more):
    return [{"prompt": SUM.format(i), "answer": str(2 * i), **more} for i in range(count)]


def values(done):
    return json.loads((done.scratch / "values.json").read_text())


def test_nan_in_a_column_that_nobody_asked_for_loses_no_row(collect):
    rows = [
        {**row, "score": math.nan if i else 1.0, "own": {"weight": [math.inf, i]}} for i, row in enumerate(sums(20))
    ]
    done = collect(lines(*rows))
    assert done.code == 0, done.stderr
    kept = {row["prompt"]: row["metadata"] for row in done.rows("train")}
    assert len(kept) == 20
    assert kept[SUM.format(0)] == {"score": 1.0, "own": {"weight": [None, 0]}}
    assert kept[SUM.format(1)] == {"score": None, "own": {"weight": [None, 1]}}
    assert done.json("report")["train"]["made_null"] == {"own": {"Infinity": 20}, "score": {"NaN": 19}}
    assert values(done) == {"dropped": 0, "problems": 20}


def test_sound_data_has_no_such_line_in_its_report(collect):
    done = collect(lines(*sums(3)))
    assert "made_null" not in done.json("report")["train"]


def test_a_row_without_answer_or_prompt_is_dropped_and_counted_by_reason(collect):
    without = [
        {"prompt": "a?", "answer": math.nan}, {"prompt": "b?", "answer": None}, {"prompt": "c?", "answer": -math.inf},
        {"prompt": math.nan, "answer": "1"}, {"prompt": "d?", "answer": ""}, {"prompt": " ", "answer": "1"},
    ]  # fmt: skip
    done = collect(lines(*sums(4), *without))
    assert done.code == 0, done.stderr
    assert len(done.rows("train")) == 4
    lost = done.json("report")["train"]["dropped"]["invalid"]
    assert lost["reasons"] == {
        "answer is -Infinity": 1, "answer is NaN": 1, "answer is null": 1, "empty answer": 1, "empty prompt": 1, "prompt is NaN": 1,
    }  # fmt: skip
    assert lost["examples"][0] == {
        "answer": "",
        "prompt": "a?",
        "where": "inputs/problems, line 5",
        "why": "answer is NaN",
    }
    assert values(done) == {"dropped": 6, "problems": 4}


def test_the_failure_for_too_few_says_how_many_were_lost(collect):
    done = collect(lines(*sums(1), *({"prompt": f"{i}?", "answer": math.nan} for i in range(9))), keep_at_least=5)
    assert done.stderr.splitlines()[-1] == (
        "error: 1 training problems are left, keep_at_least is 5: 10 were read, and of these 9 invalid dropped."
    )


def test_a_task_that_is_nan_is_none(collect):
    done = collect(lines({**sums(1)[0], "task": math.nan, "id": math.nan}))
    assert done.code == 0, done.stderr
    (row,) = done.rows("train")
    assert (row["task"], row["metadata"]) == ("math", {})


def test_numbers_stay_as_the_file_spells_them(collect):
    spelt = ["2.0", "1.20", "12345678901234567890", "9007199254740993", "1e3", "0.10"]
    done = collect(
        "".join(f'{{"prompt": "Which is number {i}?", "answer": {n}}}\n' for i, n in enumerate(spelt)).encode()
    )
    assert done.code == 0, done.stderr
    answers = {row["prompt"]: row["answer"] for row in done.rows("train")}
    assert [answers[f"Which is number {i}?"] for i in range(6)] == [*spelt[:4], "1000", "0.10"]


ONE = sums(1)[0]
REFUSED = {
    "a boolean": (lines(ONE, {"prompt": "x?", "answer": True}), "inputs/problems, line 2: 'answer' is a bool and no text or number"),
    "a list": (lines(ONE, {"prompt": ["x?"], "answer": "1"}), "inputs/problems, line 2: 'prompt' is a list and no text or number"),
    "an object": (lines(ONE, {"prompt": "x?", "answer": {"a": 1}}), "inputs/problems, line 2: 'answer' is a dict and no text"),
    "a column that is not there": (lines(ONE, {"prompt": "x?"}), "inputs/problems, line 2: there is no 'answer'; say in `fields` where the answer is."),
    "Latin-1": (b'{"prompt":"1+1?","answer":"2"}\n{"prompt":"caf\xe9?","answer":"1"}\n', "inputs/problems, line 2: byte 0xE9 at column 15 is not UTF-8"),
    "empty": (b"", "inputs/problems holds no rows: it is empty."),
    "only blanks": (b"\n\n \n", "inputs/problems holds no rows: it has 4 bytes, and none of them is data."),
    "a key twice": (b'{"prompt":"1+1?","answer":"2","answer":"3"}\n', "inputs/problems, line 1: the key 'answer' is there twice"),
    "half a pair": (b'{"prompt":"\\ud800?","answer":"2"}\n', "inputs/problems, line 1: \\ud800 is half a character"),
    "a folder of hidden files": ({".git/HEAD": b"x", ".DS_Store": b"\0", "_SUCCESS": b""}, "inputs/problems is a folder without any file to read"),
    "a folder of empty files": ({"a.jsonl": b"", "b.jsonl": b"\n"}, "inputs/problems holds no rows: its 2 files are empty."),
    "one bad file in a folder": ({"a.jsonl": lines(ONE), "b/c.jsonl": b"{\n"}, "inputs/problems/b/c.jsonl, line 1 is not JSON"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_a_problem_is_refused_with_its_place(name, collect):
    content, said = REFUSED[name]
    done = collect(content, keep_at_least=0)
    assert done.code == 1
    assert done.stderr.splitlines()[-1].startswith(f"error: {said}")
    assert "Traceback" not in done.stderr


def test_hidden_and_empty_files_of_a_folder_are_no_data(collect):
    done = collect({".DS_Store": b"\0\0", "_SUCCESS": b"", "part-0": lines(*sums(2)), "part-1": b"", "._part-0": b"\0"})
    assert done.code == 0, done.stderr
    assert len(done.rows("train")) == 2


def test_an_empty_benchmark_is_named(collect):
    done = collect(lines(ONE), benchmarks={"aime": b""})
    assert done.stderr.splitlines()[-1] == "error: inputs/benchmarks/aime holds no rows: it is empty."


def test_parquet_columns_of_every_type(tmp_path):
    import pyarrow
    import pyarrow.parquet

    columns = {
        "prompt": [SUM.format(i) for i in range(4)],
        "answer": pyarrow.array([decimal.Decimal("0.00"), decimal.Decimal("2.00"), None, decimal.Decimal("6.00")]),
        "score": [1.5, math.nan, None, -math.inf],
        "day": [datetime.date(2026, 1, 1)] * 4,
    }
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "raw")
    done = run_kind("collect", tmp_path / "a", {"near_duplicates": 1}, {"problems": tmp_path / "raw"})
    assert done.code == 0, done.stderr
    found = {row["prompt"]: (row["answer"], row["metadata"]) for row in done.rows("train")}
    assert found == {
        SUM.format(0): ("0.00", {"day": "2026-01-01", "score": 1.5}),
        SUM.format(1): ("2.00", {"day": "2026-01-01", "score": None}),
        SUM.format(3): ("6.00", {"day": "2026-01-01", "score": None}),
    }
    assert done.json("report")["train"]["made_null"] == {"score": {"-Infinity": 1, "NaN": 1}}
    assert done.json("report")["train"]["dropped"]["invalid"]["reasons"] == {"answer is null": 1}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"7", "raw, row 1, column 'extra': It holds a bytes, which has no form in JSON. Convert or drop that column."),
        (datetime.timedelta(1), "raw, row 1, column 'extra': It holds a timedelta, which has no form in JSON."),
    ],
)
def test_a_column_that_has_no_form_in_json_is_named(value, said):
    read = from_stage("collect", "read")
    with pytest.raises(StageFailure) as failure:
        read.problem({**ONE, "extra": value}, {}, "math", "raw, row 1", read.Nulled())
    assert str(failure.value).startswith(said)


@pytest.mark.parametrize("value", [b"7", datetime.date(2026, 1, 1)])
def test_an_answer_of_bytes_or_a_date_is_refused(value):
    read = from_stage("collect", "read")
    with pytest.raises(
        StageFailure, match="raw, row 1: 'answer' is a (bytes|date) and no text or number; say in `fields`"
    ):
        read.problem({"prompt": "x?", "answer": value}, {}, "math", "raw, row 1", read.Nulled())


def test_null_on_the_way_to_an_answer_is_no_answer():
    read = from_stage("collect", "read")
    fields = {"answer": "reward.truth"}
    row = read.problem({"prompt": "x?", "reward": None}, fields, "math", "raw, row 1", read.Nulled())
    assert row["lacks"] == "answer is null"


def test_no_column_is_lost_where_a_row_has_metadata_of_its_own(collect):
    done = collect(
        lines({"prompt": "1+1?", "answer": "2", "metadata": {"own": 1, "level": "b"}, "level": "a", "score": 3})
    )
    assert done.rows("train")[0]["metadata"] == {"level": "b", "own": 1, "score": 3}


@pytest.mark.parametrize(
    ("value", "what"), [(None, "is"), (math.nan, "is"), ([1, None], "holds"), ([math.inf], "holds")]
)
def test_a_null_never_becomes_the_word_none_in_a_completion(value, what, collect):
    wanted = {"demonstrations": 1, "completions": ["{hint}: {answer}"], "keep_at_least": 0}
    done = collect(lines({"prompt": "1+1?", "answer": "2", "hint": value}), **wanted)
    assert done.code == 1
    said = f"error: The template '{{hint}}: {{answer}}' names {{hint}}, which {what} null. It is the problem '1+1?'."
    assert done.stderr.splitlines()[-1] == said


def test_a_hint_that_is_there_is_written(collect):
    wanted = {"demonstrations": 1, "completions": ["{hint}: {answer}"], "keep_at_least": 0}
    done = collect(lines({"prompt": "1+1?", "answer": "2", "hint": "add"}), **wanted)
    assert done.rows("demonstrations")[0]["completion"] == "add: 2"


def test_a_hub_repository_is_read_and_what_is_no_data_is_said(collect):
    files = {
        "README.md": b"# Problems",
        ".gitattributes": b"*.parquet filter=lfs",
        "LICENSE": b"MIT",
        "data/train-00000.jsonl": lines(*sums(2)),
        "data/test-00000.jsonl": lines({"prompt": "What is 100+100?", "answer": "200"}),
    }
    done = collect(files)
    assert done.code == 0, done.stderr
    assert len(done.rows("train")) == 3
    assert done.json("report")["left_out"] == {"LICENSE": "no data", "README.md": "no data"}
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 5\n"
    for wanted, kept in (("data/train-*", 2), ("data/*", 3)):
        (done.scratch.parent / "again").mkdir(exist_ok=True)
        inputs = {"problems": done.scratch.parent / "raw"}
        again = run_kind(
            "collect", done.scratch.parent / f"scratch-{kept}", {"files": wanted, "near_duplicates": 1}, inputs
        )
        assert len(again.rows("train")) == kept
    (done.scratch.parent / "raw/data/train-00001.parquet").write_bytes(pointer)
    refused = run_kind("collect", done.scratch.parent / "refused", {}, inputs)
    assert refused.stderr.splitlines()[-1] == (
        "error: inputs/problems/data/train-00001.parquet is a Git LFS pointer and not the data; fetch it with `git lfs pull`."
    )


def test_what_datasets_saves_is_read(tmp_path):
    datasets = pytest.importorskip("datasets")
    datasets.Dataset.from_list(sums(3)).save_to_disk(str(tmp_path / "saved"))
    done = run_kind("collect", tmp_path / "scratch", {"near_duplicates": 1}, {"problems": tmp_path / "saved"})
    assert done.code == 0, done.stderr
    assert len(done.rows("train")) == 3


# As the published benchmark files have them: amc23 floats, minerva lists.
def test_answers_are_numbers_and_lists_of_right_ones(collect):
    rows = [
        {"prompt": [{"role": "user", "content": f"{i}?"}], "reward_model": {"ground_truth": truth}}
        for i, truth in enumerate([142.0, ["9.6\n"], ["0.01", "0.02"], [["x"]], []])
    ]
    fields = {"prompt": "prompt.0.content", "answer": "reward_model.ground_truth"}
    done = collect(lines(*rows[:3]), fields=fields)
    assert done.code == 0, done.stderr
    kept = {row["prompt"]: (row["answer"], row.get("alternatives")) for row in done.rows("train")}
    assert kept == {"0?": ("142.0", None), "1?": ("9.6", None), "2?": ("0.01", ["0.02"])}
    guessed = collect(lines(rows[0]))
    assert guessed.stderr.splitlines()[-1] == (
        "error: inputs/problems, line 1: 'prompt' is a list; perhaps `fields: {prompt: prompt.0.content}`?"
    )
    guessed = collect(lines(rows[0]), fields={"prompt": "prompt.0.content", "answer": "reward_model"})
    assert guessed.stderr.endswith("perhaps `fields: {answer: reward_model.ground_truth}`?\n")
    for row in rows[3:]:
        assert "is a list and no text or number" in collect(lines(row), fields=fields).stderr
