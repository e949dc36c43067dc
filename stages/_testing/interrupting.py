"""A process that has imported what trainers need, and forks a stage program on request, interrupted where it is told.

    interrupting.py        one JSON command a line on stdin, one answer a line on stdout
    {"scratch": DIR, "signal": "SIGTERM", "step": 3, "every_step": false}  ->  {"code": 75}

A stage program takes five seconds to import TRL and one to train a tiny model; forking pays the five seconds once. The
signals are real ones, sent to the forked process by itself at an exact point, which nobody outside could hit:

    SIGTERM, SIGUSR1    while step `step` is being computed
    SIGKILL             when step `step` has been written down, and half a line more
    SIGKILL-in-save     when the checkpoint of `step` is written, but not in its place
"""

import json
import os
import runpy
import signal
import sys
import traceback
from pathlib import Path

TORN = b'{"torn":'


def serve() -> None:
    import datasets  # noqa: F401
    import transformers  # noqa: F401
    import trl.trainer.grpo_trainer
    import trl.trainer.sft_trainer  # noqa: F401

    answer({"ready": True})
    for line in sys.stdin:
        command = json.loads(line)
        child = os.fork()
        if child == 0:
            os._exit(run(command))
        _, status = os.waitpid(child, 0)
        answer({"code": os.waitstatus_to_exitcode(status)})


def answer(value) -> None:
    print(json.dumps(value), flush=True)


def run(command) -> int:
    scratch = Path(command["scratch"])
    os.chdir(scratch)
    log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(
        REPRO_REQUEST=str(scratch / "request.json"), TMPDIR=str(scratch / "tmp"), HOME=str(scratch / "tmp")
    )
    os.environ.update(command.get("environment", {}))
    if command.get("every_step"):
        os.environ["REPRO_CHECKPOINT_SECONDS"] = "0"
    plant(command.get("signal"), command.get("step"))
    sys.path.insert(0, "stage")
    try:
        runpy.run_path("stage/main.py", run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
        return 70
    return 0


def plant(name, step) -> None:
    """Arrange for the signal."""
    from repro_sdk import checkpoint
    from repro_sdk.stage import Stage

    if name in ("SIGTERM", "SIGUSR1"):
        from transformers.trainer_callback import CallbackHandler

        within = lambda _, args, state, *__: state.global_step == step - 1 and send(name)  # noqa: E731
        CallbackHandler.on_pre_optimizer_step = after(CallbackHandler.on_pre_optimizer_step, within)
    elif name == "SIGKILL":
        Stage.metrics = after(Stage.metrics, lambda stage, **numbers: numbers["step"] == step and tear_and_die(stage))
    elif name == "SIGKILL-in-save":
        rename = os.rename
        checkpoint.os.rename = lambda source, target: (
            send("SIGKILL") if str(target).endswith(f"step-{step:08d}") else rename(source, target)
        )


def after(method, act):
    def replaced(self, *args, **kwargs):
        result = method(self, *args, **kwargs)
        act(self, *args, **kwargs)
        return result

    return replaced


def tear_and_die(stage) -> None:
    for name in ("metrics", "trace"):
        with open(stage.files[name], "ab") as file:
            file.write(TORN)
    send("SIGKILL")


def send(name) -> None:
    os.kill(os.getpid(), getattr(signal, name))


if __name__ == "__main__":
    serve()
