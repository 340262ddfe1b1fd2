"""Attention maps as Image layers that lie exactly on their image."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image
from napari.utils.colormaps import Colormap, ensure_colormap

from .points_style import OWN

if TYPE_CHECKING:
    import napari
    from numpy.typing import NDArray

    from ..correspondence import Prediction, Preview, WordMaps


MOST_OPAQUE = 0.75
"""Opacity of the strongest attention: the structure below stays visible."""


def show_prediction_maps(
    viewer: napari.Viewer, image: Image, found: Prediction, each: bool, chosen: str | None = None
) -> None:
    """Show attention maps of a target; those of an earlier call for the same image are removed.

    Parameters
    ----------
    viewer : napari.Viewer
        Receives the layers.
    image : Image
        The target.
    found : Prediction
        The prediction on it.
    each : bool
        Add one map for each landmark instead of the maximum of all.
    chosen : str, optional
        Show this landmark's map alone.
    """
    remove_maps_of(viewer, image)
    if chosen is not None:
        maps = {f"{image.name} attention: {chosen}": found.maps[found.names.index(chosen)]}
    elif each:
        maps = {
            f"{image.name} attention: {name}": one
            for name, one in zip(found.names, found.maps, strict=True)
        }
    else:
        maps = {f"{image.name} attention": found.maps.max(0)}
    for index, (title, one) in enumerate(maps.items()):
        look = {"visible": index == 0 and image.visible}
        _add(viewer, image, title, one, found, _purpose_of(image), look)


def show_landmark_map(
    viewer: napari.Viewer, image: Image, found: Prediction, landmark: str
) -> None:
    """Show the attention of one landmark in one layer, which follows the landmark that is selected.

    Parameters
    ----------
    viewer : napari.Viewer
        Receives the layer.
    image : Image
        The target.
    found : Prediction
        The prediction on it.
    landmark : str
        Whose attention.
    """
    known = _own(viewer, _purpose_of(image))
    if len(known) != 1:
        show_prediction_maps(viewer, image, found, each=False, chosen=landmark)
        return
    # napari leaks memory for every layer that is removed.
    (layer,) = known
    attention = found.maps[found.names.index(landmark)]
    layer.data, layer.name = attention, f"{image.name} attention: {landmark}"
    layer.contrast_limits = (0.0, max(float(attention.max()), 1e-6))
    own: Any = np.array(image.scale[-2:], dtype=float)
    layer.scale = own * found.scale
    layer.translate = np.array(image.translate[-2:]) + own * found.translate
    layer.visible = True


def hide_maps_of(viewer: napari.Viewer, image: Image) -> None:
    """Hide the maps of a target."""
    for layer in _own(viewer, _purpose_of(image)):
        layer.visible = False


def show_words(viewer: napari.Viewer, image: Image, found: WordMaps) -> None:
    """Show one map for each token on the image; the first is visible, and no other image covers it.

    Parameters
    ----------
    viewer : napari.Viewer
        Receives the layers.
    image : Image
        The image to which the text was read.
    found : WordMaps
        The maps.
    """
    remove_maps(viewer, "words")
    image.visible = True
    for other in viewer.layers[viewer.layers.index(image) + 1 :]:
        if isinstance(other, Image):
            # It would cover the image and its maps.
            other.visible = False
    for index, (token, one) in enumerate(zip(found.tokens, found.maps, strict=True)):
        title = f"{index + 1} {token}"
        look = {"visible": index == 0}
        _add(viewer, image, title, one, found, "words", look)


def show_preview(viewer: napari.Viewer, image: Image, preview: Preview) -> None:
    """Show the attention while landmarks are learned, in one layer that is updated.

    Parameters
    ----------
    viewer : napari.Viewer
        Receives the layer.
    image : Image
        The first reference.
    preview : Preview
        The attention so far.
    """
    peak = preview.maps.max((1, 2), keepdims=True)
    together = (preview.maps / np.maximum(peak, 1e-9)).max(0)
    known = _own(viewer, "learning")
    if known:
        known[0].data = together
        return
    look = {"opacity": 0.6}
    _add(viewer, image, "attention so far", together, preview, "learning", look)


def remove_maps_of(viewer: napari.Viewer, image: Image) -> None:
    """Remove the maps of a target, whatever it is called by now."""
    remove_maps(viewer, _purpose_of(image))


def _purpose_of(image: Image) -> str:
    return str(image.unique_id)


def remove_maps(viewer: napari.Viewer, purpose: str) -> None:
    """Remove the maps made for ``"words"``, for ``"learning"`` or of a target."""
    for layer in _own(viewer, purpose):
        viewer.layers.remove(layer)


@cache
def _see_through() -> Colormap:
    """Return a colour map that shows the picture where there is no attention, light or dark."""
    colours = np.array(ensure_colormap("inferno").map(np.linspace(0.25, 0.95, 64)))
    colours[:, 3] = np.linspace(0, 1, 64) ** 0.5 * MOST_OPAQUE
    return Colormap(colours, name="attention")


def _own(viewer: napari.Viewer, purpose: str) -> list[Image]:
    return [
        layer
        for layer in viewer.layers
        if isinstance(layer, Image) and layer.metadata.get(OWN, {}).get("maps") == purpose
    ]


def _add(
    viewer: napari.Viewer,
    image: Image,
    title: str,
    attention: NDArray[np.float32],
    grid: Prediction | WordMaps | Preview,
    purpose: str,
    look: dict[str, Any],
) -> None:
    """Add a map above its image and below everything else, so that points stay on top."""
    own: Any = np.array(image.scale[-2:], dtype=float)
    layer = Image(
        attention,
        name=title,
        colormap=_see_through(),
        blending="translucent",
        contrast_limits=(0.0, max(float(attention.max()), 1e-6)),
        scale=own * grid.scale,
        translate=np.array(image.translate[-2:]) + own * grid.translate,
        **look,
    )
    layer.metadata[OWN] = {"maps": purpose}
    active = viewer.layers.selection.active
    viewer.layers.insert(viewer.layers.index(image) + 1, layer)
    viewer.layers.selection.active = active
