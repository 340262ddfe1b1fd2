"""Specimens along the principal components of their shapes: dots that open a specimen at a click."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from ..project import Project
from ..project.report.shape_plots import SHOWN_AXES, draw_components, draw_ends
from ..project.report.shapes_at_a_glance import shapes_at_a_glance
from .theme_colours import ThemeColours
from .wording import counted

REACH = 9.0
"""Pixels from a dot within which the mouse points at it."""

POINT_AT = "Point at a dot to see which specimen it is; click to open it."

LISTED = 5
"""Unusual specimens that the line above the plot names."""


class ShapeSpaceView(QWidget):
    """Draws the specimens along two principal components, and the shapes at the ends of these.

    Parameters
    ----------
    project : Project
        The project.
    look_at : callable
        Opens a specimen, given its number.
    colours : ThemeColours
        Of the window.
    """

    def __init__(
        self, project: Project, look_at: Callable[[int], None], colours: ThemeColours
    ) -> None:
        super().__init__()
        self._look_at, self._colours = look_at, colours
        self.shapes = shapes_at_a_glance(project)
        self.summary = QLabel(self._summary(sided=_sides_are_mixed(project)))
        self.summary.setWordWrap(True)
        self.figure = Figure(layout="constrained", facecolor=colours.background.name())
        self.canvas = FigureCanvasQTAgg(self.figure)
        self.pointed = QLabel(POINT_AT)
        layout = QVBoxLayout(self)
        layout.addWidget(self.summary)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(self.pointed)
        self._places = np.empty((0, 2))
        self._ring: Any = None
        shown = self.shapes.space is not None
        self.canvas.setVisible(shown)
        self.pointed.setVisible(shown)
        if shown:
            self._draw()
            self.canvas.mpl_connect("motion_notify_event", self._on_move)
            self.canvas.mpl_connect("button_press_event", self._on_press)

    def _draw(self) -> None:
        count = min(SHOWN_AXES, self.shapes.space.scores.shape[1]) if self.shapes.space else 0
        rows = [["dots", "dots", f"low {number}", f"high {number}"] for number in range(count)]
        with rc_context(self._colours.plot_style()):
            axes: dict[str, Any] = self.figure.subplot_mosaic(rows)  # type: ignore[arg-type]
            self.dots = axes["dots"]
            self._places = draw_components(self.dots, self.shapes)
            for number in range(count):
                draw_ends((axes[f"low {number}"], axes[f"high {number}"]), self.shapes, number)
        text = self._colours.text.name()
        (self._ring,) = self.dots.plot([], [], "o", ms=11, mfc="none", mec=text)
        self.canvas.draw()

    def specimen_at(self, x: float, y: float) -> int | None:
        """Return the place in the list of the specimen at a place on the canvas in its pixels."""
        if not len(self._places):
            return None
        distances = np.linalg.norm(self.dots.transData.transform(self._places) - (x, y), axis=1)
        closest = int(distances.argmin())
        reach = REACH * self.canvas.devicePixelRatioF()
        return closest if distances[closest] <= reach else None

    def _on_move(self, event: Any) -> None:
        place = self.specimen_at(event.x, event.y)
        told = POINT_AT if place is None else self._told_of(place)
        if told == self.pointed.text():
            return
        self.pointed.setText(told)
        self._ring.set_data(*(self._places[[place]].T if place is not None else ([], [])))
        self.canvas.draw_idle()

    def _on_press(self, event: Any) -> None:
        place = self.specimen_at(event.x, event.y)
        if place is not None:
            self._look_at(self.shapes.numbers[place])

    def _told_of(self, place: int) -> str:
        shapes, space = self.shapes, self.shapes.space
        value = f", {shapes.column} {shapes.classes[place] or 'none'}" if shapes.classes else ""
        distance = 0.0 if space is None else space.series.distances[place]
        return f"{shapes.specimens[place]}{value}: Procrustes distance to the mean {distance:.3f}"

    def _summary(self, *, sided: bool) -> str:
        shapes = self.shapes
        if shapes.space is None:
            return f"There are no principal components yet. {shapes.reason}"
        told = f"{counted(len(shapes.specimens), 'specimen')} with all landmarks"
        told += f"; {shapes.left_out} others lack some. " if shapes.left_out else ". "
        if shapes.decided_only:
            told += "Triangles are in review: they are laid onto the space of the dots. "
        names = [name for name, _ in shapes.unusual]
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        told += f"Unusual shapes: {', '.join(names[:LISTED])}{more}." if names else ""
        if sided:
            told += (
                " Mirrored specimens are shown as they lie: name the landmarks that change places "
                "(Landmarks, List, Mirror images), or say that none do."
            )
        return told


def _sides_are_mixed(project: Project) -> bool:
    """Return whether specimens are mirrored, and nobody said which landmarks change places."""
    return bool(project.mirrored_specimens()) and project.symmetric_pairs is None
