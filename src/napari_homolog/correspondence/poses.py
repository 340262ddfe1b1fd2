"""Poses: a target turned and mirrored, and the way back to the target as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.transform import AffineTransform, warp

from .prediction import Prediction


@dataclass(frozen=True, eq=False)
class Pose:
    """One way of laying a target before the model.

    Attributes
    ----------
    angle : float
        Counter-clockwise turn in degrees, after the mirroring.
    mirrored : bool
        Whether left and right change places.
    shape : (int, int)
        Height and width of the target in pixels.
    """

    angle: float
    mirrored: bool
    shape: tuple[int, int]

    @property
    def posed_shape(self) -> tuple[int, int]:
        """Height and width of the target in this pose: of the box around it."""
        turn = np.deg2rad(self.angle)
        height, width = self.shape
        sine, cosine = abs(np.sin(turn)), abs(np.cos(turn))
        return (
            int(np.ceil(height * cosine + width * sine - 1e-6)),
            int(np.ceil(height * sine + width * cosine - 1e-6)),
        )

    @property
    def matrix(self) -> NDArray[np.float64]:
        """Turns (row, col, 1) of the target into (row, col) of the pose, shape (2, 3)."""
        turn = np.deg2rad(self.angle)
        linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        if self.mirrored:
            linear = linear @ np.diag([1.0, -1.0])
        middle, posed = (np.array(shape) / 2 - 0.5 for shape in (self.shape, self.posed_shape))
        return np.column_stack([linear, posed - linear @ middle])

    def apply(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a picture (height, width, 3) in this pose, its edges repeated outside it."""
        onto = AffineTransform(_by_columns(self.matrix))
        posed = warp(picture, onto.inverse, output_shape=self.posed_shape, order=1, mode="edge")
        return posed.astype(np.float32)

    def undo(self, found: Prediction) -> Prediction:
        """Return what was found in this pose as found on the target as it is."""
        linear = self.matrix[:, :2].T
        return replace(
            found,
            points=self._back(found.points),
            covariance=linear @ found.covariance @ linear.T,
            angle=self.angle,
            mirrored=self.mirrored,
            rivals=None if found.rivals is None else self._back(found.rivals),
            **self._maps_back(found),
        )

    def _back(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((points - self.matrix[:, 2]) @ self.matrix[:, :2])

    def _maps_back(self, found: Prediction) -> dict[str, Any]:
        """Return maps, scale and translate on the target as it is."""
        cell = float(found.scale.mean())
        rows, cols = (max(1, round(side / cell)) for side in self.shape)
        scale = np.array(self.shape) / (rows, cols)
        translate = (scale - 1) / 2
        to_target = np.column_stack([np.diag(scale), translate])
        to_pose = self.matrix @ np.vstack([to_target, (0, 0, 1)])
        to_pose = (to_pose - np.array([[0, 0, 1]]) * found.translate[:, None]) / found.scale[
            :, None
        ]
        back = AffineTransform(_by_columns(to_pose))
        maps = [
            warp(one, back, output_shape=(rows, cols), order=1, mode="edge") for one in found.maps
        ]
        return {
            "maps": np.stack(maps).astype(np.float32),
            "scale": scale,
            "translate": translate,
        }


def poses(turns: int, mirror: bool, shape: tuple[int, int]) -> Iterator[Pose]:
    """Yield evenly turned poses of a target, the upright one first, then mirrored ones if asked."""
    for mirrored in (False, True) if mirror else (False,):
        for turn in range(turns):
            yield Pose(360 * turn / turns, mirrored, shape)


def _by_columns(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a matrix for (row, col, 1) as scikit-image's 3 x 3 one for (col, row, 1)."""
    swapped = matrix[::-1][:, [1, 0, 2]]
    return np.vstack([swapped, (0, 0, 1)])
