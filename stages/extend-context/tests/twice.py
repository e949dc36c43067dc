def case(make):
    return {"inputs": {"model": make.model()}, "params": {"max_positions": 128, "rope_type": "yarn", "factor": 2}}
