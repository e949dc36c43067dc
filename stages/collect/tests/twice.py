def case(make):
    lines = [
        '{"problem": "What is 2+2?", "answer": "4"}',
        '{"problem": "What is  2+2?", "answer": "4"}',
        '{"problem": "Half of 9?", "answer": "9/2"}',
    ]
    sums = {"name": "chain_sum", "count": 60, "config": {"max_digits": 2}, "prompt": "{expression}=", "tight": True}
    letters = {"name": "letter_counting", "count": 40}
    return {
        "params": {
            "tasks": [sums, letters],
            "evaluation_count": 10,
            "demonstrations": 20,
            "fields": {"prompt": "problem"},
        },
        "inputs": {"problems": make.file("raw.jsonl", "\n".join(lines) + "\n")},
    }
