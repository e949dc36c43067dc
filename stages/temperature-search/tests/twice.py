def case(make):
    return {
        "params": {"temperatures": [0.7, 1.3], "samples": 4, "limit": 8, "max_new_tokens": 4},
        "inputs": {"model": make.model(), "problems": make.problems()},
    }
