"""Mirror images of landmarks."""

from __future__ import annotations

import numpy as np
import pytest

from napari_homolog import Landmarks
from napari_homolog.errors import LandmarkError
from napari_homolog.procrustes import generalised_procrustes_analysis
from napari_homolog.symmetry import check_pairs, mirrored_landmarks

PAIRS = [("left eye", "right eye"), ("left fin", "right fin")]
NAMES = ("left eye", "right eye", "left fin", "right fin", "tip")


def test_a_symmetric_animal_is_its_own_mirror_image() -> None:
    points = [(10, 30), (10, 69), (40, 20), (40, 79), (80, 49.5)]
    head = Landmarks.from_arrays(NAMES, points)
    np.testing.assert_array_equal(mirrored_landmarks(head, PAIRS, 100).points, head.points)


def test_twice_mirrored_it_is_as_before_and_missing_ones_change_places_too() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 99, (5, 2))
    points[0] = np.nan
    head = Landmarks.from_arrays(NAMES, points)
    once = mirrored_landmarks(head, PAIRS, 100)
    assert once.present.tolist() == [True, False, True, True, True]
    np.testing.assert_allclose(mirrored_landmarks(once, PAIRS, 100).points, points)


def test_left_and_right_wings_have_one_shape_only_when_one_is_mirrored() -> None:
    left = Landmarks({"a": (0, 0), "b": (2, 9), "c": (7, 4), "d": (5, 1)})
    right = mirrored_landmarks(left, [], 20)
    apart = generalised_procrustes_analysis([left, right]).distances.max()
    together = generalised_procrustes_analysis([left, mirrored_landmarks(right, [], 20)])
    assert apart > 0.1
    assert together.distances.max() < 1e-9


def test_impossible_pairs_are_refused() -> None:
    with pytest.raises(LandmarkError, match="'a' is in two symmetric pairs"):
        check_pairs([("a", "b"), ("c", "a")])
    with pytest.raises(LandmarkError, match="paired with itself"):
        check_pairs([("a", "a")])
    with pytest.raises(LandmarkError, match="'a' changes places with 'z'"):
        mirrored_landmarks(Landmarks({"a": (0, 0), "b": (1, 1)}), [("a", "z")], 5)
