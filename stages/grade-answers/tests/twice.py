import json


def case(make):
    rows = [
        {"reward_model": {"ground_truth": ["7", "8"]}, "responses": [r"\boxed{7}", r"\boxed{9}"]},
        {"reward_model": {"ground_truth": ["1"]}, "responses": ["1", r"\boxed{1}"]},
    ]
    file = make.file("answers/aime", "".join(json.dumps(row) + "\n" for row in rows))
    return {"inputs": {"answers": file.parent}, "params": {"published": {"aime": 50}}}
