"""What locating yields."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..landmarks import Landmarks
from .settings import LocateSettings


@dataclass(frozen=True, eq=False)
class Prediction:
    """Landmarks found on one target.

    The paper's views give points, maps, covariance, settings and a confidence that is no
    probability: the share of a map's mass that lies near its point. The rest is None with them.

    Attributes
    ----------
    names : tuple of str
        The landmarks, in the order of the landmark set.
    points : ndarray of float64, shape (n, 2)
        (row, col) in pixels of the target, pixel centres at integers; the likeliest place also for
        landmarks that are probably missing.
    maps : ndarray of float32, shape (n, rows, cols)
        What speaks for each place, in [0, 1], on a coarser grid that lies exactly on the image:
        ``image coordinate = index * scale + translate``. With the matcher ``attention`` it is the
        attention, averaged over views, heads, layers and rounds.
    scale, translate : ndarray of float64, shape (2,)
        Pixels per cell and the pixel of the first cell's centre, (row, col).
    covariance : ndarray of float64, shape (n, 2, 2)
        Of the answers of single rounds in single groups of views, in square pixels, (row, col).
    confidence : ndarray of float64, shape (n,)
        Probability that the part is there and the point within 5 % of the specimen's size of it.
        Calibrated on drawings and the embedded model (`calibration`); elsewhere it ranks.
    settings : LocateSettings
        How the landmarks were looked for.
    missing_probability : ndarray of float64, shape (n,)
        Probability that the part is not in the picture; calibrated as the confidence.
    expected_error : ndarray of float64, shape (n,)
        Typical distance to the truth of a landmark with such signs, in pixels; calibrated likewise.
    cycle_error : ndarray of float64, shape (n,)
        How far from its origin on the first reference the point's image features lead back, in
        pixels of the target; NaN where that reference lacks the landmark.
    rivals : ndarray of float64, shape (n, 2)
        Each map's highest place away from the point, (row, col) in pixels.
    rival_height : ndarray of float64, shape (n,)
        Height there as a share of the map's maximum.
    angle : float
    mirrored : bool
        Pose in which the target was recognised: turned counter-clockwise by so many degrees, after
        being mirrored or not. Everything above is on the target as it is.
    signs : ndarray of float64, shape (n, signs)
        What the calibrated numbers follow from (`signs.SIGNS`).
    """

    names: tuple[str, ...]
    points: NDArray[np.float64]
    maps: NDArray[np.float32]
    scale: NDArray[np.float64]
    translate: NDArray[np.float64]
    covariance: NDArray[np.float64]
    confidence: NDArray[np.float64]
    settings: LocateSettings
    missing_probability: NDArray[np.float64] | None = None
    expected_error: NDArray[np.float64] | None = None
    cycle_error: NDArray[np.float64] | None = None
    rivals: NDArray[np.float64] | None = None
    rival_height: NDArray[np.float64] | None = None
    signs: NDArray[np.float64] | None = None
    angle: float = 0.0
    mirrored: bool = False

    @property
    def landmarks(self) -> Landmarks:
        """The points with their names."""
        return Landmarks.from_arrays(self.names, self.points)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Whether each part is more probably absent from the picture than there, shape (n,)."""
        if self.missing_probability is None:
            return np.zeros(len(self.names), dtype=bool)
        return np.asarray(self.missing_probability > 0.5)

    @property
    def present_landmarks(self) -> Landmarks:
        """The points with their names, those that are probably `missing` left out."""
        points = np.where(self.missing[:, None], np.nan, self.points)
        return Landmarks.from_arrays(self.names, points)

    @property
    def spread(self) -> NDArray[np.float64]:
        """Root mean squared distance of single answers to their mean, in pixels, shape (n,)."""
        return np.asarray(np.sqrt(np.trace(self.covariance, axis1=1, axis2=2)))
