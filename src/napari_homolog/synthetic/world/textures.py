"""Fractal textures and patterns that belong to no part."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""One number for each pixel, shape (height, width)."""

BANK = 24
SIDE = 512


@cache
def _bank() -> NDArray[np.float32]:
    """Return textures (BANK, SIDE, SIDE) of spectra between fine grain and broad clouds."""
    rng = np.random.default_rng(20261126)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.rfftfreq(SIDE), indexing="ij"))
    frequency[0, 0] = 1
    textures = []
    for exponent in np.linspace(0.7, 2.4, BANK):
        white = np.fft.rfft2(rng.standard_normal((SIDE, SIDE)))
        field = np.fft.irfft2(white * frequency**-exponent, (SIDE, SIDE))
        textures.append(((field - field.mean()) / field.std()).astype(np.float32))
    return np.stack(textures)


def texture(
    rng: np.random.Generator, size: tuple[int, int], kinds: tuple[int, int] = (0, BANK)
) -> Field:
    """Return a piece of a fractal texture of mean 0 and standard deviation about 1.

    Parameters
    ----------
    rng : numpy.random.Generator
        Chooses texture, place, magnification, turn and mirror image.
    size : (int, int)
        Height and width in pixels, at most 512 each.
    kinds : (int, int)
        First and last texture to choose from: 0 is the finest grain, `BANK` the broadest cloud.
    """
    field = _bank()[int(rng.integers(*kinds))]
    stride = int(rng.integers(1, max(2, min(3, SIDE // max(size) + 1))))
    height, width = size[0] * stride, size[1] * stride
    row, col = (int(rng.integers(0, SIDE - side + 1)) for side in (height, width))
    piece = field[row : row + height : stride, col : col + width : stride]
    turn = int(rng.integers(8))
    piece = piece[:: -1 if turn & 1 else 1, :: -1 if turn & 2 else 1]
    return piece.T if turn & 4 and size[0] == size[1] else piece


def pattern(rng: np.random.Generator, rows: Field, cols: Field, size: tuple[int, int]) -> Field:
    """Return a pattern of stripes, rings, spots, marbling or mottling in [0, 1].

    Parameters
    ----------
    rng : numpy.random.Generator
        Chooses the pattern.
    rows, cols : ndarray, shape (height, width)
        Coordinates of the pixels in specimen units, so that the pattern turns with the specimen.
    size : (int, int)
        Height and width in pixels.
    """
    kind = int(rng.integers(6))
    warp = texture(rng, size, (14, BANK)) * rng.uniform(0.0, 1.2)
    frequency = np.exp(rng.uniform(np.log(4), np.log(25)))
    if kind == 0:
        angle = rng.choice([0.0, np.pi / 2, rng.uniform(0, np.pi)])
        wave = np.sin(frequency * (rows * np.cos(angle) + cols * np.sin(angle)) + warp)
    elif kind == 1:
        centre = rng.uniform(-0.6, 0.6, 2)
        wave = np.sin(frequency * np.hypot(rows - centre[0], cols - centre[1]) + warp)
    elif kind == 2:
        wave = np.sin(frequency * rows + warp) * np.sin(frequency * cols - warp)
    elif kind == 3:
        wave = 1 - 2.5 * np.abs(texture(rng, size, (10, BANK)))
    else:
        wave = texture(rng, size, (6, BANK)) + rng.uniform(-1.0, 1.0)
    sharpness = np.exp(rng.uniform(0, 2.0))
    return np.asarray(0.5 + 0.5 * np.tanh(sharpness * wave), dtype=np.float32)


def light(rng: np.random.Generator, size: tuple[int, int], strength: float) -> Field:
    """Return a field of light around 1: a slope, and sometimes a dark frame or a bright spot.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the light.
    size : (int, int)
        Rows and columns.
    strength : float
        Standard deviation of the slope.
    """
    rows = np.linspace(-1, 1, size[0], dtype=np.float32)[:, None]
    cols = np.linspace(-1, 1, size[1], dtype=np.float32)
    slope = rng.normal(0, strength, 2)
    field = 1 + slope[0] * rows + slope[1] * cols
    if rng.random() < 0.4:
        centre = rng.normal(0, 0.4, 2)
        distance = (rows - centre[0]) ** 2 + (cols - centre[1]) ** 2
        field = field * (1 - rng.uniform(-0.1, 0.35) * distance)
    return np.asarray(np.clip(field, 0.05, 2.5), dtype=np.float32)
