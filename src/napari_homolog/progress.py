"""How long calls tell where they are, and how they are stopped."""

from __future__ import annotations

from collections.abc import Callable

from .errors import Cancelled

Progress = Callable[[int, int, str], None]
"""Called with (steps done, steps in all, what is going on)."""

StopCheck = Callable[[], bool]
"""Asked between steps; once it returns True, the call raises `Cancelled`."""


def check_stop(should_stop: StopCheck | None) -> None:
    """Raise `Cancelled` if there is a stop check and it says yes."""
    if should_stop is not None and should_stop():
        raise Cancelled("Stopped as asked; nothing was changed.")
