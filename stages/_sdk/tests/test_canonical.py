import pytest

from repro_sdk import StageFailure, read_jsonl, write_json, write_jsonl


def test_json_has_sorted_keys_and_ends_with_a_newline(tmp_path):
    write_json(tmp_path / "report", {"b": 1, "a": {"d": "é", "c": [1.5, None]}})
    assert (tmp_path / "report").read_text("utf-8") == (
        '{\n  "a": {\n    "c": [\n      1.5,\n      null\n    ],\n    "d": "é"\n  },\n  "b": 1\n}\n'
    )


def test_jsonl_round_trip(tmp_path):
    rows = [{"id": "1", "text": "a\u2028b"}, {"id": "2"}]
    assert write_jsonl(tmp_path / "rows", rows) == 2
    assert list(read_jsonl(tmp_path / "rows")) == rows


def test_a_broken_line_is_named(tmp_path):
    (tmp_path / "rows").write_text('{"a": 1}\n{"a": \n')
    with pytest.raises(StageFailure, match=r"rows, line 2 is not JSON: Expecting value at column 7\."):
        list(read_jsonl(tmp_path / "rows"))


def test_not_a_number_has_no_canonical_form(tmp_path):
    with pytest.raises(StageFailure, match=r"report: \$\.scores\[1\] is NaN, and JSON has no such number"):
        write_json(tmp_path / "report", {"scores": [1.0, float("nan")]})
    with pytest.raises(StageFailure, match=r"rows, line 2: \$\.a is -Infinity"):
        write_jsonl(tmp_path / "rows", [{"a": 1}, {"a": float("-inf")}])
