def case(make):
    return {
        "params": {
            "steps": 3,
            "prompts_per_step": 4,
            "samples": 8,
            "accumulation": 2,
            "iterations": 2,
            "max_new_tokens": 4,
        },
        "inputs": {"model": make.model(), "problems": make.problems()},
    }
