def case(make):
    copy = "import shutil; shutil.copyfile('inputs/text', 'outputs/copy')"
    return {
        "params": {"argv": ["python", "-c", copy]},
        "inputs": {"text": make.file("text", "hello\n")},
        "outputs": ("copy",),
    }
