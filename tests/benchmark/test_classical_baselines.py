from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest
from skimage import data
from skimage.transform import AffineTransform, warp

from napari_homolog import Landmarks
from napari_homolog.benchmark import score
from napari_homolog.benchmark.matchers import (
    CLASSICAL_BASELINES,
    classical_baselines,
    create_baseline,
)
from napari_homolog.benchmark.matchers.classical_baselines import _plausible
from napari_homolog.benchmark.matchers.moving_least_squares import deform
from napari_homolog.errors import SettingsError

SHIFT = np.array([[0.9, 0.15], [-0.1, 1.05]])
OFFSET = np.array([6.0, -4.0])
MARKS = Landmarks({"a": (60, 70), "b": (150, 90), "c": (100, 160), "d": (190, 190)})


@pytest.fixture(scope="module")
def textured() -> tuple[np.ndarray, np.ndarray, Landmarks]:
    """Return a picture, the same moved by an affine map, and where the landmarks went."""
    picture = data.astronaut()[::2, ::2].astype(np.float32) / 255
    row_col = np.eye(3)
    row_col[:2, :2], row_col[:2, 2] = SHIFT, OFFSET
    swap = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    moved = warp(picture, AffineTransform(swap @ np.linalg.inv(row_col) @ swap), mode="edge")
    truth = Landmarks.from_arrays(MARKS.names, MARKS.points @ SHIFT.T + OFFSET)
    return picture, moved.astype(np.float32), truth


def test_affine_finds_an_affine_map(textured: tuple[np.ndarray, np.ndarray, Landmarks]) -> None:
    picture, moved, truth = textured
    found = create_baseline("affine").match(picture, MARKS, moved)
    np.testing.assert_allclose(found.points, truth.points, atol=1)


def test_sift_is_near_with_matches_all_around(
    textured: tuple[np.ndarray, np.ndarray, Landmarks],
) -> None:
    picture, moved, truth = textured
    found = create_baseline("sift").match(picture, MARKS, moved)
    errors = np.linalg.norm(found.points - truth.points, axis=1)
    assert np.median(errors) < 5


def test_affine_refuses_maps_that_take_everything_to_one_place() -> None:
    def map_of(*linear: float) -> AffineTransform:
        matrix = np.eye(3)
        matrix[:2, :2] = np.reshape(linear, (2, 2))
        return AffineTransform(matrix)

    accept = _plausible(2)
    assert accept(map_of(2, 0.5, -0.5, 2))
    assert not accept(map_of(0.1, 0, 0, 2))
    assert not accept(map_of(2, 0, 0, 7))
    assert not accept(map_of(2, 0, 0, -2))
    assert not accept(map_of(np.nan, 0, 0, 2))


@pytest.mark.parametrize("name", ["affine", "sift"])
def test_without_anything_to_see_the_frames_are_laid_on_each_other(name: str) -> None:
    flat = np.full((100, 200, 3), 0.5, np.float32)
    marks = Landmarks({"a": (9.5, 19.5)})
    found = create_baseline(name).match(flat, marks, np.full((50, 400, 3), 0.5, np.float32))
    # A tenth of the height down, a tenth of the width across.
    np.testing.assert_allclose(found.points, [[4.5, 39.5]])


def test_same_place_is_the_same_share_of_height_and_width() -> None:
    source, target = np.zeros((100, 200, 3), np.float32), np.zeros((50, 400, 3), np.float32)
    marks = Landmarks({"a": (-0.5, -0.5), "b": (99.5, 199.5)})
    found = create_baseline("same-place").match(source, marks, target)
    np.testing.assert_allclose(found.points, [(-0.5, -0.5), (49.5, 399.5)])


def test_a_random_matcher_reaches_the_share_of_the_area() -> None:
    # Three landmarks in the middle of 100 x 200 pixels, the box's longer side 40: within 0.25 of
    # it lies a disk of radius 10, 314 of 20,000 square pixels.
    rng = np.random.default_rng(0)
    marks = Landmarks({"a": (50, 80), "b": (50, 120), "c": (60, 100)})
    matcher = create_baseline("random")
    found = []
    for _ in range(3000):
        target = np.broadcast_to(rng.random((1, 1, 3), np.float32), (100, 200, 3))
        points = matcher.match(target, marks, target).points
        found.append(Landmarks.from_arrays(marks.names, points))
    scores = score(found, [marks] * len(found))
    share = np.pi * 10**2 / (100 * 200)
    deviation = np.sqrt(share * (1 - share) / 9000)
    assert scores.pck(0.25) == pytest.approx(share, abs=4 * deviation)


def test_the_same_pictures_give_the_same_random_places() -> None:
    picture = np.random.default_rng(0).random((30, 40, 3), np.float32)
    places = [create_baseline("random", seed=seed).match(picture, MARKS, picture).points
              for seed in (1, 1, 2)]  # fmt: skip
    np.testing.assert_array_equal(places[0], places[1])
    assert not np.array_equal(places[0], places[2])


def test_moving_least_squares_follow_an_affine_map_exactly() -> None:
    rng = np.random.default_rng(0)
    before = rng.uniform(0, 100, (12, 2))
    points = rng.uniform(0, 100, (5, 2))
    moved = deform(points, before, before @ SHIFT.T + OFFSET)
    np.testing.assert_allclose(moved, points @ SHIFT.T + OFFSET, atol=1e-5)


def test_moving_least_squares_take_a_match_where_it_went() -> None:
    before = np.array([(0.0, 0.0), (0.0, 100.0), (100.0, 50.0)])
    after = np.array([(5.0, 5.0), (0.0, 90.0), (120.0, 50.0)])
    np.testing.assert_allclose(deform(before, before, after), after, atol=1e-6)


def test_moving_least_squares_with_one_match_or_a_line_of_them() -> None:
    points = np.array([(3.0, 4.0)])
    one = deform(points, np.array([(1.0, 1.0)]), np.array([(2.0, 5.0)]))
    np.testing.assert_allclose(one, [(4.0, 8.0)])
    line = np.array([(0.0, 0.0), (0.0, 10.0), (0.0, 20.0)])
    # Twice as long along the line; across it, where nothing is known, as it was.
    np.testing.assert_allclose(deform(points, line, line * 2), [(3.0, 8.0)], atol=1e-4)


def test_floors_need_no_checkpoint() -> None:
    picture = np.random.default_rng(1).random((40, 40, 3), np.float32)
    marks = Landmarks({"a": (10, 10), "b": (20, 30)})
    for name in CLASSICAL_BASELINES:
        assert create_baseline(name).match(picture, marks, picture).points.shape == (2, 2)


def test_matches_that_only_a_mirror_explains_leave_the_frames(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = np.random.default_rng(0).uniform(0, 200, (12, 2))
    after = before * (1, -1) + (0, 200)
    monkeypatch.setattr(classical_baselines, "_matches", lambda _learned, _image: (before, after))
    picture = np.zeros((200, 200, 3), np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = create_baseline("affine").match(picture, Landmarks({"a": (30, 40)}), picture)
    np.testing.assert_allclose(found.points, [(30, 40)])


def test_registration_finds_an_affine_map_to_a_fraction_of_a_pixel(
    textured: tuple[np.ndarray, np.ndarray, Landmarks],
) -> None:
    picture, moved, truth = textured
    found = create_baseline("ncc").match(picture, MARKS, moved)
    np.testing.assert_allclose(found.points, truth.points, atol=0.7)


def test_further_references_serve_registration_and_trees(
    textured: tuple[np.ndarray, np.ndarray, Landmarks],
) -> None:
    picture, moved, truth = textured
    partial = Landmarks({**{name: truth[name] for name in "abc"}, "d": None})
    for name in ("ncc", "ert"):
        matcher = create_baseline(name)
        learned = matcher.learn_with(picture, MARKS, [(moved, partial), (moved, truth)])
        errors = np.linalg.norm(matcher.find(learned, moved).points - truth.points, axis=1)
        # Trees know whole pixels only, and have seen this picture.
        assert errors.max() < {"ncc": 0.7, "ert": 2}[name]


def test_trees_need_dlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(SettingsError, match=r"ert needs dlib; .* napari-homolog\[ert\]"):
        create_baseline("ert")
