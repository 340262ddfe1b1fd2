"""Pictures with structure everywhere, and the same ones in a known other pose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.transform import ProjectiveTransform, warp

LANDMARKS = np.array(
    [[60.0, 60.0], [70.5, 150.2], [95.0, 230.0], [150.3, 90.0], [165.0, 200.7], [230.0, 120.0]]
)
"""(row, col) on `textured` pictures."""


def textured(seed: int, side: int = 300) -> NDArray[np.float32]:
    """Return a colour picture of blots of several sizes."""
    rng = np.random.default_rng(seed)
    blots = [
        gaussian_filter(rng.normal(size=(side, side, 3)), (size, size, 0)) * size
        for size in (3, 8, 20)
    ]
    picture = np.sum(blots, axis=0)
    low, high = picture.min(), picture.max()
    return ((picture - low) / (high - low)).astype(np.float32)


def posed(
    picture: NDArray[np.float32], points: NDArray[np.float64], pose: ProjectiveTransform
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return a picture and its points after a transformation of (x, y)."""
    moved = warp(picture, pose.inverse, order=3, mode="reflect").clip(0, 1)
    return moved.astype(np.float32), pose(points[:, ::-1])[:, ::-1]
