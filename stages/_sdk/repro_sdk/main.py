"""Running a stage program: the one seam where trouble becomes an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

from .failure import StageFailure
from .interruption import Interrupted
from .stage import Stage
from .trouble import sentence_of

FAILED = 1
TRY_AGAIN = 75


def run_stage(program: Callable[[Stage], None]) -> None:
    """Begin the stage, run `program(stage)`, finish, and exit.

    Exit 0: done. Exit 75: stopped as asked, with a checkpoint to go on from. Exit 1: the
    last line of stderr says what was wrong in one sentence; a traceback precedes it only
    when nobody expected the trouble. What was written by then stays: checkpoints, metrics,
    trace and outputs, as far as they had come.
    """
    try:
        stage = Stage.begin()
        try:
            program(stage)
            stage.finish()
        finally:
            stage.close()
    except Interrupted as interrupted:
        print(interrupted, file=sys.stderr, flush=True)
        sys.exit(TRY_AGAIN)
    except StageFailure as failure:
        _fail(str(failure))
    except Exception as error:
        traceback.print_exc()
        _fail(sentence_of(error))


def _fail(sentence: str) -> None:
    print("error: " + " ".join(sentence.split()), file=sys.stderr, flush=True)
    sys.exit(FAILED)
