"""The one exception a stage raises for trouble it can explain."""


class StageFailure(Exception):
    """Expected trouble: bad input, a recipe that can't go on, a missing output.

    The message is a whole sentence for a person. `run_stage` prints it as one
    line on stderr and exits 1, without a traceback.
    """
