"""What locating yields."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...landmarks import Landmarks
from ..settings import LocateSettings

LEAST_AGREEMENT = 0.4
"""Mean `Prediction.agreement` below which a specimen was probably not found.

On five series of photographs, each specimen located from one reference, it was lower on 74 % of the
specimens whose landmarks were off by more than 15 % of the centroid size on average, and on 7 % of the
others.
"""


@dataclass(frozen=True, eq=False)
class Prediction:
    """Landmarks located on one target.

    The paper's views yield points, maps, covariance, settings and a confidence that is no
    probability: the share of a map's mass that lies near its point. The rest is None with them.

    Attributes
    ----------
    names : tuple of str
        The landmarks, in the order of the landmark set.
    points : ndarray of float64, shape (n, 2)
        (row, col) in pixels of the target, pixel centres at integers; the most likely position even
        of landmarks that are probably missing.
    maps : ndarray of float32, shape (n, rows, cols)
        The score of each position, in [0, 1], on a coarser grid that lies exactly on the image:
        ``image coordinate = index * scale + translate``. With the matcher ``attention`` it is the
        attention, averaged over views, heads, layers and restarts.
    scale, translate : ndarray of float64, shape (2,)
        Pixels per cell and the pixel of the first cell's centre, (row, col).
    covariance : ndarray of float64, shape (n, 2, 2)
        Of the answers of single restarts in single groups of views, in square pixels, (row, col).
    confidence : ndarray of float64, shape (n,)
        Probability that the part is in the image and the point within 5 % of the specimen's size of
        it. Calibrated on synthetic specimens and the embedded model; elsewhere it ranks landmarks.
    settings : LocateSettings
        How the landmarks were located.
    missing_probability : ndarray of float64, shape (n,)
        Probability that the part is not in the image; calibrated as the confidence.
    expected_error : ndarray of float64, shape (n,)
        Typical distance to the true position in pixels; calibrated likewise.
    cycle_error : ndarray of float64, shape (n,)
        Distance to the landmark's origin on the first reference to which the point's image features
        lead back, in pixels of the target; NaN where that reference lacks the landmark.
    secondary_peaks : ndarray of float64, shape (n, 2)
        Each map's highest position away from the point, (row, col) in pixels.
    secondary_peak_height : ndarray of float64, shape (n,)
        Its height as a share of the map's maximum.
    uncertainty_features : ndarray of float64, shape (n, features)
        What the calibrated numbers follow from; see `UNCERTAINTY_FEATURES`.
    angle, mirrored : float, bool
        Pose in which the target was recognised: rotated counter-clockwise by so many degrees, after
        being mirrored or not. Everything above is on the target as it is.
    coarse_points : ndarray of float64, shape (n, 2)
        What the model found, (row, col) in pixels, where `points` were refined.
    agreement : ndarray of float64, shape (n,)
        How well the surroundings of refined points agree with those on the references, at most 1;
        NaN for a landmark that no reference has.
    reference_spread : ndarray of float64, shape (n,)
        Mean distance of the references' votes to the refined point in pixels; NaN with fewer than
        two of them.
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
    secondary_peaks: NDArray[np.float64] | None = None
    secondary_peak_height: NDArray[np.float64] | None = None
    uncertainty_features: NDArray[np.float64] | None = None
    angle: float = 0.0
    mirrored: bool = False
    coarse_points: NDArray[np.float64] | None = None
    agreement: NDArray[np.float64] | None = None
    reference_spread: NDArray[np.float64] | None = None

    @property
    def landmarks(self) -> Landmarks:
        """The points with their names."""
        return Landmarks.from_arrays(self.names, self.points)

    @property
    def specimen_found(self) -> bool:
        """Whether the points are on a specimen like the references at all, as far as is known.

        Without refinement nothing speaks against it.
        """
        if self.agreement is None or np.isnan(self.agreement).all():
            return True
        return bool(np.nanmean(self.agreement) >= LEAST_AGREEMENT)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Whether each part is more probably absent from the image than in it, shape (n,)."""
        if self.missing_probability is None:
            return np.zeros(len(self.names), dtype=bool)
        return np.asarray(self.missing_probability > 0.5)

    @property
    def present_landmarks(self) -> Landmarks:
        """The points with their names, without those that are probably `missing`."""
        points = np.where(self.missing[:, None], np.nan, self.points)
        return Landmarks.from_arrays(self.names, points)

    def moved(self, offset: NDArray[np.float64]) -> Prediction:
        """Return a prediction that was made on a part of an image, on the whole image.

        Parameters
        ----------
        offset : ndarray, shape (2,)
            (row, col) of the part's first pixel on the image.
        """

        def there(points: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
            return None if points is None else points + offset

        return replace(
            self,
            points=self.points + offset,
            translate=self.translate + offset,
            secondary_peaks=there(self.secondary_peaks),
            coarse_points=there(self.coarse_points),
        )

    @property
    def spread(self) -> NDArray[np.float64]:
        """Root mean squared distance of single answers to their mean, in pixels, shape (n,)."""
        return np.asarray(np.sqrt(np.trace(self.covariance, axis1=1, axis2=2)))
