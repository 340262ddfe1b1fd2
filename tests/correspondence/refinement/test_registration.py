"""One reference on a target that shows it in a known pose."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.transform import AffineTransform, SimilarityTransform

from napari_homolog.correspondence.refinement.registration import (
    Registration,
    RegistrationTarget,
    register,
)
from napari_homolog.correspondence.refinement.specimen_drawing import Drawing, MarkedDrawing
from textured_pictures import LANDMARKS, posed, textured

POSES = {
    "moved": SimilarityTransform(translation=(11.3, -7.6)),
    "turned": SimilarityTransform(rotation=0.35, scale=0.8, translation=(75, -10)),
    "sheared": AffineTransform(scale=(1.05, 0.93), shear=0.06, translation=(2, 9)),
}


def found_on(target: np.ndarray, start: np.ndarray, points: np.ndarray = LANDMARKS) -> Registration:
    reference = MarkedDrawing.of(textured(1), points)
    return register(reference, RegistrationTarget(Drawing.around(target, start, 0.6)), start)


@pytest.mark.parametrize("name", POSES)
def test_a_reference_in_another_pose_is_placed_within_half_a_pixel(name: str) -> None:
    target, truth = posed(textured(1), LANDMARKS, POSES[name])
    rough = truth + np.random.default_rng(7).normal(scale=6, size=truth.shape)
    found = found_on(target, rough)
    assert np.linalg.norm(found.points - truth, axis=1).max() < 0.5
    assert found.scores.min() > 0.8


def test_inverted_contrast_does_not_matter_before_the_last_level() -> None:
    target, truth = posed(textured(1), LANDMARKS, POSES["moved"])
    found = found_on(1 - target, truth + 4)
    assert np.linalg.norm(found.points - truth, axis=1).max() < 1.5


def test_another_picture_agrees_less() -> None:
    own = found_on(textured(1), LANDMARKS)
    other = found_on(textured(2), LANDMARKS)
    assert np.linalg.norm(own.points - LANDMARKS, axis=1).max() < 0.1
    assert other.scores.mean() < own.scores.mean() - 0.3


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_landmarks_are_placed_too(count: int) -> None:
    target, truth = posed(textured(1), LANDMARKS, POSES["moved"])
    found = found_on(target, truth[:count] + 3, LANDMARKS[:count])
    assert np.linalg.norm(found.points - truth[:count], axis=1).max() < 0.5


def test_a_landmark_that_the_reference_lacks_is_left_out() -> None:
    marked = LANDMARKS.copy()
    marked[2] = np.nan
    found = found_on(textured(1), LANDMARKS, marked)
    assert np.isnan(found.points[2]).all()
    assert np.isnan(found.scores[2])
    assert np.isfinite(np.delete(found.points, 2, 0)).all()
