"""Conversions between napari layers and the package's own objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError, LandmarkError
from ..landmarks import Landmarks

if TYPE_CHECKING:
    import napari
    from napari.layers import Image, Points

FILLED = 0.95
"""Share of the canvas that a fitted image fills, as napari's own."""

NAME = "name"
"""The feature of a Points layer that holds the landmarks' names."""


def picture_of(layer: Image) -> NDArray[Any]:
    """Return the single picture of an image layer.

    Raises
    ------
    ImageError
        If the layer is a stack.
    """
    data = layer.data[0] if layer.multiscale else layer.data
    if layer.ndim != 2:
        raise ImageError(
            f"The layer {layer.name!r} is a stack of shape {tuple(layer.data.shape)}; choose a "
            "layer with one picture (Layers menu: 'Split Stack')."
        )
    return np.asarray(data)


def shown_pixels_of(layer: Image) -> NDArray[Any]:
    """Return the single picture of an image layer as the user sees it, within its contrast limits.

    Colours are shown as they are. The greys are in [0, 1].

    Raises
    ------
    ImageError
        If the layer is a stack.
    """
    picture = picture_of(layer)
    if layer.rgb:
        return picture
    low, high = map(float, layer.contrast_limits)
    return np.clip((picture.astype(np.float32) - low) / max(high - low, 1e-12), 0, 1)


def fit_view(viewer: napari.Viewer, image: Image) -> None:
    """Fit the view to an image layer, whatever dimensions other layers have."""
    low, high = image.extent.world[:, -2:]
    size = high - low + np.abs(image.scale[-2:])
    viewer.scene.camera.center = (0.0, *map(float, (low + high) / 2))
    viewer.scene.camera.zoom = FILLED * float(np.min(np.array(viewer.canvas.size) / size))


def same_vertices(some: NDArray[Any], others: NDArray[Any]) -> bool:
    """Return whether two shapes are the same; napari stores vertices in single precision."""
    return some.shape == others.shape and bool(np.allclose(some, others, rtol=1e-6, atol=1e-3))


def landmarks_of(points: Points, image: Image) -> Landmarks:
    """Return a Points layer as landmarks in pixels of an image layer.

    Names come from the feature ``name`` where there is one and no name is empty; otherwise the
    points are named 1 to n.

    Raises
    ------
    LandmarkError
        If there are no points, or two have the same name.
    """
    if not len(points.data):
        raise LandmarkError(
            f"The layer {points.name!r} has no points; place landmarks on the reference first."
        )
    positions = [image.world_to_data(points.data_to_world(point))[-2:] for point in points.data]
    return Landmarks.from_arrays(names_of(points.features, len(points.data)), positions)


def names_of(features: Any, count: int) -> list[str]:
    """Return the names in a layer's features, or numbers from 1 if any name is missing."""
    if features is not None and NAME in features:
        names = ["" if value is None else str(value).strip() for value in features[NAME]]
        if all(name and name.lower() != "nan" for name in names):
            return names
    return [str(number) for number in range(1, count + 1)]
