"""The boxes on the picture that is shown: rectangles to draw, drag and delete."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Shapes
from numpy.typing import NDArray

from ..boxes import Box
from .layers import same_vertices
from .project_shapes import ProjectShapes

if TYPE_CHECKING:
    from ..project import Specimen
    from .open_specimen import OpenSpecimen
    from .session import Session

SHOWN, OTHERS = "#ffd166", "#8ecae6"
"""Colours of the box of the specimen that is shown, and of others in the same picture."""

NO_SPECIMEN = (
    "Show a specimen first: choose its image in Landmarks, or double-click it in Transfer."
)


class BoxLayer(ProjectShapes):
    """Synchronises a Shapes layer with the boxes of the specimens in the shown picture, both ways.

    A rectangle that is drawn is the box of the specimen that is shown; a further one is that of a
    further specimen in the same picture, as on a tray.

    Parameters
    ----------
    session : Session
        What the panels share.

    Attributes
    ----------
    specimens : list of int
        Whose boxes the layer's shapes are.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.specimens: list[int] = []
        session.current_changed.connect(self._on_current)
        session.specimens_changed.connect(self.refresh)

    def draw(self) -> None:
        """Let the user draw boxes on the shown picture."""
        one = self._session.current
        if one is None:
            self._session.message.emit(NO_SPECIMEN)
            return
        layer = self._layer_for(one)
        self.refresh()
        self._draw_on(layer, "add_rectangle")
        self._session.message.emit(
            "Drag a rectangle around the whole specimen; another one is another specimen."
        )

    def refresh(self) -> None:
        """Show the boxes of all specimens in the shown picture."""
        one = self._session.current
        boxed = [] if one is None else [each for each in self._in_picture(one) if each.box]
        if one is None or (not boxed and self.layer is None):
            self._clear()
            return
        layer = self._layer_for(one)
        if self._is_being_drawn():
            return
        corners = [_corners(each.box) for each in boxed if each.box is not None]
        with self._written():
            add = partial(layer.add_rectangles, edge_width=self._thickness(one))
            self._show(layer, one, corners, add)
            self.specimens = [each.id for each in boxed]
            layer.features = {"name": [each.name for each in boxed]}
            if boxed:
                layer.edge_color = [SHOWN if each.id == one.specimen else OTHERS for each in boxed]

    def _on_current(self) -> None:
        if self._is_there(self.layer):
            self.layer.mode = "pan_zoom"
        self.refresh()

    def _in_picture(self, one: OpenSpecimen) -> list[Specimen]:
        """Return the shown specimen, and those whose image is the same file."""
        project = self._session.project
        shown = project.specimen(one.specimen)
        return [
            each
            for each in project.specimens()
            if each.id == shown.id or (shown.path is not None and each.path == shown.path)
        ]

    def _layer_for(self, one: OpenSpecimen) -> Shapes:
        """Return the layer, which is made once."""
        if not self._is_there(self.layer):
            self.layer = Shapes(
                ndim=2,
                name="specimen boxes",
                face_color="transparent",
                edge_color=SHOWN,
                edge_width=self._thickness(one),
                scale=one.image.scale[-2:],
                translate=one.image.translate[-2:],
                features={"name": np.empty(0, object)},
                text={"string": "{name}", "anchor": "upper_left", "color": SHOWN, "size": 10},
            )
            self._add(self.layer)
        return self.layer

    @staticmethod
    def _thickness(one: OpenSpecimen) -> float:
        return max(1.0, one.point_size / 8)

    def _clear(self) -> None:
        self.specimens = []
        super()._clear()

    def _whose(self) -> list[int]:
        return self.specimens

    def _announce(self, one: OpenSpecimen) -> None:
        self._session.specimens_changed.emit()

    def _remove(self, one: OpenSpecimen, gone: Sequence[int]) -> None:
        for specimen in gone:
            self._session.project.set_box(specimen, None)

    def _take(self, one: OpenSpecimen) -> None:
        if self.layer is None:
            return
        project = self._session.project
        boxes = [_box_around(np.asarray(shape)[:, -2:]) for shape in self.layer.data]
        for specimen, box in zip(self.specimens, boxes, strict=False):
            known = project.specimen(specimen).box
            if known is None or not same_vertices(_corners(known), _corners(box)):
                project.set_box(specimen, box)
        for box in boxes[len(self.specimens) :]:
            self._give(one, box)

    def _give(self, one: OpenSpecimen, box: Box) -> None:
        """Give the shown specimen its box, or make a further specimen of the picture."""
        project = self._session.project
        shown = project.specimen(one.specimen)
        if shown.box is None:
            project.set_box(shown.id, box)
            return
        if shown.path is None:
            self._session.message.emit(
                "A picture without a file holds one specimen: drag its box, or save the picture as a "
                "file and open that."
            )
            return
        box.within(shown.size)
        further = project.add_image(shown.path, plane=shown.plane)
        project.set_box(further, box)
        name = project.specimen(further).name
        self._session.message.emit(f"The further box is another specimen, {name!r}.")


def _corners(box: Box) -> NDArray[np.float64]:
    """Return the corners of a box, (row, col), in the order of napari's rectangles."""
    rows, cols = (box.top, box.bottom), (box.left, box.right)
    return np.array([(rows[i], cols[j]) for i, j in ((0, 0), (0, 1), (1, 1), (1, 0))])


def _box_around(shape: NDArray[Any]) -> Box:
    """Return the box around a shape, whatever was drawn."""
    low, high = shape.min(0), shape.max(0)
    return Box(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
