"""The context of a long call: its seed, progress, stop check, preview and log."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .errors import Cancelled

Progress = Callable[[int, int, str], None]
"""Called with (steps done, total steps, what is being done)."""

StopCheck = Callable[[], bool]
"""Called between steps; once it returns True, the call raises `Cancelled`."""

LOGGER = logging.getLogger("napari_homolog")
"""The package's logger. It is silent unless the application or ``--verbose`` configures it."""


@dataclass(frozen=True)
class RunContext:
    """Everything a long call needs besides its data, passed down as one argument.

    Attributes
    ----------
    seed : int
        Seed of all random choices.
    progress : callable, optional
        Called with ``(done, total, message)``, in the thread of the call.
    should_stop : callable, optional
        Called between steps; returns True to cancel the call.
    preview : callable, optional
        Called with intermediate results while landmarks are learned; see
        `napari_homolog.correspondence.Preview`.
    log : logging.Logger
        Logger for details and unexpected errors.

    Examples
    --------
    Print the progress of a call:

    >>> def show(done, total, message):
    ...     print(f"{message}: {done} of {total}")
    >>> RunContext(progress=show).report(2, 5, "learning")
    learning: 2 of 5

    Every specimen of a series has a seed of its own:

    >>> context = RunContext(seed=3)
    >>> context.for_specimen("wing_01").seed == context.for_specimen("wing_01").seed
    True
    >>> context.for_specimen("wing_01").seed == context.for_specimen("wing_02").seed
    False
    """

    seed: int = 0
    progress: Progress | None = None
    should_stop: StopCheck | None = None
    preview: Callable[[Any], None] | None = None
    log: logging.Logger = LOGGER

    def report(self, done: int, total: int, message: str) -> None:
        """Report progress, if a progress callable was given.

        Parameters
        ----------
        done, total : int
            Steps done, and steps in all.
        message : str
            What is being done.
        """
        if self.progress is not None:
            self.progress(done, total, message)

    def check_stop(self) -> None:
        """Raise `Cancelled` if the call is to stop."""
        if self.should_stop is not None and self.should_stop():
            raise Cancelled("Stopped as requested; nothing was changed.")

    def for_specimen(self, name: str) -> RunContext:
        """Return the context for one specimen of a series.

        Its seed follows from this context's seed and the specimen's name alone, so that the order
        of specimens and the process that handles them make no difference.
        """
        digest = hashlib.sha256(f"{self.seed} {name}".encode()).digest()
        return replace(self, seed=int.from_bytes(digest[:4], "big"))

    def without_progress(self) -> RunContext:
        """Return the same context for a part of the work whose steps are not reported."""
        return replace(self, progress=None, preview=None)
