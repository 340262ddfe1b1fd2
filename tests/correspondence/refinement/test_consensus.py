from __future__ import annotations

import numpy as np
import torch

from napari_homolog.correspondence.refinement.choosing_references import (
    choose_references,
    facing_alike,
)
from napari_homolog.correspondence.refinement.consensus import (
    consensus,
    geometric_median,
    shape_difference,
)
from napari_homolog.correspondence.refinement.registration import Registration
from napari_homolog.correspondence.refinement.specimen_drawing import Drawing, MarkedDrawing

SHAPE = np.array([[0.0, 0.0], [0.0, 100.0], [80.0, 0.0], [60.0, 70.0]])
STRETCHED = SHAPE * (1.3, 1.0)


def reference(shape: np.ndarray, agreement: np.ndarray | None = None) -> MarkedDrawing:
    blank = Drawing(torch.zeros(3, 4, 120, dtype=torch.uint8), np.zeros(2), np.ones(2))
    return MarkedDrawing(blank, shape, agreement=agreement)


def voted(*points: np.ndarray, scores: np.ndarray | None = None) -> Registration:
    return Registration(points[0], np.full(len(points[0]), 0.5) if scores is None else scores)


def test_the_median_of_three_is_their_fermat_point() -> None:
    corners = np.array([[[0.0, 0.0]], [[0.0, 2.0]], [[np.sqrt(3), 1.0]]])
    median = geometric_median(corners, np.ones((3, 1)))
    np.testing.assert_allclose(median, [[1 / np.sqrt(3), 1]], atol=1e-3)


def test_more_than_half_of_the_weight_decides() -> None:
    votes = np.array([[[0.0, 0.0]], [[9.0, 9.0]]])
    median = geometric_median(votes, np.array([[0.9], [0.1]]))
    np.testing.assert_allclose(median, [[0, 0]], atol=1e-2)


def test_an_outvoted_reference_counts_little() -> None:
    shapes = [SHAPE + 0.2, SHAPE - 0.2, SHAPE, SHAPE + (40, -30)]
    answer = consensus([voted(one) for one in shapes], [reference(SHAPE)] * 4)
    assert np.abs(answer.points - SHAPE).max() < 0.3
    np.testing.assert_allclose(answer.spread, 12.6, atol=0.4)


def test_a_reference_of_another_shape_counts_less() -> None:
    votes = [voted(SHAPE), voted(SHAPE + (0, 6))]
    answer = consensus(votes, [reference(SHAPE), reference(STRETCHED)])
    np.testing.assert_allclose(answer.points, SHAPE, atol=0.1)


def test_landmarks_are_voted_on_by_those_who_have_them() -> None:
    partial = SHAPE.copy()
    partial[1] = np.nan
    scores = np.array([0.5, np.nan, 0.5, 0.5])
    votes = [voted(partial, scores=scores), voted(SHAPE + 1)]
    answer = consensus(votes, [reference(partial), reference(SHAPE)])
    np.testing.assert_allclose(answer.points[1], SHAPE[1] + 1)
    assert np.isnan(answer.spread[1])
    alone = consensus(votes[:1], [reference(partial)])
    assert np.isnan(alone.points[1]).all()
    np.testing.assert_allclose(np.delete(alone.points, 1, 0), np.delete(SHAPE, 1, 0), atol=1e-9)


def test_a_stepping_stone_is_as_good_as_its_own_landmarks() -> None:
    votes = [voted(SHAPE), voted(SHAPE + (0, 6)), voted(SHAPE + (0, 6))]

    def answer(agreement: float) -> float:
        stone = reference(SHAPE, np.full(4, agreement))
        answer = consensus(votes, [reference(SHAPE), stone, stone])
        return float(answer.points[0, 1])

    # At equal scores two of half the weight balance one; worse ones are outvoted.
    assert answer(0.3) < 0.3
    assert answer(0.9) == answer(0.5)
    np.testing.assert_allclose(answer(0.5), 3, atol=0.2)


def test_mirrored_specimens_are_turned_round() -> None:
    one = reference(SHAPE)
    other = one.mirrored()
    np.testing.assert_allclose(facing_alike(other, one).points, SHAPE)
    assert facing_alike(one, one) is one
    symmetrical = reference(np.array([[0.0, 10], [0, 110], [50, 10], [50, 110]]))
    assert facing_alike(symmetrical, symmetrical) is symmetrical


def test_shapes_in_another_pose_do_not_differ() -> None:
    turned = 3 * SHAPE @ np.array([[0.8, 0.6], [-0.6, 0.8]]) + 20
    assert shape_difference(SHAPE, turned) < 1e-4
    assert shape_difference(SHAPE, STRETCHED) > 0.05
    assert shape_difference(SHAPE, np.full((4, 2), np.nan)) == 0


def test_those_are_chosen_that_differ_most() -> None:
    shapes = [SHAPE, SHAPE * 2, SHAPE * (1.02, 1), STRETCHED, SHAPE * (0.6, 1), SHAPE + 9]
    assert choose_references(shapes, 3) == [0, 3, 4]
    assert choose_references(shapes, 6) == [0, 1, 2, 3, 4, 5]
