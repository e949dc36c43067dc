def case(make):
    return {"params": {"tokens": 16, "dtypes": ["float32", "bfloat16"]}, "inputs": {"model": make.base()}}
