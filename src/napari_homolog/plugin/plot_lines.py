"""A menu that says between which landmarks plots of shapes draw lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from qtpy.QtWidgets import QWidget

from .buttons import allow
from .read_only_notice import lock_all
from .selection_menu import SELECT_TWO, SelectionMenu
from .session import Session


class PlotLines(SelectionMenu):
    """Links the landmarks that are selected in the list.

    Parameters
    ----------
    session : Session
        What the panels share.
    selected : callable
        Returns the names of the landmarks that are selected.
    parent : QWidget
        The button whose menu has this one.
    """

    def __init__(
        self, session: Session, selected: Callable[[], Sequence[str]], parent: QWidget
    ) -> None:
        super().__init__("Lines in plots", session, selected, parent)
        self.link_action = self.addAction("A line between the two selected", self._link)
        self.link_action.setToolTip("In the shapes of the report, and in links.csv for R.")
        self.unlink_action = self.addAction("No lines at the selected", self._unlink)
        self.unlink_action.setToolTip("Lines along curves are drawn in any case.")
        self.addSeparator()
        self.there = self.addAction("")
        self.there.setEnabled(False)

    def refresh(self) -> None:
        """Let the entries be chosen that can do something, and tell which lines there are."""
        links, selected = self._session.project.links, set(self._selected())
        allow(self.link_action, "" if len(selected) == 2 else SELECT_TWO)
        linked = any(selected & set(pair) for pair in links)
        allow(self.unlink_action, "" if linked else "Select a landmark with a line first.")
        lock_all(self._session, (self.link_action, self.unlink_action))
        self.there.setText("; ".join(f"{one} to {other}" for one, other in links) or "No lines yet")

    def _link(self) -> None:
        pair = tuple(self._selected())
        there = [one for one in self._session.project.links if set(one) != set(pair)]
        self._set([*there, (pair[0], pair[1])])

    def _unlink(self) -> None:
        gone = set(self._selected())
        self._set([pair for pair in self._session.project.links if not gone & set(pair)])

    def _set(self, links: list[tuple[str, str]]) -> None:
        self._session.attempt(partial(self._session.project.set_links, links))
