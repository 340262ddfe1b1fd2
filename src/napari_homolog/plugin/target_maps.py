"""Attention on the targets: kept for the last ones, made again where it is asked for later."""

from __future__ import annotations

from collections import OrderedDict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject

from ..errors import HomologError
from .attention_layers import show_prediction_maps
from .learn_panel import NO_TORCH
from .run_bar import RunBar
from .session import Session
from .workers import Refusal, transferring

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet, Prediction

KEPT = 16
"""Targets whose attention is kept; a hundred would fill the memory."""


def set_to_find(session: Session) -> LandmarkSet | None:
    """Return the learned landmarks if they can be looked for now, or say why not."""
    if find_spec("torch") is None:
        session.told.emit(NO_TORCH)
    elif session.learned is None:
        session.told.emit("Nothing is learned yet: press Learn in the second tab first.")
    elif changed := session.changed_references():
        session.told.emit(
            f"The picture of {', '.join(changed)} changed after learning; press Learn again."
        )
    else:
        return session.learned
    return None


class TargetMaps(QObject):
    """Shows what was attended to on a specimen.

    Parameters
    ----------
    session : Session
        What the panels share.
    bar : RunBar
        Runs the worker.
    """

    def __init__(self, session: Session, bar: RunBar) -> None:
        super().__init__(bar)
        self._session, self._bar = session, bar
        self._kept: OrderedDict[int, Prediction] = OrderedDict()
        self._asked: str | None = None
        session.project_changed.connect(self.forget)
        session.learned_changed.connect(self.forget)

    def keep(self, specimen: int, found: Prediction) -> None:
        """Keep what was found on a specimen; the oldest one goes."""
        self._kept[specimen] = found
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def forget(self) -> None:
        """Keep nothing."""
        self._kept.clear()

    def show(self, specimen: int, landmark: str | None) -> None:
        """Show the attention on an open specimen.

        Parameters
        ----------
        specimen : int
            Which; the project's points on it stay as they are.
        landmark : str or None
            Whose attention; None, or one that was not looked for: the maximum of all.
        """
        found = self._kept.get(specimen)
        if found is not None:
            self._show(specimen, landmark, found)
            return
        learned = set_to_find(self._session)
        if learned is None:
            return
        try:
            name = self._session.project.specimen(specimen).name
            target = (specimen, name, self._session.source(specimen))
        except HomologError as error:
            self._session.told.emit(str(error))
            return
        self._asked = landmark
        self._bar.start(
            transferring,
            self._session.model(learned.backbone["name"]),
            learned,
            [target],
            learned.preset.locate,
            yielded=self._on_found,
        )

    def _on_found(self, outcome: Any) -> None:
        found = outcome[1] if isinstance(outcome, tuple) else outcome
        if isinstance(found, Refusal):
            self._session.told.emit(found.message)
        elif isinstance(outcome, tuple):
            self.keep(*outcome)
            self._show(outcome[0], self._asked, found)
        else:
            self._session.backbone = outcome

    def _show(self, specimen: int, landmark: str | None, found: Prediction) -> None:
        layer = self._session.layer_of(specimen)
        if layer is None or layer not in self._session.viewer.layers:
            self._session.told.emit("The specimen was closed meanwhile; open it again.")
            return
        chosen = landmark if landmark in found.names else None
        show_prediction_maps(self._session.viewer, layer, found, each=False, chosen=chosen)
