def case(make):
    return {"inputs": {"problems": make.problems()}}
