"""Where the camera looks: at a whole picture, or at a landmark in the zoom that the user likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .layers import fit_view

if TYPE_CHECKING:
    import napari
    from napari.layers import Image

SHARE = 0.5
"""Of the picture's longer side, what the shorter side of the canvas shows around a landmark."""


class LandmarkCamera:
    """Goes from landmark to landmark, also on other specimens, and keeps the zoom that the user chose.

    Parameters
    ----------
    viewer : napari.Viewer
        The window.
    """

    def __init__(self, viewer: napari.Viewer) -> None:
        self._viewer = viewer
        self._share = SHARE
        self._went: tuple[float, float] | None = None

    def fit(self, image: Image) -> None:
        """Show a whole picture."""
        self._note()
        fit_view(self._viewer, image)
        self._went = None

    def go_to(self, image: Image, place: tuple[float, float]) -> None:
        """Show a place of a picture from near.

        Parameters
        ----------
        image : Image
            The picture.
        place : (float, float)
            (row, col) in the world.
        """
        self._note()
        low, high = image.extent.world[:, -2:]
        longer = max(float(np.max(high - low)), 1e-9)
        self._viewer.scene.camera.zoom = min(self._viewer.canvas.size) / (self._share * longer)
        self.centre(place)
        self._went = (float(self._viewer.scene.camera.zoom), longer)

    def centre(self, place: tuple[float, float]) -> None:
        """Bring a place, (row, col) in the world, to the middle, as near as it is."""
        self._viewer.scene.camera.center = (0.0, *place)

    def _note(self) -> None:
        """Take over the zoom if the user changed it since the camera went to a landmark."""
        zoom = float(self._viewer.scene.camera.zoom)
        if self._went is not None and not np.isclose(zoom, self._went[0], rtol=1e-6):
            self._share = min(self._viewer.canvas.size) / (zoom * self._went[1])
