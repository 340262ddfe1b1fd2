"""Long work in a thread beside the window: what it shares with the window, and how it ends."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qtpy.QtCore import QObject, Signal

from ..context import LOGGER, RunContext
from ..errors import Cancelled
from ..jobs.failures import Failure, explain

MAXIMUM_STEPS = 1_000_000
"""Progress is reported in no more steps: Qt counts in 32 bits, and models have more bytes than that."""


@dataclass(frozen=True)
class Stopped:
    """The outcome of work that was stopped on request."""


class BackgroundRun(QObject):
    """What a thread and the window share: results and progress one way, the wish to stop the other.

    Nothing here depends on a single signal: results wait in a queue and the end is an event, so that
    whoever looks later still finds them.

    Attributes
    ----------
    results : deque
        What the work has produced and the window has not yet taken.
    outcome : object
        What the work returned, `Failure` or `Stopped`, once it has finished.
    """

    progressed = Signal(int, int, str)
    """Steps done, total steps, what is being done with the time that is left."""
    previewed = Signal(object)
    """A `Preview` of what is being learned."""
    changed = Signal()
    """There is a result, or the work has finished."""

    def __init__(self) -> None:
        super().__init__()
        self.results: deque[Any] = deque()
        self.outcome: Any = None
        self._stop, self._finished = threading.Event(), threading.Event()
        self._stage, self._since, self._first = "", 0.0, 0

    # In the window's thread

    def stop(self) -> None:
        """Ask the work to stop; it does so at its next step."""
        self._stop.set()

    @property
    def finished(self) -> bool:
        """Whether the work has ended, in whatever way."""
        return self._finished.is_set()

    # In the thread that computes

    def execute(self, work: Callable[[BackgroundRun], Any]) -> None:
        """Do the work and keep its outcome; no error ever leaves this call.

        Parameters
        ----------
        work : callable
            Receives this run and returns the outcome.
        """
        try:
            self.outcome = work(self)
        except Cancelled:
            self.outcome = Stopped()
        except Exception as error:
            self.outcome = explain(error, LOGGER)
        except BaseException as error:
            LOGGER.critical("The thread was ended", exc_info=error)
            self.outcome = Failure(f"The work was ended by {type(error).__name__}; start it again.")
        finally:
            self._finished.set()
            self._emit(self.changed)

    def context(self, *, preview: bool = False) -> RunContext:
        """Return the context by which long calls report here.

        Parameters
        ----------
        preview : bool
            Whether previews are wanted.
        """
        show = self.previewed.emit if preview else None
        return RunContext(progress=self.report, should_stop=self.should_stop, preview=show)

    def should_stop(self) -> bool:
        """Return whether `stop` was called."""
        return self._stop.is_set()

    def put(self, result: Any) -> None:
        """Hand a result to the window."""
        self.results.append(result)
        self._emit(self.changed)

    def report(self, done: int, total: int, message: str) -> None:
        """Report how far the work is, and how long the rest of this stage will take.

        Parameters
        ----------
        done, total : int
            Steps done, and steps in all.
        message : str
            What is being done; the part before a colon names the stage.
        """
        now = time.monotonic()
        stage = message.split(":")[0]
        if stage != self._stage or done < self._first:
            self._stage, self._since, self._first = stage, now, done
        # Of the first step of some stages nobody knows how long it took.
        steps = done - self._first
        left = (now - self._since) / steps * (total - done) if steps else None
        each = -(-total // MAXIMUM_STEPS) or 1
        text = message + (f", {duration(left)} left" if left else "")
        self._emit(self.progressed, done // each, total // each, text)

    @staticmethod
    def _emit(signal: Any, *values: Any) -> None:
        try:
            signal.emit(*values)
        except RuntimeError:
            # The window was closed and took the run's Qt object with it; nobody waits any more.
            LOGGER.debug("The window was closed while work was running")


def duration(seconds: float) -> str:
    """Return a time span in words.

    Examples
    --------
    >>> duration(0.2), duration(75), duration(600), duration(9000)
    ('1 s', '75 s', '10 min', '2.5 h')
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"
