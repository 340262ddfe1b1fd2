"""Estimating landmarks that are missing on some specimens from those that are complete.

Two methods after Gunz et al. (2009, Journal of Human Evolution 57: 48-62), as in the function
``estimate.missing`` of the R package geomorph: a thin-plate spline, and regression.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .errors import LandmarkError
from .landmarks import Landmarks
from .procrustes import LEAST_LANDMARKS
from .thin_plate import thin_plate_spline

CLOSEST = 10
"""Complete specimens of the most similar shape that the thin-plate spline starts from."""

LEAST_FOR_REGRESSION = 3
"""With fewer complete specimens a regression has no residuals."""

LEAST_WIDTH = 1e-6
"""Landmarks are on a line if they extend across it by less than this fraction of its length."""

_Complex = NDArray[np.complex128]


class EstimationMethod(StrEnum):
    """How missing landmarks are estimated."""

    SPLINE = "spline"
    """The mean of the complete specimens of the most similar shape, bent by a thin-plate spline."""

    REGRESSION = "regression"
    """Regression of the missing landmarks on the others, along their first axis of covariation."""


def estimate_missing(
    specimens: Sequence[Landmarks],
    method: EstimationMethod = EstimationMethod.SPLINE,
    *,
    closest: int | None = CLOSEST,
) -> list[Landmarks]:
    """Estimate the missing landmarks of specimens from the specimens on which none is missing.

    Parameters
    ----------
    specimens : sequence of Landmarks
        All with the same names in the same order.
    method : EstimationMethod
        By thin-plate spline or by regression.
    closest : int or None
        For the spline: from how many complete specimens, each weighted by the inverse of its
        Procrustes distance in the landmarks that are present. None takes all with equal weights.

    Returns
    -------
    list of Landmarks
        Present landmarks are as they were. Specimens with fewer than three landmarks, or with all of
        them on a line, are returned unchanged: nothing can be estimated from so few.

    Raises
    ------
    LandmarkError
        If names differ, `closest` is not positive, or too few specimens are complete: one is needed
        for the spline, three for the regression.

    Examples
    --------
    >>> square = Landmarks({"a": (0, 0), "b": (0, 2), "c": (2, 2), "d": (2, 0)})
    >>> larger = Landmarks({"a": (10, 10), "b": (10, 14), "c": (14, 14), "d": None})
    >>> estimate_missing([square, larger])[1]["d"].round(6).tolist()
    [14.0, 10.0]
    """
    if closest is not None and closest < 1:
        raise LandmarkError(f"closest is {closest}; give 1 or more, or None for all.")
    for index, specimen in enumerate(specimens):
        if specimen.names != specimens[0].names:
            raise LandmarkError(
                f"Specimen {index + 1} has other landmarks than the first, or in another order; give "
                "all the same."
            )
    incomplete = [specimen for specimen in specimens if not specimen.present.all()]
    if not any(map(can_be_estimated, incomplete)):
        return list(specimens)
    complete = _complete(specimens, method)
    estimates = []
    for specimen in specimens:
        if specimen.present.all() or not can_be_estimated(specimen):
            estimates.append(specimen)
            continue
        target = _to_complex(specimen.points)
        if method is EstimationMethod.SPLINE:
            found = _by_spline(complete, target, specimen.present, closest)
        else:
            found = _by_regression(complete, target, specimen.present)
        points = specimen.points.copy()
        points[~specimen.present] = np.c_[found.real, found.imag]
        estimates.append(Landmarks.from_arrays(specimen.names, points))
    return estimates


def can_be_estimated(specimen: Landmarks) -> bool:
    """Return whether three landmarks are present that are not on a line."""
    points = specimen.points[specimen.present]
    if len(points) < LEAST_LANDMARKS:
        return False
    length, width = np.linalg.svd(points - points.mean(0), compute_uv=False)
    return bool(width > LEAST_WIDTH * length)


def _complete(specimens: Sequence[Landmarks], method: EstimationMethod) -> _Complex:
    """Return the complete specimens as complex numbers, shape (m, n)."""
    complete = [one.points for one in specimens if one.present.all() and can_be_estimated(one)]
    needed = 1 if method is EstimationMethod.SPLINE else LEAST_FOR_REGRESSION
    if len(complete) < needed:
        raise LandmarkError(
            f"{len(complete)} specimens have all their landmarks, and estimating missing ones by "
            f"{method.value} needs {needed}; place more landmarks, or write them as missing."
        )
    return _to_complex(np.array(complete))


def _to_complex(points: NDArray[np.float64]) -> _Complex:
    return np.asarray(points[..., 0] + 1j * points[..., 1])


def _fitted(shapes: _Complex, onto: _Complex, shared: NDArray[np.bool_]) -> _Complex:
    """Return shapes (m, n) translated, scaled and rotated so that shared landmarks fit best."""
    origin = shapes[:, shared].mean(1, keepdims=True)
    centred, aim = shapes[:, shared] - origin, onto[shared] - onto[shared].mean()
    turn = (centred.conj() @ aim) / np.maximum((abs(centred) ** 2).sum(1), np.finfo(float).tiny)
    return np.asarray((shapes - origin) * turn[:, None] + onto[shared].mean())


def _by_spline(
    complete: _Complex, target: _Complex, present: NDArray[np.bool_], closest: int | None
) -> _Complex:
    """Return the missing landmarks of the target by bending the most similar specimens onto it."""
    fitted = _fitted(complete, target, present)
    weights = np.ones(len(fitted))
    if closest is not None:
        distances = np.sqrt((abs(fitted - target)[:, present] ** 2).sum(1))
        chosen = np.argsort(distances, kind="stable")[:closest]
        size = np.sqrt((abs(target[present] - target[present].mean()) ** 2).sum())
        fitted, weights = fitted[chosen], 1 / (distances[chosen] + 1e-9 * size)
    source = np.average(fitted, axis=0, weights=weights)
    places = np.c_[source.real, source.imag]
    aims = np.c_[target.real, target.imag][present]
    if np.linalg.matrix_rank(places[present] - places[present].mean(0)) < 2:
        return np.asarray(source[~present])
    return _to_complex(thin_plate_spline(places[present], aims)(places[~present]))


def _by_regression(complete: _Complex, target: _Complex, present: NDArray[np.bool_]) -> _Complex:
    """Return the missing landmarks of the target by regression on those present.

    As in geomorph along the first axis of partial least squares, because there are often more
    coordinates than specimens; unlike there, scores are measured from the mean. All specimens are
    superimposed by the landmarks that the target has.
    """
    fitted = _fitted(complete, target, present)
    # Twice: onto the target, then onto the mean, so that the target's own shape has no weight.
    mean = fitted.mean(0)
    fitted = _fitted(complete, mean, present)
    aligned = _fitted(target[None], mean, present)[0]
    known, sought = _as_rows(fitted[:, present]), _as_rows(fitted[:, ~present])
    known_mean, sought_mean = known.mean(0), sought.mean(0)
    left, _, right = np.linalg.svd((known - known_mean).T @ (sought - sought_mean))
    scores = (known - known_mean) @ left[:, 0]
    spread = float(scores @ scores)
    slope = scores @ ((sought - sought_mean) @ right[0]) / spread if spread else 0.0
    own = (_as_rows(aligned[None, present])[0] - known_mean) @ left[:, 0]
    estimate = sought_mean + slope * own * right[0]
    placed = aligned.copy()
    placed[~present] = estimate[: len(estimate) // 2] + 1j * estimate[len(estimate) // 2 :]
    return np.asarray(_fitted(placed[None], target, present)[0][~present])


def _as_rows(shapes: _Complex) -> NDArray[np.float64]:
    return np.hstack([shapes.real, shapes.imag])
