"""Appearance of landmarks: text by name, border by confidence, symbol by status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.colormaps import ensure_colormap
from napari.utils.colormaps.standardize_color import transform_color

from ..project import PlacementStatus

if TYPE_CHECKING:
    from ..project import Placement

OWN = "napari-homolog"
"""Key in a layer's metadata that marks the layers that the plugin made."""

SYMBOLS = {
    PlacementStatus.PREDICTED: "disc",
    PlacementStatus.MANUAL: "diamond",
    PlacementStatus.CORRECTED: "diamond",
    PlacementStatus.ACCEPTED: "square",
}
"""Symbols by status; a landmark that is missing has no point."""

BY_HAND = "#ffffff"
"""Colour of a landmark that was placed by hand, unless it has one of its own."""


def text_style(size: float) -> dict[str, Any]:
    """Return the text style of names beside points of a size in pixels."""
    return {
        "string": "{name}",
        "color": "white",
        "anchor": "upper_left",
        "translation": [0.0, 0.6 * size],
        "size": 9,
    }


def features_of(placements: Sequence[Placement]) -> dict[str, list[Any]]:
    """Return the features of the points: name, status, confidence, spread in pixels."""
    return {
        "name": [one.landmark for one in placements],
        "status": [str(one.status) for one in placements],
        "confidence": [_number(one.confidence) for one in placements],
        "spread": [_number(one.spread) for one in placements],
    }


def look_of(
    placements: Sequence[Placement], colours: Mapping[str, str | None], size: float
) -> dict[str, Any]:
    """Return the appearance of placements as properties of a Points layer.

    The border of a predicted point goes from violet (uncertain) through green to yellow (certain); a
    point placed by hand has its landmark's own colour.

    Parameters
    ----------
    placements : sequence of Placement
        Those that have a point.
    colours : mapping of str to str or None
        The landmarks' own colours, by name.
    size : float
        Diameter in pixels.
    """
    if not placements:
        return {}
    confidence = np.array([_number(one.confidence) for one in placements])
    border = np.array(ensure_colormap("viridis").map(np.nan_to_num(confidence, nan=1.0)))
    for index, one in enumerate(placements):
        if one.status in (PlacementStatus.MANUAL, PlacementStatus.CORRECTED):
            border[index] = transform_color(colours.get(one.landmark) or BY_HAND)[0]
    return {
        "border_color": border,
        "face_color": "transparent",
        "symbol": [SYMBOLS.get(one.status, "disc") for one in placements],
        "size": size,
    }


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
