from __future__ import annotations

import numpy as np
import pytest

from napari_homolog import Landmarks
from napari_homolog.errors import LandmarkError


def test_names_and_missing_landmarks_keep_their_order() -> None:
    marks = Landmarks({"tip": (1, 2), "lost": None, "base": (3.5, 4)})
    assert marks.names == tuple(marks) == ("tip", "lost", "base")
    assert marks.present.tolist() == [True, False, True]
    np.testing.assert_array_equal(marks["base"], [3.5, 4])
    assert np.isnan(marks["lost"]).all()


def test_points_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Landmarks({"tip": (1, 2)}).points[0] = 0


def test_centroid_size_of_a_square() -> None:
    # Four corners of a square of side 2: each lies sqrt(2) from the centroid.
    marks = Landmarks({"a": (0, 0), "b": (0, 2), "c": (2, 0), "d": (2, 2), "e": None})
    assert marks.centroid_size() == pytest.approx(np.sqrt(8))
    assert marks.longer_side() == 2


def test_centroid_size_of_the_sample_wing() -> None:
    # The sample files state 417.652 px for wing_01.
    points = [(250, 100), (200.5, 300.25), (240, 600), (330.75, 360), (345, 140.5)]
    marks = Landmarks.from_arrays([str(i) for i in range(5)], points)
    assert marks.centroid_size() == pytest.approx(417.652, abs=0.0005)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ({}, "no landmarks"),
        ({"": (1, 2)}, "not a landmark name"),
        ({"tip": (1, np.nan)}, "two finite numbers"),
        ({"tip": (1, np.inf)}, "two finite numbers"),
        ({"tip": (1, 2, 3)}, "expected"),
        ({"tip": ("a", "b")}, "pairs of numbers"),
    ],
)
def test_invalid_landmarks(points: dict[str, object], message: str) -> None:
    with pytest.raises(LandmarkError, match=message):
        Landmarks(points)  # type: ignore[arg-type]


def test_duplicate_names() -> None:
    with pytest.raises(LandmarkError, match="Duplicate landmark names: 'tip'"):
        Landmarks.from_arrays(["tip", "base", "tip"], [(0, 0), (1, 1), (2, 2)])


def test_the_image_extends_half_a_pixel_beyond_its_outer_pixel_centres() -> None:
    Landmarks({"a": (-0.5, -0.5), "b": (9.5, 19.5)}).require_inside(10, 20)
    with pytest.raises(LandmarkError, match=r"'b' at \(row 9.6, col 3\).*10 rows and 20 columns"):
        Landmarks({"a": (0, 0), "b": (9.6, 3)}).require_inside(10, 20)


def test_sizes_need_a_landmark() -> None:
    with pytest.raises(LandmarkError, match="missing"):
        Landmarks({"lost": None}).longer_side()


def test_representation() -> None:
    assert repr(Landmarks({"tip": (1, 2), "lost": None})) == (
        "Landmarks({'tip': (1.0, 2.0), 'lost': None})"
    )
