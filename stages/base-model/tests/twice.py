def case(make):
    return {
        "params": {
            "hidden_size": 16,
            "layers": 1,
            "heads": 2,
            "kv_heads": 1,
            "head_dim": 8,
            "phrases": ["\\boxed{", " = "],
        },
        "inputs": {},
    }
