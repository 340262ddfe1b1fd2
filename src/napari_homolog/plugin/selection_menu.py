"""A menu of what can be done with the landmarks that are selected in the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qtpy.QtWidgets import QMenu, QWidget

from .session import Session

SELECT_TWO = "Select two landmarks in the list first (Ctrl+click)."


class SelectionMenu(QMenu):
    """A menu whose entries are looked at anew each time that it is opened.

    Parameters
    ----------
    title : str
        The menu's name.
    session : Session
        What the panels share.
    selected : callable
        Returns the names of the landmarks that are selected.
    parent : QWidget
        The button whose menu has this one.
    """

    def __init__(
        self,
        title: str,
        session: Session,
        selected: Callable[[], Sequence[str]],
        parent: QWidget,
    ) -> None:
        super().__init__(title, parent)
        self._session, self._selected = session, selected
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.refresh)

    def refresh(self) -> None:
        """Let the entries be chosen that can do something, and show what holds."""
        raise NotImplementedError
