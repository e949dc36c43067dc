"""Being asked to stop: SIGTERM and SIGUSR1 mean "write a checkpoint and exit 75"."""

from __future__ import annotations

import signal

_SIGNALS = (signal.SIGTERM, signal.SIGUSR1)


class Interrupted(Exception):
    """The program stopped after a step because it was asked to, and can go on from `resume/`. `run_stage` exits 75."""

    def __init__(self, step: int) -> None:
        super().__init__(f"stopped after step {step}, as asked; run it again and it goes on from there")


class InterruptionFlag:
    """Remembers that somebody asked. The step under way is finished first."""

    def __init__(self) -> None:
        self.is_raised = False

    def listen(self) -> None:
        """From now on these signals raise the flag instead of killing the process."""
        for each in _SIGNALS:
            signal.signal(each, self._raise)

    def _raise(self, *_: object) -> None:
        self.is_raised = True
