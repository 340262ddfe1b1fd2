"""Buttons for curves: drawing them on the shown specimen, and locating them on the others."""

from __future__ import annotations

from functools import partial

from napari.qt.threading import create_worker
from qtpy.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSpinBox, QWidget

from ..curves import MOST_SEMILANDMARKS
from ..jobs import CurveJob, Failure
from .background_run import BackgroundRun
from .buttons import allow
from .curve_layers import NO_SPECIMEN, CurveLayers
from .session import Session
from .task_queue import TaskQueue
from .wording import counted

NO_CURVE = "Draw a curve on a specimen first."


class CurvesBar(QWidget):
    """Draws curves and locates them.

    Parameters
    ----------
    session : Session
        What the panels share.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.layers = CurveLayers(session)
        self._run: BackgroundRun | None = None
        self._job: CurveJob | None = None
        self._tasks = TaskQueue(self)
        self.draw_button = QPushButton("Draw curve")
        self.draw_button.setToolTip(
            "Draw a path on the specimen from one landmark to another, or a closed one; it becomes a "
            "curve of all specimens."
        )
        self.count = QSpinBox()
        self.count.setRange(1, MOST_SEMILANDMARKS)
        self.count.setValue(self.layers.semilandmarks)
        self.count.setSuffix(" points")
        self.count.setToolTip("Semilandmarks on the next curve, beside its ends.")
        self.change_button = QPushButton("Change")
        self.menu = QMenu(self.change_button)
        self.change_button.setMenu(self.menu)
        self.change_button.setToolTip("Give a curve as many points as chosen here, or remove it.")
        self.menu.aboutToShow.connect(self._list)
        self.locate_button = QPushButton("Locate curves")
        self.locate_button.setToolTip(
            "Locate the curves on all specimens that have the landmarks, by those that were drawn."
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        # All four fit into a narrow dock.
        layout.setSpacing(3)
        layout.addWidget(self.draw_button)
        layout.addWidget(self.count)
        layout.addWidget(self.locate_button)
        layout.addWidget(self.change_button)
        layout.addStretch()
        self.draw_button.clicked.connect(self._draw)
        self.count.valueChanged.connect(self._on_count)
        self.locate_button.clicked.connect(self.locate)
        session.project_changed.connect(self.layers.refresh)
        for signal in (
            session.project_changed,
            session.current_changed,
            session.specimens_changed,
            session.landmarks_changed,
        ):
            signal.connect(self._allow)
        self._allow()

    @property
    def running(self) -> bool:
        """Whether curves are being located."""
        return self._run is not None

    def _allow(self) -> None:
        """Let the buttons be pressed that can do something."""
        shown = self._session.current is not None
        allow(self.draw_button, "" if shown else NO_SPECIMEN)
        drawn = bool(self._session.project.curve_definitions)
        why_not = "Curves are being located." if self.running else ""
        allow(self.change_button, "" if drawn else NO_CURVE)
        allow(self.locate_button, why_not or ("" if drawn else NO_CURVE))

    def _list(self) -> None:
        """Fill the menu with what can be done with each curve."""
        self.menu.clear()
        project, count = self._session.project, self.count.value()
        for one in project.curve_definitions:
            own = self.menu.addMenu(f"{one.name} ({counted(one.semilandmarks, 'point')})")
            resize = partial(project.set_semilandmarks, one.name, count)
            own.addAction(
                f"Give it {counted(count, 'point')}", partial(self._session.attempt, resize)
            )
            remove = partial(project.remove_curve, one.name)
            own.addAction("Remove from all specimens", partial(self._session.attempt, remove))

    def _draw(self) -> None:
        self.layers.draw()

    def _on_count(self, count: int) -> None:
        self.layers.semilandmarks = count

    def locate(self) -> None:
        """Locate the curves of all specimens, beside the window."""
        project = self._session.project
        if self._run is not None:
            return
        if not project.curve_definitions:
            self._session.message.emit(NO_CURVE)
            return
        job = CurveJob(project, images=self._session.supplier)
        if not job.tasks:
            self._session.message.emit("All curves are located already.")
            return
        self._job, self._project, self._failed = job, project, list[str]()
        self._run = run = BackgroundRun()
        self._allow()
        self.destroyed.connect(run.stop)
        run.changed.connect(self._collect)
        self._worker = create_worker(run.execute, partial(_compute, job), _start_thread=False)
        self._session.message.emit(f"Locating curves on {counted(len(job.tasks), 'specimen')} …")
        self._worker.start()

    def _collect(self) -> None:
        run, job = self._run, self._job
        if run is None or job is None:
            return
        finished = run.finished
        while run.results:
            task, outcome = run.results.popleft()
            if self._session.project is not self._project:
                continue
            job.record(task, outcome)
            if isinstance(outcome, Failure):
                self._failed.append(f"{task.name}: {outcome.reason}")
            self._tasks.add(partial(self._session.changed, task.specimen_id))
        if finished:
            self._run = None
            self._allow()
            failure = run.outcome.reason if isinstance(run.outcome, Failure) else ""
            told = failure or "; ".join(self._failed[:3])
            self._session.news.emit(
                told or f"Located curves on {counted(len(job.tasks), 'specimen')}."
            )


def _compute(job: CurveJob, run: BackgroundRun) -> None:
    for result in job.compute(run.context()):
        run.put(result)
