"""Affine maps, against scikit-image, NumPy and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.transform import SimilarityTransform

from napari_homolog.correspondence.priors.affine import (
    fit_affine,
    outlier_weights,
    robust_affine,
)

SHAPE = np.array([[0.0, 0.0], [10.0, 80.0], [60.0, 90.0], [70.0, 10.0], [35.0, 50.0]])
BENT = SHAPE + [[3, -4], [1, 2], [-5, 0], [2, 6], [-1, -3]]


def test_a_very_stiff_map_is_the_best_similarity() -> None:
    expected = SimilarityTransform.from_estimate(SHAPE, BENT)(SHAPE)
    np.testing.assert_allclose(fit_affine(SHAPE, BENT, np.ones(5), 1e9)(SHAPE), expected, atol=1e-5)


def test_a_map_without_stiffness_is_the_least_squares_affine_map() -> None:
    design = np.column_stack([SHAPE, np.ones(5)])
    expected = design @ np.linalg.lstsq(design, BENT, rcond=None)[0]
    np.testing.assert_allclose(fit_affine(SHAPE, BENT, np.ones(5), 0)(SHAPE), expected, atol=1e-9)


def test_two_points_give_a_similarity_and_one_a_translation() -> None:
    pose = SimilarityTransform(scale=2, rotation=0.3, translation=(5, 7))
    two = fit_affine(SHAPE[:2], pose(SHAPE[:2]), np.ones(2))
    np.testing.assert_allclose(two(SHAPE), pose(SHAPE), atol=1e-9)
    one = fit_affine(SHAPE[:1], np.array([[5.0, 7.0]]), np.ones(1))
    np.testing.assert_allclose(one(SHAPE), SHAPE + (5, 7))


def test_the_inverse_leads_back() -> None:
    fitted = fit_affine(SHAPE, BENT, np.ones(5))
    np.testing.assert_allclose(fitted.inverse(fitted(SHAPE)), SHAPE, atol=1e-9)


@pytest.mark.parametrize("wrong", range(5))
def test_one_wrong_landmark_hardly_moves_a_robust_map(wrong: int) -> None:
    located = 2 * SHAPE + 10
    located[wrong] += (60, -60)
    fitted = robust_affine(SHAPE, located, np.ones(5), outlier_distance=5)
    others = np.delete(np.arange(5), wrong)
    assert np.abs(fitted(SHAPE) - (2 * SHAPE + 10))[others].max() < 1
    assert np.abs(fit_affine(SHAPE, located, np.ones(5))(SHAPE) - located)[others].max() > 10


def test_outliers_count_for_a_quarter_at_the_stated_distance() -> None:
    expected = np.zeros((4, 2))
    located = np.array([[0.0, 0.0], [0.0, 30.0], [1e6, 0.0], [np.nan, np.nan]])
    np.testing.assert_allclose(outlier_weights(expected, located, 30), [1, 0.25, 0, 1], atol=1e-9)


def test_places_that_are_all_one_give_a_translation() -> None:
    for source, target in ((SHAPE, np.full((5, 2), 7.0)), (np.full((5, 2), 7.0), SHAPE)):
        for fitted in (
            fit_affine(source, target, np.ones(5)),
            robust_affine(source, target, np.ones(5), outlier_distance=5),
        ):
            np.testing.assert_array_equal(fitted.matrix, np.eye(2))
            assert (target.min(0) <= fitted(source).max(0)).all()
            assert np.isfinite(fitted.inverse(source)).all()
