"""Placing what is still in review anew after each decision, beside everything else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from napari.qt.threading import create_worker
from qtpy.QtCore import QObject, QTimer, Signal

from ..context import LOGGER
from ..errors import HomologError
from ..jobs import Failure, RefineJob, RefineTask
from .background_run import BackgroundRun
from .preferences import preference
from .session import Session
from .task_queue import TaskQueue

if TYPE_CHECKING:
    from ..jobs.refine_job import Refined
    from ..project import Project

PAUSE_MILLISECONDS = 800
"""A row of decisions, such as accepting one landmark after the other, is waited for."""


class BackgroundRefinement(QObject):
    """Compares specimens in review with those that were corrected or accepted, after each decision.

    The specimen that is shown is left alone: nothing moves while somebody judges it. It follows once
    another one is shown.

    Parameters
    ----------
    session : Session
        What the panels share.
    order : callable
        Returns the numbers of the specimens in the order of review.
    parent : QObject
        It is destroyed with it.
    """

    told = Signal(str)
    """What it is doing, for the user."""

    def __init__(self, session: Session, order: Callable[[], list[int]], parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._order = session, order
        self._run: BackgroundRun | None = None
        self._worker: Any = None
        self._job: RefineJob | None = None
        self._project: Project | None = None
        self._placed = 0
        self._tasks = TaskQueue(self)
        self._tasks.failed.connect(session.news)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MILLISECONDS)
        self._timer.timeout.connect(self._begin)
        session.placements_changed.connect(self._later)
        session.current_changed.connect(self._later)
        session.project_changed.connect(self.stop)
        session.acted.connect(self._hush)

    @property
    def running(self) -> bool:
        """Whether specimens are being compared, or soon will be."""
        return self._run is not None or self._timer.isActive() or self._tasks.waiting > 0

    def stop(self) -> None:
        """Stop; what was placed so far is kept."""
        self._timer.stop()
        if self._run is not None:
            self._run.stop()
        self.told.emit("")

    def _hush(self) -> None:
        """Say no longer what was done, once the user goes on."""
        if self._run is None:
            self.told.emit("")

    def _later(self) -> None:
        # Without a landmark set there is nothing in review, and torch may not even be installed.
        idle = self._session.learned is None or self._session.project.read_only
        if not idle and preference("refine_again", True):
            self._timer.start()

    def _begin(self) -> None:
        session, current = self._session, self._session.current
        if self._run is not None:
            # What was decided meanwhile follows when it ends.
            return
        shown = None if current is None else current.specimen
        among = [specimen for specimen in self._order() if specimen != shown]
        try:
            job = RefineJob(session.project, images=session.supplier, among=among)
        except HomologError as error:
            LOGGER.warning("Specimens in review were not placed anew: %s", error)
            return
        if not job.tasks:
            return
        self._job, self._project, self._placed = job, session.project, 0
        self._run = run = BackgroundRun()
        self.destroyed.connect(run.stop)
        run.changed.connect(self._collect)
        self._worker = create_worker(run.execute, partial(_compute, job), _start_thread=False)
        self.told.emit(f"Placing anew by what you decided: {len(job.tasks)} …")
        self._worker.start()

    def _collect(self) -> None:
        """Take over what was computed, and the end."""
        run, job = self._run, self._job
        if run is None or job is None:
            return
        finished = run.finished
        while run.results:
            self._tasks.add(partial(self._record, job, *run.results.popleft()))
        if finished:
            self._run = self._worker = self._job = None
            self._tasks.add(partial(self._end, job, run))

    def _record(self, job: RefineJob, task: RefineTask, outcome: Refined | Failure) -> None:
        session, current = self._session, self._session.current
        shown = current is not None and current.specimen == task.specimen_id
        if session.project is not self._project or (shown and task.decided is None):
            return
        job.record(task, outcome)
        if task.decided is None and not isinstance(outcome, Failure):
            self._placed += 1
            session.changed(task.specimen_id)

    def _end(self, job: RefineJob, run: BackgroundRun) -> None:
        session = self._session
        if isinstance(run.outcome, Failure):
            session.news.emit(run.outcome.reason)
            self.told.emit("")
            return
        if session.project is self._project:
            job.finish()
            if session.current is not None:
                # How certain its landmarks are may have changed.
                session.changed(session.current.specimen)
        self.told.emit(f"Placed anew by what you decided: {self._placed}.")


def _compute(job: RefineJob, run: BackgroundRun) -> None:
    for result in job.compute(run.context()):
        run.put(result)
