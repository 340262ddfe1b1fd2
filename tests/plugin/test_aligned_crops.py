"""Crops of differently posed pictures of the same specimen are the same picture."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.transform import SimilarityTransform, warp

from napari_homolog.plugin.aligned_crops import OUTSIDE, SIDE, CropPlace, crop_place, usual_reach
from napari_homolog.plugin.landmark_pose import pose_between

MARKS = np.array([[60.0, 70.0], [140.0, 80.0], [100.0, 180.0], [60.0, 150.0]])


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """Smooth, and everywhere different."""
    rows, cols = np.mgrid[:200, :260]
    waves = [np.sin(rows / a + cols / b) for a, b in ((9, 17), (23, 8), (14, -11))]
    return ((np.stack(waves, -1) + 1) / 2).astype(np.float32)


@pytest.mark.parametrize("turn", [0, 37, 180])
@pytest.mark.parametrize("scale", [0.8, 1.6, 3.2])
def test_a_turned_and_scaled_specimen_looks_as_the_reference(
    picture: np.ndarray, turn: float, scale: float
) -> None:
    about = SimilarityTransform(rotation=np.deg2rad(turn), scale=scale)
    corners = about(np.array([[0, 0], [259, 0], [0, 199], [259, 199]]))
    pose = about + SimilarityTransform(translation=-corners.min(0))
    size = np.ceil(np.ptp(corners, axis=0)).astype(int)[::-1] + 1
    posed = warp(picture, pose.inverse, output_shape=tuple(size), order=3).astype(np.float32)
    points = pose(MARKS[:, ::-1])[:, ::-1]
    reference = crop_place(MARKS, MARKS, 0, reach=30).cut(picture).astype(int)
    found = crop_place(MARKS, points, 0, reach=30).cut(posed).astype(int)
    assert np.abs(found - reference).mean() < 6
    assert np.abs(reference - reference[:, ::-1]).mean() > 30, "else any pose would do"


def test_a_misplaced_landmark_is_seen_in_the_pose_of_the_others() -> None:
    points = MARKS.copy()
    points[0] += (25, -40)
    place, right = crop_place(MARKS, points, 0, 30), crop_place(MARKS, MARKS, 0, 30)
    np.testing.assert_allclose(place.step, right.step, atol=1e-9)
    np.testing.assert_allclose(place.centre, points[0])
    # Sixty pixels of the reference on 132 of the screen.
    np.testing.assert_allclose(place.step, np.eye(2) * 60 / 132, atol=1e-9)


def test_places_on_the_crop_and_on_the_image() -> None:
    place = CropPlace(np.array([50.0, 80.0]), np.array([[0.0, -2.0], [2.0, 0.0]]))
    middle = (SIDE - 1) / 2
    np.testing.assert_allclose(place.to_image(np.array([middle, middle])), [50, 80])
    # Ten pixels to the right on a crop that is turned by a quarter and half as large.
    np.testing.assert_allclose(place.to_image(np.array([middle, middle + 10])), [30, 80])
    there = np.array([[3.0, 5.0], [90.0, 20.0]])
    np.testing.assert_allclose(place.to_crop(place.to_image(there)), there)


def test_beyond_the_image_it_is_grey(picture: np.ndarray) -> None:
    grey = round(255 * OUTSIDE)
    corner = CropPlace(np.zeros(2), np.eye(2) * 0.5).cut(picture)
    assert (corner[: SIDE // 2 - 2] == grey).all()
    assert (corner[:, : SIDE // 2 - 2] == grey).all()
    assert (corner[SIDE // 2 + 2 :, SIDE // 2 + 2 :] != grey).any()
    assert (CropPlace(np.array([900.0, 900.0]), np.eye(2)).cut(picture) == grey).all()


def test_few_landmarks_show_their_surroundings_unturned() -> None:
    alone = np.full((4, 2), np.nan)
    alone[2] = (30, 40)
    np.testing.assert_allclose(crop_place(MARKS, alone, 2, 33).step, np.eye(2) * 0.5)
    # Four corners, each the root of two from the middle.
    square = np.array([[0.0, 0.0], [0.0, 2.0], [2.0, 0.0], [2.0, 2.0]])
    assert usual_reach(square) == pytest.approx(0.45 * np.sqrt(2))


def test_the_pose_is_the_similarity_that_fits_best() -> None:
    """As scikit-image estimates it, by another way."""
    rng = np.random.default_rng(5)
    reference, points = rng.uniform(0, 90, (2, 7, 2))
    reference[2] = np.nan
    others = [0, 1, 3, 4, 6]
    expected = SimilarityTransform.from_estimate(reference[others], points[others]).params[:2, :2]
    np.testing.assert_allclose(pose_between(reference, points, 5), expected)
    nowhere = np.full((7, 2), np.nan)
    np.testing.assert_array_equal(pose_between(reference, nowhere, 5), np.eye(2))
    np.testing.assert_array_equal(pose_between(reference, np.ones((7, 2)), 5), np.eye(2))
