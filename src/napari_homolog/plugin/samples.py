"""Sample data: synthetic series with landmarks on the first specimen."""

from __future__ import annotations

from typing import Any

from ..synthetic import generate

COUNT = 6
"""Specimens in a series, including the reference."""

SIZE = (384, 480)
"""Height and width of the images in pixels."""

POINT_SIZE = 10.0

LayerData = tuple[Any, dict[str, Any], str]


def butterflies() -> list[LayerData]:
    """Return six synthetic butterflies and the landmarks of the first, as layers."""
    return _series("butterfly")


def beetles() -> list[LayerData]:
    """Return six synthetic beetles and the landmarks of the first, as layers."""
    return _series("beetle")


def _series(kind: str) -> list[LayerData]:
    specimens = [generate(kind, 500 + number, SIZE) for number in range(COUNT)]
    layers: list[LayerData] = [
        (one.image, {"name": f"{kind} {number + 1}", "rgb": True, "visible": number == 0}, "image")
        for number, one in enumerate(specimens)
    ]
    marks = specimens[0].landmarks
    look = {
        "name": f"{kind} 1 marks",
        "features": {"name": list(marks.names)},
        "size": POINT_SIZE,
        "face_color": "transparent",
        "border_color": "white",
        "border_width": 0.25,
    }
    return [*layers, (marks.points, look, "points")]
