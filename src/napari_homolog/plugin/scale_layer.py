"""The line on the shown picture from which its scale is measured: drawn, dragged and shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Shapes
from numpy.typing import NDArray
from qtpy.QtCore import Signal

from .project_shapes import ProjectShapes

if TYPE_CHECKING:
    from .open_specimen import OpenSpecimen
    from .session import Session

COLOUR = "#ff70a6"

CLICK = 6.0
"""Lines shorter than these pixels of the screen are clicks, as napari draws 3.5 for one at once."""


class ScaleLayer(ProjectShapes):
    """Shows the measured line of the specimen that is shown, and tells when another one is drawn.

    Parameters
    ----------
    session : Session
        What the panels share.
    """

    drawn = Signal(object)
    """A line was drawn or dragged: its ends, (row, col) in pixels, an array of shape (2, 2)."""
    begun = Signal()
    """One end was clicked at, and the other is awaited."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._drawing = False
        self._start: NDArray[np.float64] | None = None
        session.current_changed.connect(self._on_current)
        session.specimens_changed.connect(self.refresh)

    def draw(self) -> None:
        """Let the user draw a line on the shown picture, and on those that are shown next."""
        one = self._session.current
        self._drawing, self._start = True, None
        if one is None:
            return
        layer = self._layer_for(one)
        self.refresh()
        self._draw_on(layer, "add_line")

    def leave(self) -> None:
        """End the drawing."""
        self._drawing, self._start = False, None
        if self._is_there(self.layer):
            self.layer.mode = "pan_zoom"

    def _on_current(self) -> None:
        self.refresh()
        if self._drawing:
            self.draw()

    def refresh(self) -> None:
        """Show the line from which the scale of the shown specimen was measured."""
        one = self._session.current
        place = None if one is None else self._session.project.measured_place(one.specimen)
        if one is None or (place is None and self.layer is None):
            self._clear()
            return
        layer = self._layer_for(one)
        if self._is_being_drawn():
            return
        lines = [] if place is None else [np.array(place)]
        add = partial(layer.add_lines, edge_width=self._thickness(one), edge_color=COLOUR)
        with self._written():
            self._show(layer, one, lines, add)

    def _layer_for(self, one: OpenSpecimen) -> Shapes:
        """Return the layer, which is made once."""
        if not self._is_there(self.layer):
            self.layer = Shapes(
                ndim=2,
                name="scale",
                edge_color=COLOUR,
                edge_width=self._thickness(one),
                opacity=1.0,
                scale=one.image.scale[-2:],
                translate=one.image.translate[-2:],
            )
            self._add(self.layer)
        return self.layer

    @staticmethod
    def _thickness(one: OpenSpecimen) -> float:
        return max(1.0, one.point_size / 6)

    def _whose(self) -> tuple[str]:
        return ("scale",)

    def _remove(self, one: OpenSpecimen, gone: Sequence[str]) -> None:
        """Keep the scale: it is forgotten by the button for that, not by a key on the wrong layer."""

    def _announce(self, one: OpenSpecimen) -> None:
        # Clicks, and what was refused, are not shown any longer.
        self.refresh()

    def _take(self, one: OpenSpecimen) -> None:
        layer = self.layer
        if layer is None or not len(layer.data):
            return
        line: NDArray[np.float64] = np.asarray(layer.data[-1], dtype=float)[:, -2:]
        zoom = float(self._session.viewer.scene.camera.zoom) * abs(float(layer.scale[-1]))
        if float(np.linalg.norm(line[1] - line[0])) * zoom >= CLICK:
            self._start = None
            self.drawn.emit(line)
        elif self._start is None:
            self._start = line[0]
            self.begun.emit()
        else:
            line, self._start = np.stack([self._start, line[0]]), None
            self.drawn.emit(line)
