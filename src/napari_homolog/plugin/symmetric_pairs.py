"""A menu that names which landmarks change places in a mirror image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from qtpy.QtWidgets import QWidget

from .buttons import allow
from .read_only_notice import lock_all
from .selection_menu import SELECT_TWO, SelectionMenu
from .session import Session


class SymmetricPairs(SelectionMenu):
    """Pairs the landmarks that are selected in the list.

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
        super().__init__("Mirror images", session, selected, parent)
        self.pair_action = self.addAction("The two selected change places", self._pair)
        self.pair_action.setToolTip("As left eye and right eye do on a head seen from above.")
        self.unpair_action = self.addAction("Undo the pairs of the selected", self._unpair)
        self.unpair_action.setToolTip("These landmarks keep their places in a mirror image.")
        self.none_action = self.addAction("No landmarks change places", self._none)
        self.none_action.setToolTip(
            "As on wings: the tip of a left wing is the tip of a right one."
        )
        self.unknown_action = self.addAction("Not known", self._unknown)
        self.unknown_action.setToolTip("Mirrored specimens are compared and written as they lie.")
        for action in (self.none_action, self.unknown_action):
            action.setCheckable(True)

    def refresh(self) -> None:
        """Let the entries be chosen that can do something, and check what holds."""
        pairs, selected = self._session.project.symmetric_pairs, set(self._selected())
        allow(self.pair_action, "" if len(selected) == 2 else SELECT_TWO)
        paired = any(selected & set(pair) for pair in pairs or ())
        allow(self.unpair_action, "" if paired else "Select a landmark of a pair first.")
        lock_all(
            self._session,
            (self.pair_action, self.unpair_action, self.none_action, self.unknown_action),
        )
        self.none_action.setChecked(pairs == ())
        self.unknown_action.setChecked(pairs is None)

    def _pair(self) -> None:
        first, second = self._selected()
        self._set([*(self._session.project.symmetric_pairs or ()), (first, second)])

    def _unpair(self) -> None:
        gone = set(self._selected())
        pairs = self._session.project.symmetric_pairs or ()
        # Without any pair nobody has said that none change places.
        self._set([pair for pair in pairs if not gone & set(pair)] or None)

    def _none(self) -> None:
        self._set([])

    def _unknown(self) -> None:
        self._set(None)

    def _set(self, pairs: list[tuple[str, str]] | None) -> None:
        self._session.attempt(partial(self._session.project.set_symmetric_pairs, pairs))
