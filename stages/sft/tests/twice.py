def case(make):
    return {
        "params": {"steps": 4, "batch_size": 4, "accumulation": 2, "warmup_steps": 1},
        "inputs": {"model": make.model(), "data": make.demonstrations()},
    }
