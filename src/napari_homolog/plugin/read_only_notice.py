"""Projects that cannot be written where they are: they are looked at, and the window says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from qtpy.QtGui import QAction
from qtpy.QtWidgets import QAbstractButton, QLabel, QWidget

from .buttons import lock
from .session import Session

WHY_NOT = "The project is looked at only: it cannot be written where it is."

Controls = Callable[[], Iterable[QAbstractButton | QAction]]


class ReadOnlyNotice(QLabel):
    """A line that is there if the project can only be looked at, and what it then keeps from working.

    Parameters
    ----------
    session : Session
        What the panels share.
    writing : callable
        Returns the buttons and entries of menus that change the project.
    lists : iterable of QWidget
        Lists whose entries can be edited or checked, which changes the project.
    """

    def __init__(self, session: Session, writing: Controls, lists: Iterable[QWidget]) -> None:
        super().__init__()
        self._session, self._writing, self._lists = session, writing, list(lists)
        self.setWordWrap(True)
        self.setStyleSheet("font-weight: bold")
        session.project_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show whether the project can be changed."""
        project = self._session.project
        only = project.read_only
        self.setVisible(only)
        if only and project.path is not None:
            self.setText(
                f"Looking only: {project.path.name} cannot be written where it is. "
                "Project > Save as … makes a copy that can be changed."
            )
        lock_all(self._session, self._writing())
        for widget in self._lists:
            widget.setEnabled(not only)


def lock_all(session: Session, controls: Iterable[QAbstractButton | QAction]) -> None:
    """Lock controls that change the project while it can only be looked at; they tell why."""
    for control in controls:
        lock(control, WHY_NOT if session.project.read_only else "")
