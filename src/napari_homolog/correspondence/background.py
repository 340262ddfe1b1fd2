"""Background: where a picture has the colour of its border, there is no specimen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.transform import resize

from .arrangement import size_of
from .reference import MarkedImage

BORDER = 0.05
"""Width of the border that is taken for background, as a share of the longer side."""

FITS = 5
"""Times that the border's colour is fitted, what differs from it counting less and less."""

RADIUS = 0.07
"""Radius of the disc that is looked at around a point, as a share of the specimen's size."""

NOISE = 0.02
"""Difference of colour, of 0 to 1, that no picture is without."""

LONGEST = 512
"""Longer side in pixels to which larger pictures are reduced first."""


def background(picture: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how much each pixel has the colour of the picture's border.

    The border's colour may change evenly across the picture, as under uneven light; a specimen that
    reaches into the border counts little.

    Parameters
    ----------
    picture : ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].

    Returns
    -------
    ndarray of float64, shape (height, width)
        From 0 to 1. On a picture without an even background this tells nothing.
    """
    height, width = picture.shape[:2]
    rows, cols = np.mgrid[:height, :width] / max(height, width)
    plane = np.stack([np.ones_like(rows), rows, cols], axis=-1)
    thick = max(1, round(BORDER * max(height, width)))
    border = np.ones((height, width), bool)
    border[thick:-thick, thick:-thick] = False
    tint, typical = _fit_colour(plane[border], picture[border].astype(float))
    smooth = gaussian_filter(picture.astype(float), (1, 1, 0))
    distance = np.linalg.norm(smooth - plane @ tint, axis=-1)
    return np.asarray(np.exp(-((distance / (4 * typical + NOISE)) ** 2) / 2))


def background_around(
    picture: NDArray[np.float32], points: NDArray[np.float64], size: float
) -> NDArray[np.float64]:
    """Return the share of background in discs around points.

    Parameters
    ----------
    picture : ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].
    points : ndarray, shape (n, 2)
        (row, col) in pixels; the nearest pixel stands for one outside the picture.
    size : float
        The specimen's, in pixels.

    Returns
    -------
    ndarray, shape (n,)
        From 0 to 1; NaN where a point is unknown.
    """
    factor = min(1.0, LONGEST / max(picture.shape[:2]))
    if factor < 1:
        shape = np.maximum(np.round(np.multiply(picture.shape[:2], factor)), 1).astype(int)
        picture = resize(picture, tuple(shape), anti_aliasing=True).astype(np.float32)
    likeness = background(picture)
    centres = np.clip((points + 0.5) * factor - 0.5, 0, np.array(likeness.shape) - 1)
    radius = max(RADIUS * size * factor, 1.0)
    rows, cols = np.mgrid[: likeness.shape[0], : likeness.shape[1]]
    shares = np.full(len(points), np.nan)
    for index, (row, col) in enumerate(centres):
        if np.isfinite(row):
            shares[index] = likeness[np.hypot(rows - row, cols - col) <= radius].mean()
    return shares


def mean_background(marked: Sequence[MarkedImage]) -> NDArray[np.float64]:
    """Return the mean share of background around each landmark of references, shape (n,)."""
    shares = [background_around(one.image, one.points, size_of(one.points)) for one in marked]
    return np.asarray(np.nanmean(shares, axis=0))


def _fit_colour(
    places: NDArray[np.float64], colours: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return the colours' even change over places (3, 3), and how far they typically are from it."""
    weights = np.ones(len(colours))
    for _ in range(FITS):
        weighted = places * weights[:, None], colours * weights[:, None]
        tint, *_ = np.linalg.lstsq(*weighted, rcond=None)
        differences = np.linalg.norm(colours - places @ tint, axis=1)
        typical = float(np.median(differences))
        weights = 1 / (1 + (differences / (2.5 * typical + 1e-6)) ** 2)
    return np.asarray(tint), typical
