"""Work in the window's thread, split into tasks so that the window responds in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from qtpy.QtCore import QObject, QTimer, Signal

from ..context import LOGGER
from ..jobs import explain


class TaskQueue(QObject):
    """Calls one task after the other, each in its own iteration of the window's event loop.

    Adding a layer takes napari a tenth of a second: three of them in one iteration would be felt.
    What a task raises is told by `failed`, and the next ones are called all the same.

    Parameters
    ----------
    parent : QObject
        The queue is destroyed with it.
    """

    failed = Signal(str)
    """One sentence on what a task has raised."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks: deque[Callable[[], None]] = deque()
        # A timer that belongs to the queue: no task is called once its widgets are gone.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._call_next)

    @property
    def waiting(self) -> int:
        """How many tasks wait; the one that is being called is counted."""
        return len(self._tasks)

    def add(self, *tasks: Callable[[], None]) -> None:
        """Append tasks to those that wait."""
        if not self._tasks:
            self._timer.start(0)
        self._tasks.extend(tasks)

    def _call_next(self) -> None:
        """Call the first task; it stays first meanwhile, so that what it adds comes after it."""
        try:
            self._tasks[0]()
        except Exception as error:
            self.failed.emit(explain(error, LOGGER).reason)
        finally:
            self._tasks.popleft()
            if self._tasks:
                self._timer.start(0)
