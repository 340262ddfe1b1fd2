"""Shape space: components known by construction and from another library, and test specimens apart."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from napari_homolog import Landmarks
from napari_homolog.errors import LandmarkError
from napari_homolog.procrustes import (
    generalised_procrustes_analysis,
    superimposed_on,
    tangent_coordinates,
)
from napari_homolog.shape_space import shape_space

NAMES = tuple("abcdef")
MEAN = np.array([(0, 0), (0, 40), (25, 60), (50, 40), (50, 0), (25, -10.0)])


def placed(shape: NDArray[np.float64], rng: np.random.Generator) -> Landmarks:
    """Return a shape at another place, in another size and direction."""
    angle, size = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 3)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return Landmarks.from_arrays(NAMES, size * shape @ turn.T + rng.uniform(0, 500, 2))


def series(count: int, seed: int = 0, noise: float = 0.05) -> list[Landmarks]:
    """Return specimens that differ in how far one landmark, c, is out, and hardly else."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        shape = MEAN + rng.normal(0, noise, MEAN.shape)
        shape[2, 1] += 8 * (number / (count - 1) - 0.5)
        made.append(placed(shape, rng))
    return made


def test_the_first_axis_is_what_specimens_differ_in() -> None:
    space = shape_space(series(20))
    assert space.shares[0] > 0.99
    assert space.shares.sum() == pytest.approx(1, abs=1e-3)
    order = np.argsort(space.scores[:, 0])
    assert order.tolist() in (list(range(20)), list(range(20))[::-1])
    # At the ends, landmark c is as far out as on the outermost specimens: 8 of a size of 83.
    low, high = space.ends(0)
    apart = np.linalg.norm(high - low, axis=1)
    assert apart.argmax() == 2
    assert np.sqrt((apart**2).sum()) == pytest.approx(
        np.sqrt(((space.series.shapes[0] - space.series.shapes[-1]) ** 2).sum()), rel=0.02
    )


def test_components_are_those_of_another_library() -> None:
    rng = np.random.default_rng(1)
    specimens = [placed(MEAN + rng.normal(0, 2, MEAN.shape), rng) for _ in range(15)]
    space = shape_space(specimens)
    tangent = tangent_coordinates(generalised_procrustes_analysis(specimens))
    other = PCA(10).fit(tangent)
    kept = len(space.variances)
    # Four of twelve dimensions are position, size and direction.
    assert kept == 8
    np.testing.assert_allclose(space.variances, other.explained_variance_[:kept], rtol=1e-6)
    found = np.abs(other.transform(tangent)[:, :3])
    np.testing.assert_allclose(np.abs(space.scores[:, :3]), found, atol=1e-9)


def test_tangent_projection_leaves_the_mean_and_is_across_it() -> None:
    superimposed = generalised_procrustes_analysis(series(6, noise=3.0))
    tangent, mean = tangent_coordinates(superimposed), superimposed.mean.ravel()
    np.testing.assert_allclose((tangent - mean) @ mean, 0, atol=1e-12)
    # A shape at the angle rho from the mean comes to lie at sin(rho) from it.
    shapes = superimposed.shapes.reshape(6, -1)
    unit = shapes / np.linalg.norm(shapes, axis=1, keepdims=True)
    rho = np.arccos(unit @ mean)
    np.testing.assert_allclose(np.linalg.norm(tangent - mean, axis=1), np.sin(rho), rtol=1e-6)


def test_specimens_that_are_not_sure_move_nothing() -> None:
    sure = series(12)
    alone = shape_space(sure)
    rng = np.random.default_rng(5)
    wrong = placed(MEAN[[1, 0, 2, 3, 4, 5]], rng)
    both = shape_space([*sure, wrong], [True] * 12 + [False])
    np.testing.assert_array_equal(both.series.mean, alone.series.mean)
    np.testing.assert_array_equal(both.axes, alone.axes)
    np.testing.assert_allclose(both.scores[:12], alone.scores, atol=1e-12)
    assert both.unusual()[0] == 12
    # All together, the wrong one pulls the mean to itself.
    mixed = shape_space([*sure, wrong])
    assert np.abs(mixed.series.mean - alone.series.mean).max() > 0.005
    laid = superimposed_on([wrong], alone.series)
    np.testing.assert_allclose(laid.shapes[0], both.series.shapes[12])


def test_one_unusual_specimen_is_named() -> None:
    rng = np.random.default_rng(2)
    specimens = [placed(MEAN + rng.normal(0, 1, MEAN.shape), rng) for _ in range(20)]
    # As in a box plot, a few of normal specimens may be beyond the whisker.
    assert len(shape_space(specimens).unusual()) <= 1
    far = MEAN.copy()
    far[0] -= 25
    assert shape_space([*specimens, placed(far, rng)]).unusual()[0] == 20


def test_too_little_is_refused() -> None:
    with pytest.raises(LandmarkError, match="2 specimens have all landmarks"):
        shape_space(series(2))
    lacking = Landmarks.from_arrays(NAMES, np.where(np.arange(6)[:, None] == 2, np.nan, MEAN))
    with pytest.raises(LandmarkError, match="A landmark is missing"):
        shape_space([*series(5), lacking])
    with pytest.raises(LandmarkError, match="same shape"):
        shape_space([Landmarks.from_arrays(NAMES, MEAN * size) for size in (1, 2, 4)])
