"""Shapes of a series: superimposed, compared with their mean, and searched for slips.

Generalised Procrustes analysis (Gower 1975; Rohlf and Slice 1990): every specimen is moved, resized
and turned, never mirrored, onto the mean of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import median_abs_deviation
from skimage.transform import SimilarityTransform

from .errors import LandmarkError
from .landmarks import Landmarks

ROUNDS = 100
"""Most times that mean and specimens are fitted to one another."""

STILL = 1e-10
"""The mean has settled when it changes by less than this share of its size."""

OUTLYING = 4.5
"""Robust standard deviations above the usual distance at which a landmark is suspicious."""

LEAST_OUTLYING = 0.03
"""Distances below this share of the centroid size are never suspicious: hands shake."""

SWAP_GAIN = 0.25
"""Two landmarks seem swapped if exchanging them leaves so little of their squared distance."""


@dataclass(frozen=True, eq=False)
class Superimposition:
    """Specimens laid over one another.

    Attributes
    ----------
    names : tuple of str
        The landmarks.
    shapes : ndarray of float64, shape (m, n, 2)
        Every specimen on the mean, (row, col) in units of the mean's centroid size; NaN where a
        landmark is missing.
    mean : ndarray of float64, shape (n, 2)
        The mean shape, centred, of centroid size one.
    """

    names: tuple[str, ...]
    shapes: NDArray[np.float64]
    mean: NDArray[np.float64]

    @property
    def residuals(self) -> NDArray[np.float64]:
        """Distance of every landmark to the mean's, shape (m, n); NaN where missing."""
        return np.asarray(np.linalg.norm(self.shapes - self.mean, axis=2))

    @property
    def distances(self) -> NDArray[np.float64]:
        """Procrustes distance of every specimen to the mean, shape (m,).

        The root of the summed squared residuals, made up for landmarks that are missing.
        """
        squares = self.residuals**2
        return np.asarray(np.sqrt(np.nanmean(squares, axis=1) * squares.shape[1]))


@dataclass(frozen=True)
class Slip:
    """Something to look at again.

    Attributes
    ----------
    specimen : int
        Index of the specimen.
    landmarks : tuple of str
        One that lies where it does not on the others, or two that seem swapped.
    residual : float
        How far from the mean it lies (they lie), as a share of the centroid size.
    """

    specimen: int
    landmarks: tuple[str, ...]
    residual: float

    @property
    def swapped(self) -> bool:
        """Whether two landmarks seem to have taken each other's place."""
        return len(self.landmarks) == 2


def superimpose(specimens: Sequence[Landmarks]) -> Superimposition:
    """Lay specimens over one another.

    Parameters
    ----------
    specimens : sequence of Landmarks
        At least two, each with three or more landmarks present, all with the same names in any
        order.

    Returns
    -------
    Superimposition

    Raises
    ------
    LandmarkError
        If there are too few specimens or landmarks, or their names differ.
    """
    if len(specimens) < 2:
        raise LandmarkError(
            f"{len(specimens)} specimens were given; a series needs two to be compared."
        )
    names = specimens[0].names
    for index, specimen in enumerate(specimens):
        if set(specimen.names) != set(names):
            raise LandmarkError(
                f"Specimen {index + 1} has other landmarks than the first; give all the same."
            )
        if specimen.present.sum() < 3:
            raise LandmarkError(
                f"Specimen {index + 1} has {specimen.present.sum()} landmarks; a shape needs three."
            )
    points = np.array([[specimen[name] for name in names] for specimen in specimens])
    mean = _unit(points[np.argmax(np.isfinite(points[..., 0]).sum(1))])
    for _ in range(ROUNDS):
        placed = np.array([_onto(shape, mean) for shape in points])
        count = np.isfinite(placed).sum(0)
        total = np.nansum(placed, axis=0) / np.maximum(count, 1)
        newer = _unit(np.where(count > 0, total, np.nan))
        change = np.sqrt(np.nansum((newer - mean) ** 2))
        mean = newer
        if change < STILL:
            break
    return Superimposition(names, np.array([_onto(shape, mean) for shape in points]), mean)


def find_slips(series: Superimposition) -> list[Slip]:
    """Return landmarks that lie where they do not on the other specimens, the worst first.

    A landmark is judged by how far it lies from the mean in comparison with the same landmark of
    the others (median and median absolute deviation). Two whose distances all but vanish when they
    are exchanged count as swapped.
    """
    residuals = series.residuals
    usual = np.nanmedian(residuals, axis=0)
    scatter = median_abs_deviation(residuals, axis=0, nan_policy="omit", scale="normal")
    limit = np.maximum(usual + OUTLYING * scatter, LEAST_OUTLYING)
    slips = []
    for index, shape in enumerate(series.shapes):
        suspects = np.flatnonzero(np.nan_to_num(residuals[index]) > limit)
        swapped = _swapped(shape, series.mean)
        taken = {landmark for pair in swapped for landmark in pair}
        for one, other in swapped:
            worse = max(residuals[index, one], residuals[index, other])
            slips.append(Slip(index, (series.names[one], series.names[other]), float(worse)))
        slips += [
            Slip(index, (series.names[one],), float(residuals[index, one]))
            for one in suspects
            if one not in taken
        ]
    return sorted(slips, key=lambda slip: -slip.residual)


def _swapped(shape: NDArray[np.float64], mean: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return pairs of landmarks that lie on each other's mean place, each in one pair at most."""
    apart = ((shape[:, None] - mean[None]) ** 2).sum(-1)
    own = np.diagonal(apart)
    as_is = own[:, None] + own[None]
    exchanged = apart + apart.T
    # Neighbours that are closer than a hand shakes cannot be told to be swapped.
    far = as_is > 2 * LEAST_OUTLYING**2
    gain = np.where(far & np.isfinite(as_is), exchanged / np.maximum(as_is, 1e-12), np.inf)
    pairs: list[tuple[int, int]] = []
    for one, other in np.argwhere(np.triu(gain < SWAP_GAIN, 1)):
        if all(one not in pair and other not in pair for pair in pairs):
            pairs.append((int(one), int(other)))
    return pairs


def _onto(shape: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a shape (n, 2) moved, resized and turned onto the mean."""
    shared = np.isfinite(shape[:, 0]) & np.isfinite(mean[:, 0])
    onto = SimilarityTransform.from_estimate(shape[shared], mean[shared])
    if not onto:
        raise LandmarkError(
            "All landmarks of a specimen lie in one place; a shape needs some extent."
        )
    return np.where(np.isfinite(shape), onto(np.nan_to_num(shape)), np.nan)


def _unit(shape: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a shape (n, 2) centred and resized to a centroid size of one."""
    centred = shape - np.nanmean(shape, axis=0)
    return np.asarray(centred / np.sqrt(np.nansum(centred**2)))
