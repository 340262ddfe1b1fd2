"""The background prior: where an image has the colour of its border, there is no specimen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.transform import resize

BORDER = 0.05
"""Width of the border that is assumed to be background, as a share of the longer side."""

FITS = 5
"""Iterations of the robust fit of the border's colour."""

RADIUS = 0.07
"""Radius of the disc around a point, as a share of the specimen's size."""

NOISE = 0.02
"""Colour difference, of 0 to 1, that every photograph has."""

LONGEST = 512
"""Longer side in pixels to which larger images are reduced first."""


def background_likelihood(image: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how likely each pixel is background, by the colour of the image's border.

    The border's colour may change linearly across the image, as under uneven light; a specimen that
    reaches into the border has little influence.

    Parameters
    ----------
    image : ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].

    Returns
    -------
    ndarray of float64, shape (height, width)
        From 0 to 1. It carries no information on an image without an even background.
    """
    height, width = image.shape[:2]
    rows, cols = np.mgrid[:height, :width] / max(height, width)
    plane = np.stack([np.ones_like(rows), rows, cols], axis=-1)
    border_width = max(1, round(BORDER * max(height, width)))
    border = np.ones((height, width), bool)
    border[border_width:-border_width, border_width:-border_width] = False
    colour, typical = _fit_colour(plane[border], image[border].astype(float))
    smooth = gaussian_filter(image.astype(float), (1, 1, 0))
    distance = np.linalg.norm(smooth - plane @ colour, axis=-1)
    return np.asarray(np.exp(-((distance / (4 * typical + NOISE)) ** 2) / 2))


def background_around(
    image: NDArray[np.float32], points: NDArray[np.float64], size: float
) -> NDArray[np.float64]:
    """Return the share of background in discs around points.

    Parameters
    ----------
    image : ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].
    points : ndarray, shape (n, 2)
        (row, col) in pixels; points outside the image are moved to the nearest pixel.
    size : float
        The specimen's size in pixels.

    Returns
    -------
    ndarray, shape (n,)
        From 0 to 1; NaN where a point is unknown.
    """
    factor = min(1.0, LONGEST / max(image.shape[:2]))
    if factor < 1:
        shape = np.maximum(np.round(np.multiply(image.shape[:2], factor)), 1).astype(int)
        image = resize(image, tuple(shape), anti_aliasing=True).astype(np.float32)
    likelihood = background_likelihood(image)
    centres = np.clip((points + 0.5) * factor - 0.5, 0, np.array(likelihood.shape) - 1)
    radius = max(RADIUS * size * factor, 1.0)
    rows, cols = np.mgrid[: likelihood.shape[0], : likelihood.shape[1]]
    shares = np.full(len(points), np.nan)
    for index, (row, col) in enumerate(centres):
        if np.isfinite(row):
            shares[index] = likelihood[np.hypot(rows - row, cols - col) <= radius].mean()
    return shares


def _fit_colour(
    plane: NDArray[np.float64], colours: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return the colours' linear change over a plane (3, 3), and the median deviation from it."""
    weights = np.ones(len(colours))
    for _ in range(FITS):
        weighted = plane * weights[:, None], colours * weights[:, None]
        colour, *_ = np.linalg.lstsq(*weighted, rcond=None)
        differences = np.linalg.norm(colours - plane @ colour, axis=1)
        typical = float(np.median(differences))
        weights = 1 / (1 + (differences / (2.5 * typical + 1e-6)) ** 2)
    return np.asarray(colour), typical
