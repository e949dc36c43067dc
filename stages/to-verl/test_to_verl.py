import json

from rig import run_kind

SEVERAL = {"id": "b", "prompt": "3?", "answer": "0.01", "alternatives": ["0.02"], "task": "math", "metadata": {}}
INSTRUCTION = "Let's think step by step and output the final answer within \\boxed{}."


def test_problems_come_back_as_they_went(make, tmp_path):
    problems = [{"id": "a", "prompt": "1+1?", "answer": "2", "task": "math", "metadata": {"level": 3}}, SEVERAL]
    file = make.file("problems.jsonl", "".join(json.dumps(each) + "\n" for each in problems))
    there = run_kind("to-verl", tmp_path / "there", {"instruction": INSTRUCTION}, {"problems": file})
    assert there.code == 0, there.stderr
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(there.output("problems")).to_pylist()
    assert rows[0] == {
        "data_source": "math",
        "prompt": [{"content": f"1+1? {INSTRUCTION}", "role": "user"}],
        "ability": "math",
        "reward_model": {"ground_truth": ["2"], "style": "rule"},
        "extra_info": {"id": "a", "index": 0, "split": "train"},
    }
    fields = {
        "prompt": "prompt.0.content",
        "answer": "reward_model.ground_truth",
        "task": "ability",
        "id": "extra_info.id",
    }
    params = {"fields": fields, "near_duplicates": 1}
    back = run_kind("collect", tmp_path / "back", params, {"problems": there.output("problems")})
    assert back.code == 0, back.stderr
    found = {row["metadata"]["source_id"]: (row["answer"], row.get("alternatives")) for row in back.rows("train")}
    assert found == {"a": ("2", None), "b": ("0.01", ["0.02"])}
