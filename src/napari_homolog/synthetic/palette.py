"""The colours that captions name: hue and saturation carry the name, lightness is free."""

from __future__ import annotations

import colorsys
from typing import NamedTuple

import numpy as np

RGB = tuple[float, float, float]
"""Red, green, blue in [0, 1]."""


class Colour(NamedTuple):
    """A named colour's ranges: hue in degrees, saturation and value in [0, 1]."""

    hue: tuple[float, float]
    saturation: tuple[float, float]
    value: tuple[float, float]


COLOURS: dict[str, Colour] = {
    "red": Colour((-8, 6), (0.75, 0.95), (0.45, 0.95)),
    "orange": Colour((22, 34), (0.8, 0.95), (0.7, 1.0)),
    "yellow": Colour((50, 60), (0.7, 0.95), (0.65, 1.0)),
    "green": Colour((100, 135), (0.6, 0.9), (0.35, 0.85)),
    "turquoise": Colour((170, 186), (0.6, 0.9), (0.45, 0.95)),
    "blue": Colour((215, 235), (0.65, 0.95), (0.45, 1.0)),
    "purple": Colour((270, 288), (0.55, 0.85), (0.4, 0.85)),
    "pink": Colour((315, 335), (0.4, 0.65), (0.75, 1.0)),
    "brown": Colour((18, 30), (0.5, 0.7), (0.25, 0.5)),
    "grey": Colour((0, 360), (0.0, 0.08), (0.12, 1.0)),
}


def shade(rng: np.random.Generator, name: str) -> RGB:
    """Return one shade of a named colour."""
    colour = COLOURS[name]
    hue = rng.uniform(*colour.hue) % 360 / 360
    return colorsys.hsv_to_rgb(hue, rng.uniform(*colour.saturation), rng.uniform(*colour.value))
