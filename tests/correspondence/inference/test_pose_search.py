"""Rotated and mirrored targets: predictions made in a pose lie on the target as it is."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import napari_homolog as nh
from napari_homolog.correspondence import Prediction
from napari_homolog.correspondence.inference import pose_search
from napari_homolog.correspondence.inference.pose_search import to_target
from napari_homolog.correspondence.inference.target import TargetContext
from napari_homolog.correspondence.inference.target_passes import PassResult, coarse_pass
from napari_homolog.correspondence.priors.pose import Pose
from napari_homolog.diffusion import Backbone
from napari_homolog.images import as_rgb
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
        settings=nh.LocateSettings(),
        secondary_peaks=points[::-1],
    )


@given(st.floats(0, 360), st.booleans(), st.integers(5, 300), st.integers(5, 300))
def test_points_come_back_and_the_frame_holds_the_target(
    angle: float, mirrored: bool, height: int, width: int
) -> None:
    pose = Pose(angle, mirrored, (height, width))
    corners = np.array([[0, 0], [0, width - 1], [height - 1, 0], [height - 1, width - 1]], float)
    posed = corners @ pose.matrix[:, :2].T + pose.matrix[:, 2]
    assert posed.min() > -1e-6 - 0.5
    assert (posed < np.array(pose.posed_shape) - 0.5 + 1e-6).all()
    in_pose = prediction(pose.posed_shape, posed, np.zeros((4, 4, 4), np.float32))
    on_target = to_target(in_pose, pose)
    np.testing.assert_allclose(on_target.points, corners, atol=1e-6)
    assert on_target.secondary_peaks is not None
    np.testing.assert_allclose(on_target.secondary_peaks, corners[::-1], atol=1e-6)
    assert (on_target.angle, on_target.mirrored) == (angle, mirrored)


def test_a_rotation_by_90_degrees_swaps_the_covariance_s_axes() -> None:
    pose = Pose(90.0, False, (20, 30))
    in_pose = prediction((30, 20), np.zeros((1, 2)), np.zeros((1, 3, 2), np.float32))
    on_target = to_target(in_pose, pose)
    np.testing.assert_allclose(on_target.covariance[0], np.diag([1.0, 9.0]), atol=1e-9)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_map_s_peak_stays_at_its_point(mirrored: bool) -> None:
    pose = Pose(90.0, mirrored, (64, 128))
    maps = np.zeros((1, 32, 16), np.float32)
    maps[0, 25, 4] = 1
    in_pose = prediction((128, 64), np.array([[25 * 4 + 1.5, 4 * 4 + 1.5]]), maps)
    on_target = to_target(in_pose, pose)
    peak = np.array(np.unravel_index(on_target.maps[0].argmax(), on_target.maps[0].shape))
    position = peak * on_target.scale + on_target.translate
    np.testing.assert_allclose(position, on_target.points[0], atol=1e-4)


def test_a_rotated_and_mirrored_specimen_is_recognised(embedded: Backbone) -> None:
    specimen = generate("fish", 11, (160, 200))
    quick = nh.preset("attention").changed(
        "quick", learn={"restarts": 2, "steps": 200}, locate={"encodings": 2}
    )
    learned = nh.learn(embedded, [nh.Reference(specimen.image, specimen.landmarks)], preset=quick)
    pose = Pose(270.0, True, (160, 200))
    posed = pose.apply(as_rgb(specimen.image))
    truth = specimen.landmarks.points @ pose.matrix[:, :2].T + pose.matrix[:, 2]

    def median_error(settings: nh.LocateSettings) -> float:
        prediction = nh.locate(embedded, posed, learned, settings=settings)
        # A mirror image is its own inverse; a rotation after it is undone by the same one before.
        expected = (0.0, False) if settings.rotations == 1 else (270.0, True)
        assert (prediction.angle, prediction.mirrored) == expected
        return float(np.median(np.linalg.norm(prediction.points - truth, axis=1)))

    upright = quick.locate
    any_pose = upright.changed(rotations=4, mirror=True)
    assert median_error(any_pose) < 0.05 * specimen.landmarks.longer_side()
    assert median_error(upright) > median_error(any_pose)


def test_no_pass_but_the_best_one_is_held_while_other_poses_are_tried(
    embedded: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    specimen = generate("fish", 11, (96, 120))
    quick = nh.preset("attention").changed(
        "quick", learn={"restarts": 1, "steps": 5, "encodings": 1, "windows": 1}
    )
    learned = nh.learn(embedded, [nh.Reference(specimen.image, specimen.landmarks)], preset=quick)
    passes: list[weakref.ref[PassResult]] = []
    held = []

    def counted(target: TargetContext) -> PassResult:
        held.append(sum(one() is not None for one in passes))
        result = coarse_pass(target)
        passes.append(weakref.ref(result))
        return result

    monkeypatch.setattr(pose_search, "coarse_pass", counted)
    settings = quick.locate.changed(rotations=4, mirror=True)
    nh.locate(embedded, specimen.image, learned, settings=settings)
    assert held == [0, *[1] * 7]
