"""Curves against closed forms: circles, straight lines, right angles."""

from __future__ import annotations

import numpy as np
import pytest

from napari_homolog.curves import (
    CurveDefinition,
    arc_lengths,
    as_path,
    at_shares,
    check_crossings,
    crosses_itself,
    distances_to,
    normals,
    project,
    resample,
)
from napari_homolog.errors import CurveError


def circle(count: int, radius: float = 50.0) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return radius * np.stack([np.sin(angles), np.cos(angles)], axis=1) + 100


def test_the_length_around_a_circle_is_two_pi_r() -> None:
    assert arc_lengths(circle(4000), closed=True)[-1] == pytest.approx(2 * np.pi * 50, rel=1e-6)


def test_points_at_even_shares_of_a_circle_are_a_regular_polygon() -> None:
    points = CurveDefinition("ring", (), 6, closed=True).on(circle(6000))
    sides = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    assert sides == pytest.approx(50.0, abs=1e-3)
    assert points[0] == pytest.approx([100.0, 150.0])


def test_uneven_vertices_do_not_change_where_points_lie_on_a_straight_line() -> None:
    line = np.array([[0.0, 0.0], [0.1, 0.1], [0.2, 0.2], [9.0, 9.0], [12.0, 12.0]])
    points = CurveDefinition("line", ("a", "b"), 3).on(line)
    assert points == pytest.approx(np.array([[3.0, 3.0], [6.0, 6.0], [9.0, 9.0]]))


def test_given_shares_place_points_around_a_corner() -> None:
    corner = [[0.0, 0.0], [0.0, 6.0], [4.0, 6.0]]
    points = CurveDefinition("corner", ("a", "b"), 2, shares=(0.3, 0.8)).on(corner)
    assert points == pytest.approx(np.array([[0.0, 3.0], [2.0, 6.0]]))


def test_the_normals_of_a_circle_point_to_its_centre() -> None:
    ring = circle(360)
    inward = (100 - ring) / 50
    assert np.abs((normals(ring, closed=True) * inward).sum(1)) == pytest.approx(1.0)
    assert normals([[0.0, 0.0], [0.0, 1.0], [0.0, 2.0]]) == pytest.approx(
        np.tile([-1.0, 0.0], (3, 1))
    )


def test_the_ends_of_an_open_path_stay_when_it_is_resampled() -> None:
    path = np.array([[0.0, 0.0], [1.0, 5.0], [9.0, 2.0]])
    points = resample(path, 7)
    assert points[[0, -1]] == pytest.approx(path[[0, -1]])
    assert np.diff(arc_lengths(path)[-1] * project(points, path)[1]) == pytest.approx(
        arc_lengths(path)[-1] / 6
    )


def test_the_distance_to_a_circle_is_the_difference_of_radii() -> None:
    assert distances_to([[100.0, 100.0], [100.0, 170.0]], circle(5000), closed=True) == (
        pytest.approx([50.0, 20.0], abs=1e-3)
    )


def test_closed_paths_go_around() -> None:
    square = [[0.0, 0.0], [0.0, 2.0], [2.0, 2.0], [2.0, 0.0]]
    assert at_shares(square, [0.875, 1.125], closed=True).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_a_figure_of_eight_crosses_itself_and_a_square_does_not() -> None:
    assert crosses_itself([[0, 0], [2, 2], [2, 0], [0, 2]])
    assert not crosses_itself([[0, 0], [0, 2], [2, 2], [2, 0]], closed=True)


def test_curves_may_meet_at_their_ends_and_not_cross() -> None:
    check_crossings(["a", "b"], [[[0, 0], [2, 2]], [[2, 2], [4, 0]]])
    with pytest.raises(CurveError, match=r"'a' and 'b' cross"):
        check_crossings(["a", "b"], [[[0, 0], [2, 2]], [[2, 0], [0, 2]]])


def test_missing_and_repeated_points_are_no_part_of_a_path() -> None:
    path = as_path([[0, 0], [np.nan, np.nan], [1, 1], [1, 1], [3, 0], [0, 0]], closed=True)
    assert path.tolist() == [[0, 0], [1, 1], [3, 0]]
    with pytest.raises(CurveError, match="1 different points; give at least 2"):
        as_path([[1, 1], [1, 1]])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"anchors": ("a",)}, "1 anchor; give an open curve two landmarks"),
        ({"anchors": ("a", "a")}, "begins and ends at landmark 'a'"),
        ({"anchors": ("a", "b"), "closed": True}, "closed and has 2 anchors"),
        ({"anchors": ("a", "b"), "semilandmarks": 0}, "0 semilandmarks"),
        ({"anchors": ("a", "b"), "shares": (0.5, 0.4, 0.6)}, "give 3 increasing numbers"),
        ({"anchors": ("a", "b"), "name": " "}, "name each curve"),
    ],
)
def test_a_contradictory_definition_is_refused_in_one_sentence(
    given: dict[str, object], message: str
) -> None:
    with pytest.raises(CurveError, match=message):
        CurveDefinition(**{"name": "margin", "semilandmarks": 3, **given})  # type: ignore[arg-type]
