"""Poses: a target rotated and mirrored, and the way back to the target as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.transform import AffineTransform, warp


@dataclass(frozen=True)
class Pose:
    """A rotation and reflection in which a target is shown to the model.

    Attributes
    ----------
    angle : float
        Counter-clockwise rotation in degrees, applied after the reflection.
    mirrored : bool
        Whether left and right are exchanged.
    shape : (int, int)
        Height and width of the target in pixels.
    """

    angle: float
    mirrored: bool
    shape: tuple[int, int]

    @property
    def posed_shape(self) -> tuple[int, int]:
        """Height and width of the target in this pose: of its bounding box."""
        angle = np.deg2rad(self.angle)
        height, width = self.shape
        sine, cosine = abs(np.sin(angle)), abs(np.cos(angle))
        return (
            int(np.ceil(height * cosine + width * sine - 1e-6)),
            int(np.ceil(height * sine + width * cosine - 1e-6)),
        )

    @property
    def matrix(self) -> NDArray[np.float64]:
        """Maps (row, col, 1) of the target to (row, col) of the pose, shape (2, 3)."""
        angle = np.deg2rad(self.angle)
        linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        if self.mirrored:
            linear = linear @ np.diag([1.0, -1.0])
        middle, posed = (np.array(shape) / 2 - 0.5 for shape in (self.shape, self.posed_shape))
        return np.column_stack([linear, posed - linear @ middle])

    def apply(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return an image (height, width, 3) in this pose, with edge pixels repeated outside it."""
        transform = AffineTransform(_to_skimage(self.matrix))
        posed = warp(image, transform.inverse, output_shape=self.posed_shape, order=1, mode="edge")
        return posed.astype(np.float32)

    def points_to_target(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points (n, 2), (row, col) in this pose, on the target as it is."""
        return np.asarray((points - self.matrix[:, 2]) @ self.matrix[:, :2])

    def covariance_to_target(self, covariance: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return covariances (n, 2, 2) in this pose on the target as it is."""
        linear = self.matrix[:, :2].T
        return np.asarray(linear @ covariance @ linear.T)

    def maps_to_target(
        self,
        maps: NDArray[np.float32],
        scale: NDArray[np.float64],
        translate: NDArray[np.float64],
    ) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
        """Return maps in this pose on a grid of the target as it is.

        Parameters
        ----------
        maps : ndarray of float32, shape (n, rows, cols)
            On a grid of the posed image: ``image coordinate = index * scale + translate``.
        scale, translate : ndarray of float64, shape (2,)
            Of that grid.

        Returns
        -------
        maps, scale, translate : ndarray
            Likewise, on the target.
        """
        cell = float(scale.mean())
        rows, cols = (max(1, round(side / cell)) for side in self.shape)
        target_scale = np.array(self.shape) / (rows, cols)
        target_translate = (target_scale - 1) / 2
        to_target = np.column_stack([np.diag(target_scale), target_translate])
        to_pose = self.matrix @ np.vstack([to_target, (0, 0, 1)])
        to_cells = (to_pose - np.array([[0, 0, 1]]) * translate[:, None]) / scale[:, None]
        inverse = AffineTransform(_to_skimage(to_cells))
        warped = [
            warp(single, inverse, output_shape=(rows, cols), order=1, mode="edge")
            for single in maps
        ]
        return np.stack(warped).astype(np.float32), target_scale, target_translate


def poses(rotations: int, mirror: bool, shape: tuple[int, int]) -> Iterator[Pose]:
    """Yield evenly spaced rotations of a target, the upright one first, then mirrored ones if asked.

    Parameters
    ----------
    rotations : int
        How many, over the full turn.
    mirror : bool
        Whether to add the same rotations of the mirror image.
    shape : (int, int)
        Height and width of the target in pixels.
    """
    for mirrored in (False, True) if mirror else (False,):
        for index in range(rotations):
            yield Pose(360 * index / rotations, mirrored, shape)


def _to_skimage(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a matrix for (row, col, 1) as scikit-image's 3 x 3 matrix for (col, row, 1)."""
    swapped = matrix[::-1][:, [1, 0, 2]]
    return np.vstack([swapped, (0, 0, 1)])
