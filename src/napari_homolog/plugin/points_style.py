"""Appearance of landmarks: a colour of its own for each, symbol by status, line by confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.colormaps.standardize_color import transform_color

from ..project import PlacementStatus

if TYPE_CHECKING:
    from ..project import LandmarkDefinition, Placement

OWN = "napari-homolog"
"""Key in a layer's metadata that marks the layers that the plugin made."""

SYMBOLS = {
    PlacementStatus.PREDICTED: "disc",
    PlacementStatus.MANUAL: "diamond",
    PlacementStatus.CORRECTED: "diamond",
    PlacementStatus.ACCEPTED: "square",
}
"""Symbols by status; a landmark that is missing has no point."""

PALETTE = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
"""Colours that people with any kind of colour vision tell apart (Okabe and Ito 2008)."""

BY_HAND = "#ffffff"
"""Colour of a curve that was drawn by hand."""

MARK_SIZE = 18
"""Diameter of a landmark's mark in pixels of the screen, at any zoom."""

UNSURE_BELOW = 0.5
"""The line of a predicted landmark is broken if its confidence is below."""

TEXT = {"string": "{name}", "color": "transparent"}
"""Names are written over the canvas (`canvas_marks`) with an outline, which napari's do not have."""


def colours_of(landmarks: Sequence[LandmarkDefinition]) -> dict[str, str]:
    """Return each landmark's colour: its own, or else the next one of the palette by its place."""
    return {
        one.name: one.colour or PALETTE[place % len(PALETTE)] for place, one in enumerate(landmarks)
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
    placements: Sequence[Placement], colours: Mapping[str, str], size: float
) -> dict[str, Any]:
    """Return the appearance of placements as properties of a Points layer.

    Parameters
    ----------
    placements : sequence of Placement
        Those that have a point.
    colours : mapping of str to str
        The landmarks' colours, by name.
    size : float
        Diameter in pixels of the image.
    """
    if not placements:
        return {}
    return {
        "border_color": np.concatenate(
            [transform_color(colours.get(one.landmark, BY_HAND)) for one in placements]
        ),
        "face_color": "transparent",
        "symbol": [SYMBOLS.get(one.status, "disc") for one in placements],
        "size": size,
    }


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
