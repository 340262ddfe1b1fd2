from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import napari_homolog as nh
from napari_homolog.correspondence import LocateSettings, Prediction
from napari_homolog.correspondence.poses import Pose, poses
from napari_homolog.diffusion import Backbone
from napari_homolog.synthetic import generate


def prediction(shape: tuple[int, int], points: np.ndarray, maps: np.ndarray) -> Prediction:
    scale = np.array(shape) / maps.shape[1:]
    return Prediction(
        names=tuple(str(index) for index in range(len(points))),
        points=points,
        maps=maps,
        scale=scale,
        translate=(scale - 1) / 2,
        covariance=np.tile(np.diag([9.0, 1.0]), (len(points), 1, 1)),
        confidence=np.ones(len(points)),
        settings=LocateSettings(),
        rivals=points[::-1],
    )


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("mirrored", [False, True])
def test_quarter_turns_move_pixels_without_mixing_them(turns: int, mirrored: bool) -> None:
    picture = np.random.default_rng(0).random((7, 11, 3), dtype=np.float32)
    expected = np.rot90(picture[:, ::-1] if mirrored else picture, turns)
    posed = Pose(90.0 * turns, mirrored, (7, 11)).apply(picture)
    np.testing.assert_allclose(posed, expected, atol=1e-5)


@given(st.floats(0, 360), st.booleans(), st.integers(5, 300), st.integers(5, 300))
def test_points_come_back_and_the_frame_holds_the_target(
    angle: float, mirrored: bool, height: int, width: int
) -> None:
    pose = Pose(angle, mirrored, (height, width))
    corners = np.array([[0, 0], [0, width - 1], [height - 1, 0], [height - 1, width - 1]], float)
    posed = corners @ pose.matrix[:, :2].T + pose.matrix[:, 2]
    assert posed.min() > -1e-6 - 0.5
    assert (posed < np.array(pose.posed_shape) - 0.5 + 1e-6).all()
    shape = (4, 4)
    found = prediction(pose.posed_shape, posed, np.zeros((4, *shape), np.float32))
    back = pose.undo(found)
    np.testing.assert_allclose(back.points, corners, atol=1e-6)
    assert back.rivals is not None
    np.testing.assert_allclose(back.rivals, corners[::-1], atol=1e-6)


def test_a_quarter_turn_swaps_the_covariance_s_axes() -> None:
    pose = Pose(90.0, False, (20, 30))
    back = pose.undo(prediction((30, 20), np.zeros((1, 2)), np.zeros((1, 3, 2), np.float32)))
    np.testing.assert_allclose(back.covariance[0], np.diag([1.0, 9.0]), atol=1e-9)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_map_s_peak_comes_back_to_the_point(mirrored: bool) -> None:
    pose = Pose(90.0, mirrored, (64, 128))
    maps = np.zeros((1, 32, 16), np.float32)
    maps[0, 25, 4] = 1
    posed = prediction((128, 64), np.array([[25 * 4 + 1.5, 4 * 4 + 1.5]]), maps)
    back = pose.undo(posed)
    peak = np.array(np.unravel_index(back.maps[0].argmax(), back.maps[0].shape))
    np.testing.assert_allclose(peak * back.scale + back.translate, back.points[0], atol=1e-4)


def test_poses_start_with_the_target_as_it_is() -> None:
    listed = [(pose.angle, pose.mirrored) for pose in poses(2, True, (4, 4))]
    assert listed == [(0, False), (180, False), (0, True), (180, True)]


def test_a_turned_and_mirrored_specimen_is_recognised(embedded: Backbone) -> None:
    """Not only found again: the angle says so, and the points lie on the specimen as it lies."""
    specimen = generate("fish", 11, (160, 200))
    quick = nh.preset("balanced").changed(
        "quick", learn={"rounds": 2, "steps": 200}, locate={"encodings": 2}
    )
    learned = nh.learn(embedded, [nh.Reference(specimen.image, specimen.landmarks)], preset=quick)
    pose = Pose(270.0, True, (160, 200))
    turned = pose.apply(nh.images.as_rgb(specimen.image))
    settings = quick.changed("any pose", locate={"turns": 4, "mirror": True}).locate
    found = nh.locate(embedded, turned, learned, settings=settings)
    # A mirror image is its own undoing; a turn after it is undone by the same turn before it.
    assert (found.angle, found.mirrored) == (270.0, True)
    truth = specimen.landmarks.points @ pose.matrix[:, :2].T + pose.matrix[:, 2]
    errors = np.linalg.norm(found.points - truth, axis=1)
    assert np.median(errors) < 0.05 * specimen.landmarks.longer_side()
    upright = nh.locate(embedded, turned, learned, settings=replace_turns(settings))
    assert np.median(np.linalg.norm(upright.points - truth, axis=1)) > np.median(errors)


def replace_turns(settings: nh.LocateSettings) -> nh.LocateSettings:
    return settings.model_copy(update={"turns": 1, "mirror": False})
