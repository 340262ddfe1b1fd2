"""Work in the window's thread, cut into turns so that the window answers in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from qtpy.QtCore import QObject, QTimer


class Turns(QObject):
    """Calls one step after the other, each in a turn of its own of the window's event loop.

    A layer that is added takes napari a tenth of a second: three of them in one turn would be felt.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._steps: deque[Callable[[], None]] = deque()
        # A timer of its own goes with the window: no step is called after its widgets are gone.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._take)

    def add(self, *steps: Callable[[], None]) -> None:
        """Append steps to those that wait."""
        if not self._steps:
            self._timer.start(0)
        self._steps.extend(steps)

    def _take(self) -> None:
        """Call the first step; it stays first meanwhile, so that what it adds comes after it."""
        try:
            self._steps[0]()
        finally:
            self._steps.popleft()
            if self._steps:
                self._timer.start(0)
