"""Curves carried to targets whose true curve has a formula."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from napari_homolog.correspondence.curves import CurveReference, locate_curve
from napari_homolog.correspondence.curves.spline import Spline
from napari_homolog.curves import CurveDefinition, distances_to
from napari_homolog.errors import CurveError
from napari_homolog.landmarks import Landmarks

SIDE = 200
MARGIN = CurveDefinition("margin", ("left", "right"), 15)
OUTLINE = CurveDefinition("outline", (), 24, closed=True)
INSIDE, OUTSIDE = (0.8, 0.6, 0.3), (0.2, 0.25, 0.5)


def picture(inside: np.ndarray) -> np.ndarray:
    image = np.where(inside[..., None], INSIDE, OUTSIDE)
    noise = np.random.default_rng(1).normal(0, 0.02, image.shape)
    return (gaussian_filter(image, (1, 1, 0)) + noise).clip(0, 1).astype(np.float32)


def hill(height: float) -> np.ndarray:
    """Return the curve of a hill between two landmarks, (row, col)."""
    cols = np.linspace(20, 180, 400)
    return np.stack([120 - height * np.sin(np.pi * (cols - 20) / 160), cols], axis=1)


def specimen(height: float) -> CurveReference:
    """Return a picture of ground below a hill of this height."""
    rows, cols = np.mgrid[:SIDE, :SIDE]
    inside = rows > 120 - height * np.sin(np.pi * (np.clip(cols, 20, 180) - 20) / 160)
    marks = {"left": (120, 20), "right": (120, 180), "a": (180, 50), "b": (180, 150)}
    return CurveReference(picture(inside), Landmarks(marks), hill(height))


def error(path: np.ndarray, truth: np.ndarray, landmarks: Landmarks) -> float:
    """Return the mean distance to the true curve in percent of the centroid size."""
    return float(distances_to(path, truth).mean() / landmarks.centroid_size() * 100)


def test_a_curve_is_pulled_from_where_the_landmarks_lay_it_to_the_edge() -> None:
    target = specimen(16.0)
    found = locate_curve(MARGIN, [specimen(6.0)], target.image, target.landmarks)
    assert error(MARGIN.on(found.laid), hill(16.0), target.landmarks) > 3
    assert error(MARGIN.on(found.path), hill(16.0), target.landmarks) < 0.15
    assert found.path[[0, -1]] == pytest.approx(np.array([[120, 20], [120, 180]]))


def test_in_a_mirror_image_the_curve_is_found_as_well() -> None:
    target = specimen(14.0)
    flip = np.array([1.0, -1.0])
    points = target.landmarks.points * flip + [0, SIDE - 1]
    landmarks = Landmarks.from_arrays(target.landmarks.names, points)
    image = np.ascontiguousarray(target.image[:, ::-1])
    found = locate_curve(MARGIN, [specimen(6.0)], image, landmarks)
    assert error(found.path, hill(14.0) * flip + [0, SIDE - 1], landmarks) < 0.15


def test_a_closed_outline_without_anchors_is_found() -> None:
    rows, cols = np.mgrid[:SIDE, :SIDE]
    angles = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    marks = Landmarks({"a": (80, 100), "b": (120, 100), "c": (100, 70), "d": (100, 130)})

    def ellipse(high: float, wide: float) -> CurveReference:
        inside = ((rows - 100) / high) ** 2 + ((cols - 100) / wide) ** 2 < 1
        ring = 100 + np.stack([high * np.sin(angles), wide * np.cos(angles)], axis=1)
        return CurveReference(picture(inside), marks, ring)

    target = ellipse(52.0, 66.0)
    found = locate_curve(OUTLINE, [ellipse(50.0, 70.0)], target.image, marks)
    assert distances_to(OUTLINE.on(found.path), target.path, closed=True).mean() < 0.3


def test_where_there_is_no_edge_the_confidence_is_low() -> None:
    target = specimen(10.0)
    empty = target.image.copy()
    empty[:, 70:130] = OUTSIDE
    noise = np.random.default_rng(2).normal(0, 0.02, empty.shape)
    empty = (empty + noise).clip(0, 1).astype(np.float32)
    found = locate_curve(MARGIN, [specimen(6.0)], empty, target.landmarks)
    hidden = (found.path[:, 1] > 80) & (found.path[:, 1] < 120)
    shown = (found.path[:, 1] < 60) | (found.path[:, 1] > 140)
    assert found.confidence[hidden].max() < found.confidence[shown].min()
    assert found.spread[hidden].min() > 1.5 * found.spread[shown].max()


def test_of_several_references_the_one_that_looks_alike_counts() -> None:
    other = specimen(6.0)
    noise = np.random.default_rng(5).random(other.image.shape).astype(np.float32)
    unlike = CurveReference(noise, other.landmarks, other.path)
    target = specimen(14.0)
    found = locate_curve(MARGIN, [unlike, other], target.image, target.landmarks)
    alone = locate_curve(MARGIN, [other], target.image, target.landmarks)
    assert found.path == pytest.approx(alone.path)


def test_a_missing_anchor_is_told() -> None:
    target = specimen(10.0)
    marks = Landmarks({"left": (120, 20), "right": None, "a": (180, 50)})
    with pytest.raises(CurveError, match="an end at landmark 'right', which is missing"):
        locate_curve(MARGIN, [target], target.image, marks)
    with pytest.raises(CurveError, match="drawn on no reference"):
        locate_curve(MARGIN, [], target.image, target.landmarks)


def test_the_spline_of_an_affine_map_is_that_map() -> None:
    source = np.array([[0.0, 0], [0, 10], [10, 0], [7, 9], [7, 9]])
    matrix, offset = np.array([[1.2, 0.3], [-0.4, 0.9]]), np.array([5.0, -3.0])
    points = np.array([[3.0, 4.0], [20.0, -5.0]])
    expected = points @ matrix + offset
    assert Spline(source, source @ matrix + offset)(points) == pytest.approx(expected)


def test_two_landmarks_give_a_similarity_and_one_gives_nothing() -> None:
    source = np.array([[0.0, 0], [0, 10]])
    carried = Spline(source, np.array([[5.0, 5], [25, 5]]))(np.array([[1.0, 5.0]]))
    assert carried == pytest.approx(np.array([[15.0, 3.0]]), abs=1e-3)
    with pytest.raises(CurveError, match="two or more"):
        Spline(source[:1], source[:1])
