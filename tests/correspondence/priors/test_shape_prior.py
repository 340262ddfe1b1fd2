from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from skimage.transform import SimilarityTransform

from napari_homolog.correspondence.priors.shape_prior import (
    affine_prediction,
    mean_shape,
    positions_expected_by_others,
    size_of,
)

SHAPE = np.array([[0.0, 0.0], [10.0, 80.0], [60.0, 90.0], [70.0, 10.0], [35.0, 50.0]])
rotations = st.floats(-3.1, 3.1)
scales = st.floats(0.2, 5.0)
shifts = st.floats(-500, 500)


@given(rotations, scales, shifts)
def test_a_shape_in_another_pose_is_predicted_exactly(
    rotation: float, scale: float, shift: float
) -> None:
    pose = SimilarityTransform(scale=scale, rotation=rotation, translation=(shift, -shift))
    posed = pose(SHAPE)
    np.testing.assert_allclose(affine_prediction(SHAPE, posed, np.ones(5)), posed, atol=1e-6)


def test_a_mirrored_shape_is_not_followed() -> None:
    mirrored = SHAPE * (1, -1)
    positions = affine_prediction(SHAPE, mirrored, np.ones(5))
    assert np.linalg.norm(positions - mirrored, axis=1).max() > 20


def test_an_outlier_without_weight_has_no_influence() -> None:
    located = SHAPE + (5.0, 7.0)
    truth = located.copy()
    located[1] = (300.0, -200.0)
    weights = np.array([1.0, 0.0, 1.0, 1.0, 1.0])
    np.testing.assert_allclose(affine_prediction(SHAPE, located, weights), truth, atol=1e-9)


def test_too_few_landmarks_predict_nothing() -> None:
    shape = SHAPE.copy()
    shape[2:] = np.nan
    assert np.isnan(affine_prediction(shape, SHAPE, np.ones(5))).all()


def test_an_unknown_landmark_is_not_predicted_and_leaves_the_others_alone() -> None:
    shape = SHAPE.copy()
    shape[3] = np.nan
    positions = affine_prediction(shape, SHAPE, np.ones(5))
    assert np.isnan(positions[3]).all()
    np.testing.assert_allclose(np.delete(positions, 3, 0), np.delete(SHAPE, 3, 0), atol=1e-9)


def test_an_outlier_does_not_move_the_position_expected_by_the_others() -> None:
    shape = np.array([[0.0, 0], [0, 10], [10, 0], [10, 10], [5, 5]])
    located = shape * 3 + (7, 2)
    located[4] += (40, -30)
    positions = positions_expected_by_others(shape, located, np.ones(5))
    np.testing.assert_allclose(positions[4], (22, 17), atol=1e-6)
    assert np.isnan(positions_expected_by_others(shape[:2], located[:2], np.ones(2))).all()


def test_size_is_the_longer_side_of_the_box() -> None:
    assert size_of(SHAPE) == 90
    assert size_of(np.full((3, 2), np.nan)) == 1


@given(rotations, scales)
def test_the_mean_of_one_shape_in_two_poses_is_that_shape(rotation: float, scale: float) -> None:
    posed = SimilarityTransform(scale=scale, rotation=rotation, translation=(9, 4))(SHAPE)
    np.testing.assert_allclose(mean_shape([SHAPE, posed]), SHAPE, atol=1e-6)


def test_missing_landmarks_come_from_the_shapes_that_have_them() -> None:
    first, second = SHAPE.copy(), SHAPE + (3.0, 3.0)
    first[0] = np.nan
    second[4] = np.nan
    np.testing.assert_allclose(mean_shape([first, second]), SHAPE, atol=1e-6)


def test_a_shape_with_one_shared_landmark_is_left_out() -> None:
    shape = np.full_like(SHAPE, np.nan)
    shape[0] = (50.0, 50.0)
    np.testing.assert_array_equal(mean_shape([SHAPE, shape]), SHAPE)
