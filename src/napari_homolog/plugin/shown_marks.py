"""What is drawn over the picture of the specimen that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtWidgets import QWidget

from ..project import PlacementStatus
from .canvas_marks import CanvasMarks, Mark
from .points_style import SYMBOLS, UNSURE_BELOW, colours_of
from .session import Session

if TYPE_CHECKING:
    import napari
    from napari.layers import Points


class ShownMarks:
    """Draws the landmarks of the specimen that is shown over napari's canvas.

    Whether all names are written is napari's own switch of the layer, *display text*.

    Parameters
    ----------
    session : Session
        What the panels share.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._canvas: QWidget = session.viewer.window._qt_viewer.canvas.native
        self.overlay = CanvasMarks(self._canvas, self.marks)

    def marks(self) -> tuple[list[Mark], bool]:
        """Return what is to be drawn, and whether all names are to be written."""
        one, viewer = self._session.current, self._session.viewer
        if one is None or not one.points.visible or viewer.dims.ndisplay != 2:
            return [], False
        layer, project = one.points, self._session.project
        # A point that was just placed has its name a moment later.
        count = min(len(one.names), len(layer.data))
        places = places_on_canvas(viewer, self._canvas, _world(layer, layer.data[:count]))
        colours = colours_of(project.landmarks)
        features = layer.features
        marks = []
        for index, name in enumerate(one.names[:count]):
            status = PlacementStatus(features["status"].iloc[index])
            confidence = float(features["confidence"].iloc[index])
            predicted = status is PlacementStatus.PREDICTED
            marks.append(
                Mark(
                    name,
                    places[index],
                    colours.get(name, "white"),
                    SYMBOLS.get(status, "disc"),
                    not (predicted and confidence < UNSURE_BELOW),
                    index in layer.selected_data,
                )
            )
        return marks, bool(layer.text.visible)


def _world(layer: Points, points: NDArray[Any]) -> NDArray[np.float64]:
    """Return points (n, 2) of a layer in the world: it is affine."""
    origin, down, right = (
        np.array(layer.data_to_world(one)[-2:]) for one in ((0, 0), (1, 0), (0, 1))
    )
    return np.asarray(points[:, -2:] @ np.stack([down - origin, right - origin]) + origin)


def places_on_canvas(
    viewer: napari.Viewer, canvas: QWidget, world: NDArray[np.float64]
) -> list[tuple[float, float]]:
    """Return where places of the world are on the canvas.

    Parameters
    ----------
    viewer : napari.Viewer
        The window; its camera says what is shown.
    canvas : QWidget
        Its canvas.
    world : ndarray, shape (n, 2)
        (row, col) in the last two dimensions of the world.

    Returns
    -------
    list of (float, float)
        (x, y) in pixels of the canvas.
    """
    camera = viewer.scene.camera
    offset = (np.reshape(world, (-1, 2)) - camera.center[-2:]) * camera.zoom
    vertical, horizontal = map(str, camera.orientation2d)
    rows = offset[:, 0] * (-1 if vertical == "up" else 1) + canvas.height() / 2
    cols = offset[:, 1] * (-1 if horizontal == "left" else 1) + canvas.width() / 2
    return list(zip(cols.tolist(), rows.tolist(), strict=True))
