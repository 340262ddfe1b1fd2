"""The background: where a picture has the colour of its border, there is no specimen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

BORDER = 0.05
"""Width of the border that is taken for background, as a share of the longer side."""

FITS = 5
"""Times that the border's colour is fitted, what differs from it counting less and less."""

RADIUS = 0.07
"""Radius of the disc that is looked at around a point, as a share of the specimen's size."""

NOISE = 0.02
"""Difference of colour, of 0 to 1, that no picture is without."""


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
        From 0 to 1. On a picture without an even background this is small everywhere.
    """
    height, width = picture.shape[:2]
    rows, cols = np.mgrid[:height, :width] / max(height, width)
    plane = np.stack([np.ones_like(rows), rows, cols], axis=-1)
    thick = max(1, round(BORDER * max(height, width)))
    border = np.ones((height, width), bool)
    border[thick:-thick, thick:-thick] = False
    colours, places = picture[border].astype(float), plane[border]
    weights = np.ones(len(colours))
    for _ in range(FITS):
        tint, *_ = np.linalg.lstsq(
            places * weights[:, None], colours * weights[:, None], rcond=None
        )
        differences = np.linalg.norm(colours - places @ tint, axis=1)
        typical = float(np.median(differences))
        weights = 1 / (1 + (differences / (2.5 * typical + 1e-6)) ** 2)
    smooth = gaussian_filter(picture.astype(float), (1, 1, 0))
    distance = np.linalg.norm(smooth - plane @ tint, axis=-1)
    return np.asarray(np.exp(-((distance / (4 * typical + NOISE)) ** 2) / 2))


def share_around(
    likeness: NDArray[np.float64], points: NDArray[np.float64], radius: float
) -> NDArray[np.float64]:
    """Return the mean likeness, (n,), within discs around points.

    Parameters
    ----------
    likeness : ndarray, shape (height, width)
        What `background` returned.
    points : ndarray, shape (n, 2)
        (row, col) in pixels; the nearest pixel stands for one outside the picture.
    radius : float
        In pixels.

    Returns
    -------
    ndarray, shape (n,)
        NaN where a point is unknown.
    """
    rows, cols = np.mgrid[: likeness.shape[0], : likeness.shape[1]]
    shares = []
    for row, col in np.clip(points, 0, np.array(likeness.shape) - 1):
        disc = (rows - row) ** 2 + (cols - col) ** 2 <= max(radius, 1.0) ** 2
        shares.append(likeness[disc].mean() if disc.any() else np.nan)
    return np.array(shares)
