def case(make):
    return {
        "params": {"samples": 4, "pass_at": [1, 2, 4], "max_new_tokens": 4, "bootstrap": 50, "batch_size": 7},
        "inputs": {"model": make.model(), "problems": make.evaluation()},
    }
