"""Learning again with a reviewed specimen, and what is offered afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QPushButton

from ..project import Project, SpecimenStatus
from .learn_panel import LearnPanel
from .review_buttons import NO_SPECIMEN, NOTHING_DECIDED
from .session import Session

if TYPE_CHECKING:
    from ..project import Specimen


def unreviewed(project: Project) -> list[Specimen]:
    """Return the specimens that nobody has accepted, without the references."""
    accepted = SpecimenStatus.ACCEPTED
    return [one for one in project.specimens() if not one.reference and one.status is not accepted]


class LearningAgain(QPushButton):
    """Learns again, then is a button that asks for a transfer to what is not reviewed.

    Parameters
    ----------
    session : Session
        What the panels share.
    learn : LearnPanel
        Learns.
    """

    transfer_asked = Signal()
    """What was learned again is to be transferred to the specimens that are not reviewed."""

    def __init__(self, session: Session, learn: LearnPanel) -> None:
        super().__init__()
        self._session, self._learn = session, learn
        self._learned_again = False
        self.setToolTip("Their landmarks are placed anew by what was learned.")
        self.hide()
        self.clicked.connect(self._ask)
        session.learned_changed.connect(self._offer)

    def learn_again(self) -> None:
        """Make the specimen that is shown a reference, and learn from it too."""
        one = self._session.current
        if one is None:
            self._session.message.emit(NO_SPECIMEN)
            return
        if not self._session.project.landmarks_of(one.specimen, decided=True).present.any():
            self._session.message.emit(NOTHING_DECIDED)
            return
        self._session.project.mark_reference(one.specimen, True)
        self._session.specimens_changed.emit()
        self._learned_again = True
        self._learn.learn(again=True)

    def _offer(self) -> None:
        """After learning again, offer to transfer to what is not reviewed."""
        left = unreviewed(self._session.project)
        again = self._learned_again and self._session.learned is not None and bool(left)
        self._learned_again = False
        plural = "s that are" if len(left) != 1 else " that is"
        self.setText(f"Transfer to the {len(left)} specimen{plural} not reviewed")
        self.setVisible(again)

    def _ask(self) -> None:
        self.hide()
        self.transfer_asked.emit()
