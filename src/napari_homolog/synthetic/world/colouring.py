"""Colours that captions name, painted without changing how light a picture is."""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

from .painting import PartMap
from .textures import Field

LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""Weights of red, green and blue in lightness (ITU-R BT.601)."""

HUES: dict[str, tuple[float, float]] = {
    "red": (-8, 6),
    "orange": (22, 34),
    "yellow": (50, 60),
    "green": (100, 135),
    "turquoise": (170, 186),
    "blue": (215, 235),
    "purple": (268, 286),
    "pink": (310, 330),
}
"""Hues in degrees."""

COLOURS: tuple[str, ...] = (*HUES, "grey")
"""The words for colours."""


def random_colours(rng: np.random.Generator, names: tuple[str, ...]) -> dict[str, str]:
    """Return a colour for each part; in a quarter of the specimens both sides are alike."""
    colours = {name: COLOURS[int(rng.integers(len(COLOURS)))] for name in names}
    if rng.random() < 0.25:
        for name in colours:
            colours[name] = colours.get(name.replace("right ", "left "), colours[name])
    return colours


def tint(
    rng: np.random.Generator,
    picture: Field,
    parts: PartMap,
    colours: dict[str, str],
    background: str,
    tools: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Return a picture in colour, (height, width, 3), as light everywhere as it was.

    Parameters
    ----------
    rng : numpy.random.Generator
        Chooses shades.
    picture : ndarray, shape (height, width)
        Lightness in [0, 1].
    parts : PartMap
        Where the parts are.
    colours : dict
        Colour of each part.
    background : str
        Colour of everything else, lines and tools among it.
    tools : ndarray of bool, shape (height, width)
        Where something lies over the specimen.
    """
    strength = rng.uniform(0.55, 1.0)
    table = np.zeros((len(parts.names) + 1, 3), dtype=np.float32)
    table[0] = _direction(rng, background)
    for place, name in enumerate(parts.names):
        table[place + 1] = _direction(rng, colours[name])
    index = np.where(tools, 0, parts.index)
    direction = table[index]
    low = np.maximum(-table.min(1), 1e-6)[index]
    high = np.maximum(table.max(1), 1e-6)[index]
    reach = strength * np.minimum(np.minimum(picture / low, (1 - picture) / high), 1.0)
    return picture[..., None] + reach[..., None] * direction


def _direction(rng: np.random.Generator, name: str) -> NDArray[np.float32]:
    """Return a shade's way from the grey of the same lightness, shape (3,)."""
    if name == "grey":
        return np.zeros(3, dtype=np.float32)
    rgb = np.array(colorsys.hsv_to_rgb(rng.uniform(*HUES[name]) % 360 / 360, 1, 1), np.float32)
    return (rgb - rgb @ LUMA) * np.float32(rng.uniform(0.75, 1.0))
