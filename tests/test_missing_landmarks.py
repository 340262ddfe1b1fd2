"""Estimating missing landmarks, against closed forms and the exact landmarks of synthetic specimens."""

from __future__ import annotations

import numpy as np
import pytest

from napari_homolog import Landmarks
from napari_homolog.errors import LandmarkError
from napari_homolog.missing_landmarks import EstimationMethod, estimate_missing
from napari_homolog.synthetic import generate

NAMES = ("a", "b", "c", "d", "e")
BASE = np.array([[0.0, 0], [0, 40], [30, 60], [50, 20], [20, 25]])
BOTH = pytest.mark.parametrize("method", list(EstimationMethod))


def marks(points: np.ndarray, *gaps: int) -> Landmarks:
    points = points.copy()
    points[list(gaps)] = np.nan
    return Landmarks.from_arrays(NAMES, points)


def moved(points: np.ndarray, angle: float, size: float) -> np.ndarray:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return size * points @ turn.T + (300, -20)


def varied(amount: float) -> np.ndarray:
    """Return a shape on a straight line through shape space, along which d and e move together."""
    return BASE + amount * np.array([[0.0, 0], [0, 0], [0, 0], [1, 2], [-2, 1]])


def by_hand(source: np.ndarray, aims: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Solve Bookstein's (1989) equations of the thin-plate spline as they are printed."""

    def bending(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        squares = ((one[:, None] - other[None]) ** 2).sum(-1)
        return squares * np.log(np.where(squares > 0, squares, 1))

    flat = np.c_[np.ones(len(source)), source]
    matrix = np.block([[bending(source, source), flat], [flat.T, np.zeros((3, 3))]])
    weights = np.linalg.solve(matrix, np.r_[aims, np.zeros((3, 2))])
    return np.c_[bending(places, source), np.ones(len(places)), places] @ weights


@BOTH
def test_the_same_shape_of_another_size_and_turn_is_completed_exactly(
    method: EstimationMethod,
) -> None:
    complete = [marks(moved(BASE, turn, 1 + turn)) for turn in (0, 1, 2)]
    target = moved(BASE, 2.5, 3)
    found = estimate_missing([*complete, marks(target, 1, 3)], method)[-1]
    np.testing.assert_allclose(found.points, target, atol=1e-4)


def test_one_complete_specimen_is_bent_as_the_equations_of_the_spline_say() -> None:
    target = moved(BASE + np.random.default_rng(1).normal(0, 4, BASE.shape), 0.7, 1.6)
    (_, found) = estimate_missing([marks(BASE), marks(target, 3)])
    known = [0, 1, 2, 4]
    np.testing.assert_allclose(found["d"], by_hand(BASE[known], target[known], BASE[[3]])[0])
    np.testing.assert_array_equal(found.points[known], target[known])


def test_all_specimens_with_equal_weights_are_as_one_that_is_their_mean() -> None:
    shapes = [marks(varied(amount)) for amount in (-1.0, 1.0)]
    target = marks(moved(BASE, 0.4, 1.2), 4)
    # They differ from their mean in opposite directions.
    every = estimate_missing([*shapes, target], closest=None)[-1]
    one = estimate_missing([marks(BASE), target])[-1]
    np.testing.assert_allclose(every["e"], one["e"], atol=0.1)


def test_the_spline_starts_from_the_specimen_of_the_most_similar_shape() -> None:
    far = marks(BASE + np.random.default_rng(2).normal(0, 12, BASE.shape))
    target = moved(varied(3.0), 1.0, 2.0)
    found = estimate_missing([far, marks(varied(3.0)), far, marks(target, 4)], closest=1)[-1]
    np.testing.assert_allclose(found.points, target, atol=1e-4)


def test_regression_finds_a_landmark_that_moves_with_another_one() -> None:
    series = [marks(varied(amount)) for amount in np.linspace(-1, 1, 9)]
    target = moved(varied(0.6), 2.0, 1.5)
    found = estimate_missing([*series, marks(target, 4)], EstimationMethod.REGRESSION)[-1]
    assert np.linalg.norm(found["e"] - target[4]) < 0.02 * marks(target).centroid_size()
    spline = estimate_missing([*series, marks(target, 4)], closest=None)[-1]
    assert np.linalg.norm(found["e"] - target[4]) < np.linalg.norm(spline["e"] - target[4]) / 2


@pytest.mark.parametrize("kind", ["beetle", "fish", "leaf"])
def test_hidden_landmarks_of_synthetic_specimens_are_nearer_than_by_the_mean_shape(
    kind: str,
) -> None:
    known = [generate(kind, seed, (64, 64)).landmarks for seed in range(1000, 1030)]
    hidden, rng = [], np.random.default_rng(0)
    for one in known[:15]:
        points = one.points.copy()
        points[rng.choice(len(points), 2, replace=False)] = np.nan
        hidden.append(Landmarks.from_arrays(one.names, points))
    found = estimate_missing([*hidden, *known[15:]])
    # The mean shape, neither bent nor chosen: a spline's reference laid on by similarity alone.
    errors, plain = [], []
    rest = np.array([one.points for one in known[15:]])
    for truth, part, whole in zip(known, hidden, found, strict=False):
        gaps, size = ~part.present, truth.centroid_size()
        errors += list(np.linalg.norm(whole.points - truth.points, axis=1)[gaps] / size)
        fitted = [laid(shape, part.points, part.present) for shape in rest]
        plain += list(np.linalg.norm(np.mean(fitted, 0) - truth.points, axis=1)[gaps] / size)
    assert np.mean(errors) < np.mean(plain)
    assert np.mean(errors) < 0.04


def laid(shape: np.ndarray, onto: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """Return a shape after the similarity of Umeyama (1991) onto the shared landmarks."""
    origin, aim = shape[shared].mean(0), onto[shared].mean(0)
    left, values, right = np.linalg.svd((onto[shared] - aim).T @ (shape[shared] - origin))
    signs = np.array([1, np.sign(np.linalg.det(left @ right))])
    size = (values * signs).sum() / ((shape[shared] - origin) ** 2).sum()
    return size * (shape - origin) @ ((left * signs) @ right).T + aim


@BOTH
def test_from_too_few_landmarks_nothing_is_estimated(method: EstimationMethod) -> None:
    two = marks(BASE, 0, 1, 2)
    line = Landmarks.from_arrays(NAMES, [(0, 0), (1, 1), (2, 2), (3, 3), (np.nan, np.nan)])
    given = [marks(BASE), marks(varied(1)), marks(varied(2)), two, line]
    found = estimate_missing(given, method)
    for one, other in zip(given, found, strict=True):
        np.testing.assert_array_equal(one.points, other.points)


def test_too_few_complete_specimens_are_refused() -> None:
    with pytest.raises(LandmarkError, match="0 specimens have all their landmarks"):
        estimate_missing([marks(BASE, 0), marks(BASE, 1)])
    with pytest.raises(LandmarkError, match=r"2 specimens .* by regression needs 3"):
        estimate_missing([marks(BASE)] * 2 + [marks(BASE, 1)], EstimationMethod.REGRESSION)
    with pytest.raises(LandmarkError, match="closest is 0"):
        estimate_missing([marks(BASE), marks(BASE, 1)], closest=0)
    with pytest.raises(LandmarkError, match="Specimen 2 has other landmarks"):
        estimate_missing([marks(BASE), Landmarks({"a": (1, 2)})])
