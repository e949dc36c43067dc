def case(make):
    return {
        "params": {"samples": 16, "temperature": 1.3, "max_new_tokens": 4, "easy_share": 0.8},
        "inputs": {"model": make.model(), "problems": make.problems()},
    }
