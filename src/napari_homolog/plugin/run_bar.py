"""The foot of the dock: what is running, how long it will take, and the button that stops it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from napari.qt.threading import create_worker
from napari.utils.notifications import show_info
from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from .background_run import BackgroundRun
from .background_work import ModelLoaded
from .task_queue import TaskQueue

POLL_MILLISECONDS = 200
"""How often the end of the work is looked for, should its signal be lost."""

RUNNING = "Something is running already; wait for it or press Cancel."

NEWS_SECONDS = 2.0
"""For how long news stay, whatever the user is doing when they come."""


class RunBar(QWidget):
    """Runs work in a thread, one at a time, and shows its progress.

    Attributes
    ----------
    tasks : TaskQueue
        What is to be shown of the results; the run ends when all of it is shown.
    """

    running_changed = Signal(bool)
    """Work has begun or ended."""
    model_loaded = Signal(object)
    """The `Backbone` that work has loaded."""

    def __init__(self) -> None:
        super().__init__()
        self._run: BackgroundRun | None = None
        self._worker: Any = None
        self._news_until = 0.0
        self._on_result: Callable[[Any], None] | None = None
        self._on_outcome: Callable[[Any], None] | None = None
        self.tasks = TaskQueue(self)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MILLISECONDS)
        self._poll.timeout.connect(self._collect)
        self.progress = QProgressBar()
        self.progress.setFormat("")
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setToolTip("Stop what is running; what is done so far is kept.")
        self.cancel_button.clicked.connect(self.cancel)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setMinimumHeight(34)
        self.tasks.failed.connect(self.announce)
        self.stage = QLabel()
        row = QHBoxLayout()
        row.addWidget(self.progress, 1)
        row.addWidget(self.cancel_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.message)
        layout.addLayout(row)
        layout.addWidget(self.stage)
        self._set_running(False)

    @property
    def running(self) -> bool:
        """Whether work is running, or its results are still being shown."""
        return self._run is not None

    @property
    def stopping(self) -> bool:
        """Whether the running work was asked to stop."""
        return self._run is not None and self._run.should_stop()

    def say(self, text: str) -> None:
        """Answer to what the user did; through napari itself while the dock is hidden.

        The answer is shown until the user does something else.
        """
        self._news_until = 0.0
        self.message.setText(text)
        if text and not self.isVisible():
            show_info(text)

    def announce(self, text: str) -> None:
        """Tell news of what goes on beside the window, whatever the user is doing now."""
        self.say(text)
        self._news_until = time.monotonic() + NEWS_SECONDS

    def hush(self) -> None:
        """Clear the message, as the user does something else; news stay until they can be read."""
        if not self.stopping and time.monotonic() >= self._news_until:
            self.message.clear()

    def start(
        self,
        work: Callable[[BackgroundRun], Any],
        *,
        on_outcome: Callable[[Any], None],
        on_result: Callable[[Any], None] | None = None,
        on_preview: Callable[[Any], None] | None = None,
    ) -> bool:
        """Start work in a thread, unless some is running.

        The callables are called in the window's thread, as tasks of their own.

        Parameters
        ----------
        work : callable
            Receives the `BackgroundRun` and returns the outcome.
        on_outcome : callable
            Receives what the work returned, `Failure` or `Stopped`, after all results.
        on_result, on_preview : callable, optional
            Receive what the work hands over, but for models, and its previews.

        Returns
        -------
        bool
            Whether it was started.
        """
        if self._run is not None:
            self.say(RUNNING)
            return False
        self._run = run = BackgroundRun()
        self._on_result, self._on_outcome = on_result, on_outcome
        # A window that is closed destroys this widget, and nobody waits for the outcome.
        self.destroyed.connect(run.stop)
        run.progressed.connect(self._on_progress)
        run.changed.connect(self._collect)
        if on_preview is not None:
            run.previewed.connect(on_preview)
        self._worker = create_worker(run.execute, work, _start_thread=False)
        self._set_running(True)
        self._poll.start()
        self._worker.start()
        return True

    def cancel(self) -> None:
        """Ask the running work to stop."""
        if self._run is not None:
            self._run.stop()
            self.say("Stopping ...")
            self.cancel_button.setEnabled(False)

    def _collect(self) -> None:
        """Take over what the work has produced, and its outcome once it has finished."""
        run = self._run
        if run is None or not self._poll.isActive():
            return
        # The end is looked at first: no result can come after it.
        finished = run.finished
        while run.results:
            result = run.results.popleft()
            if isinstance(result, ModelLoaded):
                self.tasks.add(partial(self.model_loaded.emit, result.backbone))
            elif self._on_result is not None:
                self.tasks.add(partial(self._on_result, result))
        if finished:
            self._poll.stop()
            self.tasks.add(self._finish)

    def _on_progress(self, done: int, total: int, text: str) -> None:
        self.progress.setMaximum(total)
        self.progress.setValue(done)
        self.stage.setText(text)

    def _finish(self) -> None:
        """End the run once everything that its results asked for is shown."""
        if self.tasks.waiting > 1:
            self.tasks.add(self._finish)
            return
        run, on_outcome = self._run, self._on_outcome
        self._run = self._worker = self._on_result = self._on_outcome = None
        self._set_running(False)
        if run is not None and on_outcome is not None:
            on_outcome(run.outcome)

    def _set_running(self, running: bool) -> None:
        self.progress.setVisible(running)
        self.cancel_button.setVisible(running)
        self.cancel_button.setEnabled(running)
        self.stage.setVisible(running)
        if not running:
            self.progress.reset()
            self.stage.setText("")
        self.running_changed.emit(running)
