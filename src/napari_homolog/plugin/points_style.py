"""How landmarks look: text by name, border by confidence, symbol by status."""

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
"""Key in a layer's metadata by which the plugin knows the layers that it made."""

SYMBOLS = {
    PlacementStatus.PREDICTED: "disc",
    PlacementStatus.MANUAL: "diamond",
    PlacementStatus.CORRECTED: "diamond",
    PlacementStatus.ACCEPTED: "square",
}
"""Symbols by status; a landmark that is marked as missing has no point."""

BY_HAND = "#ffffff"
"""Colour of a landmark that a hand placed, unless it has one of its own."""


def text_style(size: float) -> dict[str, Any]:
    """Return how names are written beside points of a size in pixels."""
    return {
        "string": "{name}",
        "color": "white",
        "anchor": "upper_left",
        "translation": [0.0, 0.6 * size],
        "size": 9,
    }


def features_of(placements: Sequence[Placement]) -> dict[str, list[Any]]:
    """Return the table that goes with the points: name, status, confidence, spread in pixels."""
    return {
        "name": [one.landmark for one in placements],
        "status": [str(one.status) for one in placements],
        "confidence": [_number(one.confidence) for one in placements],
        "spread": [_number(one.spread) for one in placements],
    }


def look_of(
    placements: Sequence[Placement], colours: Mapping[str, str | None], size: float
) -> dict[str, Any]:
    """Return what a Points layer of such points looks like, by the layer's own properties.

    The border of a found point goes from violet (not to be trusted) over green to yellow (sure); a
    point placed by hand has its landmark's own colour.
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
