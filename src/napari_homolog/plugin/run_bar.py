"""The foot of the dock: what is going on, how long it will take, and the button that stops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from napari.utils.notifications import show_info
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from .turns import Turns
from .workers import Run


class RunBar(QWidget):
    """Starts workers, one at a time, and shows how far they are.

    Attributes
    ----------
    turns : Turns
        What is to be shown of a run's results; the run goes on until all of it is shown.
    """

    running_changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._run: Run | None = None
        self._worker: Any = None
        self._ends: tuple[Callable[[], None], ...] = ()
        self.turns = Turns(self)
        self.progress = QProgressBar()
        self.progress.setFormat("")
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setToolTip("Stop what is running; what is done so far is kept.")
        self.cancel_button.clicked.connect(self.cancel)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setMinimumHeight(34)
        self.stage = QLabel()
        row = QHBoxLayout()
        row.addWidget(self.progress, 1)
        row.addWidget(self.cancel_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.message, self.stage):
            layout.addWidget(part)
        layout.insertLayout(1, row)
        self._set_running(False)

    @property
    def running(self) -> bool:
        """Whether a worker is at work."""
        return self._run is not None

    def say(self, text: str) -> None:
        """Show a message; by napari itself where the dock is not to be seen."""
        self.message.setText(text)
        if text and not self.isVisible():
            show_info(text)

    def start(
        self,
        task: Callable[..., Any],
        *arguments: Any,
        returned: Callable[[Any], None] | None = None,
        yielded: Callable[[Any], None] | None = None,
        finished: Callable[[], None] | None = None,
        glimpsed: Callable[[Any], None] | None = None,
    ) -> bool:
        """Start a worker unless one is at work.

        Parameters
        ----------
        task : callable
            A thread worker's function; its first argument is the `Run`.
        *arguments
            The others.
        returned, yielded, finished, glimpsed : callable, optional
            Called in the window's thread.

        Returns
        -------
        bool
            Whether it was started.
        """
        if self._run is not None:
            self.say("Something is running already; wait for it or press Cancel.")
            return False
        self._run = run = Run()
        # A window that is closed takes this widget with it, and nobody waits for the result.
        self.destroyed.connect(run.stop)
        run.progressed.connect(self._on_progress)
        if glimpsed is not None:
            run.glimpsed.connect(glimpsed)
        self._worker = worker = task(run, *arguments)
        worker.errored.connect(self._on_error)
        if returned is not None:
            worker.returned.connect(returned)
        if yielded is not None:
            worker.yielded.connect(yielded)
        self._ends = (self._end,) if finished is None else (self._end, finished)
        worker.finished.connect(self._on_finished)
        self._set_running(True)
        worker.start()
        return True

    @property
    def stopped(self) -> bool:
        """Whether the worker at work was asked to stop."""
        return self._run is not None and self._run.should_stop()

    def cancel(self) -> None:
        """Ask the worker at work to stop."""
        if self._run is not None:
            self._run.stop()
            self.say("Stopping ...")
            self.cancel_button.setEnabled(False)

    def _on_progress(self, done: int, total: int, text: str) -> None:
        self.progress.setMaximum(total)
        self.progress.setValue(done)
        self.stage.setText(text)

    def _on_error(self, error: Exception) -> None:
        self.say(f"Something went wrong that should not: {error}. Please report it.")

    def _on_finished(self) -> None:
        self.turns.add(*self._ends)

    def _end(self) -> None:
        self._run = self._worker = None
        self._set_running(False)

    def _set_running(self, running: bool) -> None:
        self.progress.setVisible(running)
        self.cancel_button.setVisible(running)
        self.cancel_button.setEnabled(running)
        self.stage.setVisible(running)
        if not running:
            self.progress.reset()
            self.stage.setText("")
        self.running_changed.emit(running)
