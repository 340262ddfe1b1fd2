"""Attention on the targets: kept for the latest ones, computed again on demand for others."""

from __future__ import annotations

from collections import OrderedDict
from importlib.util import find_spec
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject

from ..errors import HomologError
from ..jobs import Failure, attention_work
from .attention_layers import hide_maps_of, show_landmark_map, show_prediction_maps
from .background_run import Stopped
from .background_work import TransferResult, transferring
from .learn_panel import NO_TORCH, NOTHING_LEARNED
from .run_bar import RunBar
from .session import Session

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet, Prediction

KEPT = 16
"""Targets whose attention is kept; that of a hundred would fill the memory."""


def learned_landmarks(session: Session) -> LandmarkSet | None:
    """Return the learned landmarks if they can be located now, or tell the user why not."""
    if find_spec("torch") is None:
        session.message.emit(NO_TORCH)
        return None
    if session.learned is None:
        session.message.emit(NOTHING_LEARNED)
    return session.learned


class TargetMaps(QObject):
    """Shows the attention on specimens.

    Parameters
    ----------
    session : Session
        What the panels share.
    bar : RunBar
        Runs the work.

    Attributes
    ----------
    following : bool
        Whether the attention of the selected landmark is shown, whichever it is.
    """

    def __init__(self, session: Session, bar: RunBar) -> None:
        super().__init__(bar)
        self._session, self._bar = session, bar
        self._kept: OrderedDict[int, Prediction] = OrderedDict()
        self._asked: str | None = None
        self.following = False
        session.project_changed.connect(self.forget)
        session.learned_changed.connect(self.forget)

    def keep(self, specimen: int, found: Prediction) -> None:
        """Keep the prediction of a specimen; the oldest one is dropped."""
        self._kept[specimen] = found
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def forget(self) -> None:
        """Drop all predictions."""
        self._kept.clear()

    def follow(self, on: bool, specimen: int, landmark: str | None) -> None:
        """Show the attention of whichever landmark is selected from now on, or no longer.

        Parameters
        ----------
        on : bool
            Whether to show it.
        specimen : int
            The specimen that is shown.
        landmark : str or None
            The landmark that is selected.
        """
        self.following = on
        layer = self._session.layer_of(specimen)
        if on:
            self.show(specimen, landmark)
        elif layer is not None:
            hide_maps_of(self._session.viewer, layer)

    def selected(self, specimen: int, landmark: str) -> None:
        """Show the attention of a landmark that was selected, if it is to be followed."""
        if not self.following:
            return
        self._asked = landmark
        if specimen in self._kept or not self._bar.running:
            self.show(specimen, landmark)

    def show(self, specimen: int, landmark: str | None) -> None:
        """Show the attention on an open specimen.

        Parameters
        ----------
        specimen : int
            Which specimen; its points in the project are not changed.
        landmark : str or None
            Whose attention; None, or one that was not learned: the maximum of all.
        """
        found = self._kept.get(specimen)
        if found is not None:
            self._show(specimen, landmark, found)
            return
        learned = learned_landmarks(self._session)
        if learned is None:
            return
        try:
            work = attention_work(self._session.project, specimen, self._session.supplier)
        except HomologError as error:
            self._session.message.emit(str(error))
            return
        self._asked = landmark
        self._bar.start(
            transferring(self._session.model(learned.backbone["name"]), work),
            on_result=self._on_result,
            on_outcome=self._on_outcome,
        )

    def _on_result(self, result: TransferResult) -> None:
        if isinstance(result.outcome, Failure):
            self._session.news.emit(result.outcome.reason)
        else:
            self.keep(result.task.specimen_id, result.outcome)
            current = self._session.current
            if current is None:
                self._session.news.emit("The specimen was closed meanwhile; open it again.")
            elif self.following and current.specimen == result.task.specimen_id:
                self._show(current.specimen, self._asked, result.outcome)

    def _on_outcome(self, outcome: Failure | Stopped | None) -> None:
        if isinstance(outcome, Failure):
            self._session.news.emit(outcome.reason)

    def _show(self, specimen: int, landmark: str | None, found: Prediction) -> None:
        layer = self._session.layer_of(specimen)
        if layer is None or layer not in self._session.viewer.layers:
            return
        if landmark in found.names:
            show_landmark_map(self._session.viewer, layer, found, str(landmark))
        else:
            show_prediction_maps(self._session.viewer, layer, found, each=False)
