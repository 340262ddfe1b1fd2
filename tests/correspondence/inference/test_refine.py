"""From what the model found to refined predictions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage.transform import SimilarityTransform

from napari_homolog.context import RunContext
from napari_homolog.correspondence import LocateSettings, Prediction
from napari_homolog.correspondence.inference.refine import refine
from napari_homolog.correspondence.refinement.specimen_drawing import MarkedDrawing
from napari_homolog.errors import Cancelled
from textured_pictures import LANDMARKS, posed, textured

NAMES = tuple("abcdef")
CONTEXT = RunContext()


def prediction(points: np.ndarray, mirrored: bool = False) -> Prediction:
    count = len(points)
    return Prediction(
        names=NAMES[:count],
        points=points,
        maps=np.zeros((count, 2, 2), np.float32),
        scale=np.ones(2),
        translate=np.zeros(2),
        covariance=np.zeros((count, 2, 2)),
        confidence=np.ones(count),
        settings=LocateSettings(),
        mirrored=mirrored,
    )


@pytest.fixture(scope="module")
def reference() -> MarkedDrawing:
    return MarkedDrawing.of(textured(1), LANDMARKS, "first")


def test_points_are_refined_and_the_models_are_kept(reference: MarkedDrawing) -> None:
    target, truth = posed(textured(1), LANDMARKS, SimilarityTransform(translation=(6, 9)))
    refined = refine(prediction(truth + 5), target, [reference], CONTEXT)
    assert np.abs(refined.points - truth).max() < 0.5
    np.testing.assert_array_equal(refined.coarse_points, truth + 5)
    assert refined.agreement is not None
    assert refined.agreement.min() > 0.8
    assert np.isnan(refined.reference_spread).all()


def test_where_references_do_not_agree_the_model_counts(reference: MarkedDrawing) -> None:
    noise = np.random.default_rng(3).random((300, 300, 3)).astype(np.float32)
    refined = refine(prediction(LANDMARKS), noise, [reference], CONTEXT)
    assert refined.agreement is not None
    assert refined.agreement.mean() < 0.3
    np.testing.assert_array_equal(refined.points, LANDMARKS)


def test_refining_again_starts_from_the_models_points(reference: MarkedDrawing) -> None:
    once = refine(prediction(LANDMARKS + 5), textured(1), [reference], CONTEXT)
    again = refine(once, textured(1), [reference], CONTEXT)
    np.testing.assert_array_equal(again.points, once.points)
    np.testing.assert_array_equal(again.coarse_points, LANDMARKS + 5)


def test_a_mirrored_target(reference: MarkedDrawing) -> None:
    target = np.ascontiguousarray(textured(1)[:, ::-1])
    truth = np.column_stack([LANDMARKS[:, 0], 299 - LANDMARKS[:, 1]])
    refined = refine(prediction(truth + 5, mirrored=True), target, [reference], CONTEXT)
    assert np.abs(refined.points - truth).max() < 0.3


def test_references_agree_or_differ(reference: MarkedDrawing) -> None:
    misplaced = MarkedDrawing.of(textured(1), LANDMARKS + (8, 0))
    both = refine(prediction(LANDMARKS), textured(1), [reference] * 2, CONTEXT)
    apart = refine(prediction(LANDMARKS), textured(1), [reference, misplaced], CONTEXT)
    assert both.reference_spread is not None
    assert apart.reference_spread is not None
    assert both.reference_spread.max() < 0.1
    np.testing.assert_allclose(apart.reference_spread, 4, atol=0.5)


def test_what_no_reference_has_stays(reference: MarkedDrawing) -> None:
    partial = reference.chosen([0, 1, None, 3, 4, 5])
    refined = refine(prediction(LANDMARKS + 5), textured(1), [partial], CONTEXT)
    np.testing.assert_array_equal(refined.points[2], LANDMARKS[2] + 5)
    assert np.abs(refined.points - LANDMARKS)[[0, 1, 3, 4, 5]].max() < 0.5
    nothing = reference.chosen([None] * 6)
    untouched = refine(prediction(LANDMARKS + 5), textured(1), [nothing], CONTEXT)
    np.testing.assert_array_equal(untouched.points, LANDMARKS + 5)
    assert untouched.agreement is not None
    assert np.isnan(untouched.agreement).all()


def test_no_point_lies_outside_the_picture(reference: MarkedDrawing) -> None:
    far = LANDMARKS - 500
    for references in ([reference], []):
        points = refine(prediction(far), textured(2), references, CONTEXT).points
        assert (points >= 0).all()
        assert (points <= 299).all()


def test_it_can_be_stopped(reference: MarkedDrawing) -> None:
    stopped = replace(CONTEXT, should_stop=lambda: True)
    with pytest.raises(Cancelled):
        refine(prediction(LANDMARKS), textured(1), [reference], stopped)
