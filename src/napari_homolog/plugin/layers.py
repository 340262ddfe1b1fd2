"""Between layers and the method's own objects; no algorithm and no widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError, LandmarkError
from ..landmarks import Landmarks

if TYPE_CHECKING:
    import napari
    from napari.layers import Image, Layer, Points

    from ..correspondence import Prediction

NAME = "name"
"""The feature of a Points layer that holds the landmarks' names."""


@dataclass(frozen=True, eq=False)
class Placement:
    """Where an image layer lies in the world, kept so that the layer itself may disappear.

    Attributes
    ----------
    scale, translate : ndarray, shape (2,)
        The layer's own, (row, col).
    """

    scale: NDArray[np.float64]
    translate: NDArray[np.float64]

    @classmethod
    def of(cls, layer: Image) -> Placement:
        """Return a layer's placement."""
        return cls(np.array(layer.scale, dtype=float), np.array(layer.translate, dtype=float))


def picture_of(layer: Image) -> NDArray[Any]:
    """Return the one picture that an image layer holds.

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


def landmarks_of(points: Points, image: Image) -> Landmarks:
    """Return a Points layer as landmarks in pixels of an image layer.

    Names come from the feature ``name`` where there is one and no name is empty; otherwise the
    points are called 1 to n.

    Raises
    ------
    LandmarkError
        If there is no point or two have the same name.
    """
    if not len(points.data):
        raise LandmarkError(
            f"The layer {points.name!r} has no points; place landmarks on the reference first."
        )
    positions = [image.world_to_data(points.data_to_world(point))[-2:] for point in points.data]
    return Landmarks.from_arrays(_names(points), positions)


def _names(points: Points) -> list[str]:
    count = len(points.data)
    if NAME in points.features:
        names = ["" if value is None else str(value).strip() for value in points.features[NAME]]
        if all(name and name.lower() != "nan" for name in names):
            return names
    return [str(number) for number in range(1, count + 1)]


def show_prediction(
    viewer: napari.Viewer, name: str, placement: Placement, found: Prediction, with_maps: bool
) -> None:
    """Write found landmarks as a Points layer and attention maps as Image layers.

    Layers that an earlier transfer to the same image made are replaced.

    Parameters
    ----------
    viewer : napari.Viewer
        Gets the layers.
    name : str
        The target image layer's.
    placement : Placement
        Where the target lies.
    found : Prediction
        What was found.
    with_maps : bool
        Whether to add one attention map for each landmark beside the maximum of all.
    """
    maps = {f"{name} attention": found.maps.max(0)}
    if with_maps:
        for landmark, one in zip(found.names, found.maps, strict=True):
            maps[f"{name} attention: {landmark}"] = one
    for title, attention in maps.items():
        _replace(viewer, title)
        layer = viewer.add_image(
            attention,
            name=title,
            colormap="inferno",
            blending="additive",
            contrast_limits=(0.0, max(float(attention.max()), 1e-6)),
            scale=placement.scale * found.scale,
            translate=placement.translate + placement.scale * found.translate,
            visible=title == f"{name} attention",
        )
        layer.metadata["napari-homolog"] = {"target": name}
    _add_points(viewer, f"{name} landmarks", name, placement, found)


def _add_points(
    viewer: napari.Viewer, title: str, target: str, placement: Placement, found: Prediction
) -> None:
    _replace(viewer, title)
    points = viewer.add_points(
        found.points,
        name=title,
        scale=placement.scale,
        translate=placement.translate,
        features={
            NAME: list(found.names),
            "confidence": found.confidence,
            "spread": found.spread,
            "status": ["predicted"] * len(found.names),
        },
        text={"string": "{name}", "color": "white", "anchor": "upper_left", "size": 9},
        face_color="transparent",
        border_color="confidence",
        border_colormap="viridis",
        border_contrast_limits=(0.0, 1.0),
        border_width=0.25,
        size=_point_size(found),
    )
    points.metadata["napari-homolog"] = {"target": target}


def _point_size(found: Prediction) -> float:
    """Return a size that shows on any image: a fortieth of its longer side."""
    shape = np.array(found.maps.shape[1:]) * found.scale
    return float(max(3.0, shape.max() / 40))


def _replace(viewer: napari.Viewer, title: str) -> None:
    """Remove the layer of that name if an earlier transfer made it."""
    layer: Layer
    for layer in list(viewer.layers):
        if layer.name == title and "napari-homolog" in layer.metadata:
            viewer.layers.remove(layer)
