"""Generalised Procrustes analysis, and landmarks that are probably digitising errors.

Generalised Procrustes analysis (Gower 1975; Rohlf and Slice 1990): every specimen is translated, scaled
and rotated, but not reflected, onto the mean of all.
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

LEAST_LANDMARKS = 3
"""Fewer landmarks define no shape."""

MOST_ITERATIONS = 100
"""Largest number of times that the mean is fitted again."""

CONVERGED = 1e-10
"""The mean has converged when it changes by less than this fraction of its size."""

OUTLYING = 4.5
"""Robust standard deviations above the median distance beyond which a landmark is an outlier."""

LEAST_OUTLYING = 0.03
"""Distances below this fraction of the centroid size are within the precision of digitising."""

SWAP_GAIN = 0.25
"""Two landmarks appear swapped if exchanging them leaves less than this of their squared distance."""


@dataclass(frozen=True, eq=False)
class Superimposition:
    """Superimposed specimens.

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

        The square root of the sum of squared residuals, scaled up for missing landmarks.
        """
        squares = self.residuals**2
        return np.asarray(np.sqrt(np.nanmean(squares, axis=1) * squares.shape[1]))


@dataclass(frozen=True)
class DigitisingOutlier:
    """One or two landmarks of a specimen that should be checked.

    Attributes
    ----------
    specimen : int
        Index of the specimen.
    landmarks : tuple of str
        One landmark far from its position on the other specimens, or two that appear swapped.
    residual : float
        Distance to the mean (the larger one of two) as a fraction of the centroid size.
    """

    specimen: int
    landmarks: tuple[str, ...]
    residual: float

    @property
    def swapped(self) -> bool:
        """Whether two landmarks appear to be swapped."""
        return len(self.landmarks) == 2


def has_shape(landmarks: Landmarks) -> bool:
    """Return whether at least three landmarks are present, and not all in one place."""
    points = landmarks.points[landmarks.present]
    return len(points) >= LEAST_LANDMARKS and bool((np.ptp(points, axis=0) > 0).any())


def generalised_procrustes_analysis(specimens: Sequence[Landmarks]) -> Superimposition:
    """Superimpose specimens on their mean shape.

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
        If there are too few specimens or landmarks, their names differ, or all landmarks of a
        specimen are in one place.

    Examples
    --------
    The same triangle at another position, twice as large and turned by 90 degrees:

    >>> triangle = Landmarks({"a": (0, 0), "b": (0, 3), "c": (4, 0)})
    >>> turned = Landmarks({"a": (10, 10), "b": (16, 10), "c": (10, 2)})
    >>> series = generalised_procrustes_analysis([triangle, turned])
    >>> bool(series.distances.max() < 1e-9)
    True
    """
    points = _points_of(specimens)
    most_complete = np.argmax(np.isfinite(points[..., 0]).sum(1))
    mean = _to_unit_size(points[most_complete])
    for _ in range(MOST_ITERATIONS):
        fitted = np.array([_fit(shape, mean) for shape in points])
        count = np.isfinite(fitted).sum(0)
        total = np.nansum(fitted, axis=0) / np.maximum(count, 1)
        previous, mean = mean, _to_unit_size(np.where(count > 0, total, np.nan))
        if np.sqrt(np.nansum((mean - previous) ** 2)) < CONVERGED:
            break
    shapes = np.array([_fit(shape, mean) for shape in points])
    return Superimposition(specimens[0].names, shapes, mean)


def superimposed_on(specimens: Sequence[Landmarks], series: Superimposition) -> Superimposition:
    """Lay each specimen alone onto the mean of a series, which stays as it is.

    So specimens whose landmarks are not sure do not move others (Courtenay 2026, arXiv 2601.18448).

    Parameters
    ----------
    specimens : sequence of Landmarks
        Each with three or more landmarks present, with the names of the series in any order.
    series : Superimposition
        Whose mean is fitted.

    Returns
    -------
    Superimposition
        Of these specimens, with the mean of the series.

    Raises
    ------
    LandmarkError
        As for `generalised_procrustes_analysis`.
    """
    names = series.names
    if any(set(one.names) != set(names) for one in specimens):
        raise LandmarkError("A specimen has other landmarks than the series; give all the same.")
    points = [np.array([one[name] for name in names]) for one in specimens]
    if any(np.isfinite(shape[:, 0]).sum() < LEAST_LANDMARKS for shape in points):
        raise LandmarkError("A specimen has fewer than three landmarks; a shape needs three.")
    shapes = np.array([_fit(shape, series.mean) for shape in points])
    return Superimposition(names, shapes.reshape(-1, len(names), 2), series.mean)


def tangent_coordinates(series: Superimposition) -> NDArray[np.float64]:
    """Return shapes projected into the tangent space at their mean, orthogonally.

    Superimposed shapes lie on a curved surface; distances in its tangent plane are those that linear
    methods take them for (Rohlf 1999, as in geomorph's ``gpagen(Proj = TRUE)``).

    Parameters
    ----------
    series : Superimposition
        Of specimens without missing landmarks.

    Returns
    -------
    ndarray of float64, shape (m, 2 n)
        Around the mean, which is the origin plus itself: the mean shape stays as it is.

    Raises
    ------
    LandmarkError
        If a landmark is missing.
    """
    flat = series.shapes.reshape(len(series.shapes), -1)
    if np.isnan(flat).any():
        raise LandmarkError("A landmark is missing; give specimens that have all landmarks.")
    mean = series.mean.ravel()
    unit = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(unit - (unit @ mean - 1.0)[:, None] * mean)


def digitising_outliers(series: Superimposition) -> list[DigitisingOutlier]:
    """Return landmarks that are probably digitising errors, the farthest from the mean first.

    The distance of a landmark to the mean is compared with that of the same landmark on the other
    specimens, by median and median absolute deviation. Two landmarks whose distances nearly vanish
    when they are exchanged count as swapped.
    """
    residuals = series.residuals
    usual = np.nanmedian(residuals, axis=0)
    scatter = median_abs_deviation(residuals, axis=0, nan_policy="omit", scale="normal")
    limit = np.maximum(usual + OUTLYING * scatter, LEAST_OUTLYING)
    outliers = []
    for index, shape in enumerate(series.shapes):
        swapped = _swapped(shape, series.mean)
        in_swaps = {landmark for pair in swapped for landmark in pair}
        for first, second in swapped:
            residual = float(max(residuals[index, first], residuals[index, second]))
            names = (series.names[first], series.names[second])
            outliers.append(DigitisingOutlier(index, names, residual))
        outliers += [
            DigitisingOutlier(index, (series.names[landmark],), float(residuals[index, landmark]))
            for landmark in np.flatnonzero(np.nan_to_num(residuals[index]) > limit)
            if landmark not in in_swaps
        ]
    return sorted(outliers, key=lambda outlier: -outlier.residual)


def _points_of(specimens: Sequence[Landmarks]) -> NDArray[np.float64]:
    """Return the points of specimens (m, n, 2) in the order of the first one's landmarks."""
    if len(specimens) < 2:
        raise LandmarkError(
            f"{len(specimens)} specimens were given; a comparison of shapes needs two."
        )
    names = specimens[0].names
    for index, specimen in enumerate(specimens):
        if set(specimen.names) != set(names):
            raise LandmarkError(
                f"Specimen {index + 1} has other landmarks than the first; give all the same."
            )
        if specimen.present.sum() < LEAST_LANDMARKS:
            raise LandmarkError(
                f"Specimen {index + 1} has {specimen.present.sum()} landmarks; a shape needs three."
            )
        if not has_shape(specimen):
            raise LandmarkError(
                f"All landmarks of specimen {index + 1} are in one place; a shape needs some extent."
            )
    return np.array([[specimen[name] for name in names] for specimen in specimens])


def _swapped(shape: NDArray[np.float64], mean: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return pairs of landmarks at each other's mean position, each in one pair at most."""
    squares = ((shape[:, None] - mean[None]) ** 2).sum(-1)
    own = np.diagonal(squares)
    as_digitised = own[:, None] + own[None]
    exchanged = squares + squares.T
    # Neighbours within the precision of digitising cannot be recognised as swapped.
    far = as_digitised > 2 * LEAST_OUTLYING**2
    defined = far & np.isfinite(as_digitised)
    gain = np.where(defined, exchanged / np.maximum(as_digitised, 1e-12), np.inf)
    pairs: list[tuple[int, int]] = []
    for first, second in np.argwhere(np.triu(gain < SWAP_GAIN, 1)):
        if all(first not in pair and second not in pair for pair in pairs):
            pairs.append((int(first), int(second)))
    return pairs


def _fit(shape: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a shape (n, 2) translated, scaled and rotated onto the mean."""
    shared = np.isfinite(shape[:, 0]) & np.isfinite(mean[:, 0])
    transform = SimilarityTransform.from_estimate(shape[shared], mean[shared])
    if not transform:
        raise LandmarkError(
            "All landmarks of a specimen are at one position; a shape needs some extent."
        )
    return np.where(np.isfinite(shape), transform(np.nan_to_num(shape)), np.nan)


def _to_unit_size(shape: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a shape (n, 2) centred and scaled to a centroid size of one."""
    centred = shape - np.nanmean(shape, axis=0)
    return np.asarray(centred / np.sqrt(np.nansum(centred**2)))
