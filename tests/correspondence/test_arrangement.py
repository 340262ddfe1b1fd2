from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from skimage.transform import SimilarityTransform

from napari_homolog.correspondence.arrangement import (
    STRAY,
    expected,
    mean_arrangement,
    size_of,
    stray_weights,
)

SHAPE = np.array([[0.0, 0.0], [10.0, 80.0], [60.0, 90.0], [70.0, 10.0], [35.0, 50.0]])
turns = st.floats(-3.1, 3.1)
scales = st.floats(0.2, 5.0)
shifts = st.floats(-500, 500)


@given(turns, scales, shifts)
def test_a_shape_moved_turned_and_resized_is_expected_exactly(
    turn: float, scale: float, shift: float
) -> None:
    moved = SimilarityTransform(scale=scale, rotation=turn, translation=(shift, -shift))(SHAPE)
    np.testing.assert_allclose(expected(SHAPE, moved, np.ones(5)), moved, atol=1e-6)


def test_a_mirrored_shape_is_not_followed() -> None:
    mirrored = SHAPE * (1, -1)
    places = expected(SHAPE, mirrored, np.ones(5))
    assert np.linalg.norm(places - mirrored, axis=1).max() > 20


def test_a_stray_without_weight_does_not_pull() -> None:
    found = SHAPE + (5.0, 7.0)
    truth = found.copy()
    found[1] = (300.0, -200.0)
    weights = np.array([1.0, 0.0, 1.0, 1.0, 1.0])
    np.testing.assert_allclose(expected(SHAPE, found, weights), truth, atol=1e-9)


def test_too_few_landmarks_expect_nothing() -> None:
    shape = SHAPE.copy()
    shape[2:] = np.nan
    assert np.isnan(expected(shape, SHAPE, np.ones(5))).all()


def test_an_unknown_landmark_is_expected_nowhere_and_harms_no_other() -> None:
    shape = SHAPE.copy()
    shape[3] = np.nan
    places = expected(shape, SHAPE, np.ones(5))
    assert np.isnan(places[3]).all()
    np.testing.assert_allclose(np.delete(places, 3, 0), np.delete(SHAPE, 3, 0), atol=1e-9)


def test_strays_count_for_a_quarter_at_the_stated_distance() -> None:
    places = np.zeros((3, 2))
    found = np.array([[0.0, 0.0], [0.0, STRAY * 200], [1e6, 0.0]])
    np.testing.assert_allclose(stray_weights(places, found, 200.0), [1, 0.25, 0], atol=1e-9)


def test_size_is_the_longer_side_of_the_box() -> None:
    assert size_of(SHAPE) == 90
    assert size_of(np.full((3, 2), np.nan)) == 1


@given(turns, scales)
def test_the_mean_of_the_same_shape_in_other_poses_is_that_shape(turn: float, scale: float) -> None:
    posed = SimilarityTransform(scale=scale, rotation=turn, translation=(9, 4))(SHAPE)
    np.testing.assert_allclose(mean_arrangement([SHAPE, posed]), SHAPE, atol=1e-6)


def test_missing_landmarks_come_from_the_shapes_that_have_them() -> None:
    first, second = SHAPE.copy(), SHAPE + (3.0, 3.0)
    first[0] = np.nan
    second[4] = np.nan
    np.testing.assert_allclose(mean_arrangement([first, second]), SHAPE, atol=1e-6)


def test_a_shape_with_one_shared_landmark_is_left_out() -> None:
    other = np.full_like(SHAPE, np.nan)
    other[0] = (50.0, 50.0)
    np.testing.assert_array_equal(mean_arrangement([SHAPE, other]), SHAPE)
