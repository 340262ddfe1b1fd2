"""Crops around one landmark, turned and scaled so that the specimens look alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from skimage.transform import downscale_local_mean

from ..landmarks import points_outside
from .landmark_pose import pose_between

SIDE = 132
"""Of a crop in pixels of the screen."""

OUTSIDE = 0.25
"""Grey of what lies outside the image."""


@dataclass(frozen=True, eq=False)
class CropPlace:
    """Where a crop lies on an image.

    Attributes
    ----------
    centre : ndarray, shape (2,)
        (row, col) of its middle, in pixels of the image.
    step : ndarray, shape (2, 2)
        What one pixel of the crop, as a column (row, col), is on the image.
    """

    centre: NDArray[np.float64]
    step: NDArray[np.float64]

    def to_image(self, place: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places in pixels of the crop, (row, col) in the last axis, in pixels of the image."""
        return np.asarray((place - (SIDE - 1) / 2) @ self.step.T + self.centre)

    def to_crop(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points in pixels of the image, (row, col) in the last axis, in pixels of the crop."""
        inverse = np.linalg.inv(self.step)
        return np.asarray((point - self.centre) @ inverse.T + (SIDE - 1) / 2)

    def same(self, other: CropPlace) -> bool:
        """Return whether another place shows the same."""
        pairs = ((self.centre, other.centre), (self.step, other.step))
        return all(np.allclose(one, two, rtol=1e-9, atol=1e-6) for one, two in pairs)

    def cut(self, image: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return the crop of an image.

        Parameters
        ----------
        image : ndarray, shape (height, width, 3)
            RGB in [0, 1].

        Returns
        -------
        ndarray of uint8, shape (132, 132, 3)
            Grey where the image ends.
        """
        rows, cols = np.mgrid[:SIDE, :SIDE]
        places = self.to_image(np.stack([rows, cols], -1).reshape(-1, 2).astype(float))
        # Fine structure is averaged before it is drawn smaller, and only of what is seen.
        coarse = max(int(np.sqrt(abs(np.linalg.det(self.step)))), 1)
        low = np.clip(np.floor(places.min(0)).astype(int) - coarse, 0, image.shape[:2])
        high = np.clip(np.ceil(places.max(0)).astype(int) + coarse + 1, 0, image.shape[:2])
        if (high <= low).any():
            return np.full((SIDE, SIDE, 3), round(255 * OUTSIDE), np.uint8)
        seen = image[low[0] : high[0], low[1] : high[1]]
        small = downscale_local_mean(seen, (coarse, coarse, 1)) if coarse > 1 else seen
        where = ((places - low + 0.5) / coarse - 0.5).T
        drawn = [
            map_coordinates(small[..., channel], where, order=1, mode="nearest")
            for channel in range(3)
        ]
        beyond = points_outside(places, image.shape[:2])
        pixels = np.where(beyond[:, None], OUTSIDE, np.stack(drawn, -1))
        return np.asarray((np.clip(pixels, 0, 1) * 255).round().astype(np.uint8)).reshape(
            SIDE, SIDE, 3
        )


def crop_place(
    reference: NDArray[np.float64], points: NDArray[np.float64], landmark: int, reach: float
) -> CropPlace:
    """Return where the crop around a landmark of a specimen lies.

    The pose of the specimen is that of its other landmarks, so that a misplaced landmark is seen in
    the pose of the others.

    Parameters
    ----------
    reference : ndarray, shape (n, 2)
        The landmarks of the reference, (row, col) in pixels of its image; NaN for missing ones.
    points : ndarray, shape (n, 2)
        Those of the specimen, in pixels of its image; the landmark itself is there.
    landmark : int
        Which one.
    reach : float
        From the middle of the crop to its edge, in pixels of the reference.
    """
    return CropPlace(
        points[landmark], pose_between(reference, points, landmark) * (2 * reach / SIDE)
    )


def usual_reach(reference: NDArray[np.float64]) -> float:
    """Return a reach that shows a landmark's neighbourhood: 0.45 of the landmarks' mean radius.

    Parameters
    ----------
    reference : ndarray, shape (n, 2)
        The landmarks of the reference in pixels; NaN for missing ones.
    """
    there = reference[np.isfinite(reference).all(1)]
    if len(there) < 2:
        return 40.0
    return 0.45 * float(np.sqrt(((there - there.mean(0)) ** 2).sum(1).mean()))
