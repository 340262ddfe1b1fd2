"""Superimposition and slips, against closed forms and an independent program."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import procrustes

from napari_homolog.errors import LandmarkError
from napari_homolog.landmarks import Landmarks
from napari_homolog.procrustes import digitising_outliers, generalised_procrustes_analysis

NAMES = ("a", "b", "c", "d", "e", "f")
BASE = np.array([[0.0, 0], [0, 40], [30, 60], [50, 20], [20, 25], [45, 55]])


def series(count: int, noise: float, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    shapes = []
    for _ in range(count):
        angle, size = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 3)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        shape = BASE + rng.normal(0, noise, BASE.shape)
        shapes.append(size * shape @ turn.T + rng.uniform(-100, 100, 2))
    return shapes


def landmarks(points: np.ndarray) -> Landmarks:
    return Landmarks.from_arrays(NAMES, points)


def test_the_same_shape_anywhere_of_any_size_and_turn_lies_on_the_mean() -> None:
    found = generalised_procrustes_analysis([landmarks(one) for one in series(5, 0)])
    np.testing.assert_allclose(found.distances, 0, atol=1e-9)
    np.testing.assert_allclose(np.sqrt((found.mean**2).sum()), 1)


def test_two_specimens_lie_as_far_apart_as_scipy_says() -> None:
    one, other = series(2, 4.0)
    _, _, disparity = procrustes(one, other)
    found = generalised_procrustes_analysis([landmarks(one), landmarks(other)])
    # Both lie at the same distance from their mean; their full Procrustes distance is sin(rho).
    rho = np.arcsin(np.sqrt(disparity))
    np.testing.assert_allclose(found.distances[0], found.distances[1], rtol=1e-6)
    np.testing.assert_allclose(found.distances[0], np.sin(rho / 2), rtol=1e-4)


def test_a_mirror_image_is_another_shape() -> None:
    mirrored = BASE * (1, -1)
    assert (
        generalised_procrustes_analysis([landmarks(BASE), landmarks(mirrored)]).distances.min()
        > 0.1
    )


def test_missing_landmarks_move_nothing_else() -> None:
    shapes = series(6, 0)
    shapes[2][4] = np.nan
    found = generalised_procrustes_analysis([landmarks(one) for one in shapes])
    np.testing.assert_allclose(found.distances, 0, atol=1e-9)
    assert np.isnan(found.residuals[2, 4])
    assert np.isfinite(found.residuals).sum() == 6 * 6 - 1


def test_an_honest_series_has_no_slips() -> None:
    assert (
        digitising_outliers(
            generalised_procrustes_analysis([landmarks(one) for one in series(40, 0.7)])
        )
        == []
    )


def test_a_displaced_landmark_and_a_swapped_pair_are_found() -> None:
    shapes = series(20, 0.5, seed=3)
    size = np.linalg.norm(shapes[4] - shapes[4].mean(0))
    shapes[4][5] += 0.25 * size
    shapes[11][[0, 3]] = shapes[11][[3, 0]]
    slips = digitising_outliers(generalised_procrustes_analysis([landmarks(one) for one in shapes]))
    assert {(slip.specimen, slip.landmarks) for slip in slips if slip.swapped} == {(11, ("a", "d"))}
    assert next(slip.landmarks for slip in slips if slip.specimen == 4) == ("f",)
    assert {slip.specimen for slip in slips} == {4, 11}


@pytest.mark.parametrize(
    ("specimens", "message"),
    [
        ([landmarks(BASE)], "needs two"),
        ([landmarks(BASE), Landmarks({"a": (1, 2)})], "other landmarks"),
        ([landmarks(BASE), landmarks(np.where(np.arange(6)[:, None] < 2, BASE, np.nan))], "three"),
        ([landmarks(BASE), landmarks(np.ones((6, 2)))], "in one place"),
    ],
)
def test_what_has_no_shape_is_refused(specimens: list[Landmarks], message: str) -> None:
    with pytest.raises(LandmarkError, match=message):
        generalised_procrustes_analysis(specimens)
