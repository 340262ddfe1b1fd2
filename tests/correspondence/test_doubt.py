"""What tells sure finds from doubtful ones, on drawings with known landmarks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import napari_homolog as nh
from napari_homolog.correspondence import LandmarkSet, Prediction
from napari_homolog.correspondence.signs import SIGNS
from napari_homolog.diffusion import Backbone
from napari_homolog.synthetic import SyntheticSpecimen, generate, generate_damaged

QUICK = nh.preset("precise").changed(
    "quick",
    learn={"rounds": 2, "steps": 250, "encodings": 2, "close_ups": 2},
    locate={"encodings": 2, "close_ups": 2},
)


@pytest.fixture(scope="module")
def specimen() -> SyntheticSpecimen:
    return generate("beetle", 21, (200, 200))


@pytest.fixture(scope="module")
def learned(embedded: Backbone, specimen: SyntheticSpecimen) -> LandmarkSet:
    return nh.learn(embedded, [nh.Reference(specimen.image, specimen.landmarks)], preset=QUICK)


@pytest.fixture(scope="module")
def on_itself(embedded: Backbone, specimen: SyntheticSpecimen, learned: LandmarkSet) -> Prediction:
    return nh.locate(embedded, specimen.image, learned)


def column(found: Prediction, name: str) -> np.ndarray:
    assert found.signs is not None
    return found.signs[:, SIGNS.index(name)]


def test_the_reference_itself_shows_no_doubt(
    on_itself: Prediction, specimen: SyntheticSpecimen
) -> None:
    size = specimen.landmarks.longer_side()
    assert np.abs(column(on_itself, "similarity")).max() < 0.1
    assert np.abs(column(on_itself, "close similarity")).max() < 0.15
    assert on_itself.cycle_error is not None
    assert np.median(on_itself.cycle_error) < 0.05 * size
    assert np.median(on_itself.spread) < 0.02 * size
    assert on_itself.missing_probability is not None
    assert on_itself.missing_probability.max() < 0.1
    assert np.median(on_itself.confidence) > 0.8


def test_a_picture_of_something_else_is_doubted(
    embedded: Backbone, learned: LandmarkSet, on_itself: Prediction
) -> None:
    noise = np.random.default_rng(0).random((200, 200, 3), dtype=np.float32)
    found = nh.locate(embedded, noise, learned)
    assert np.median(found.confidence) < 0.7 * np.median(on_itself.confidence)
    assert found.expected_error is not None
    assert on_itself.expected_error is not None
    assert np.median(found.expected_error) > 2 * np.median(on_itself.expected_error)


def test_what_broke_off_seems_missing_rather_than_what_is_left(
    embedded: Backbone, learned: LandmarkSet
) -> None:
    gone, left = [], []
    for seed in (1, 2, 3):
        damaged = generate_damaged("beetle", seed, (200, 200))
        found = nh.locate(embedded, damaged.image, learned)
        truth = np.array([damaged.landmarks[name] for name in found.names])
        assert found.missing_probability is not None
        absent = np.isnan(truth[:, 0])
        gone += found.missing_probability[absent].tolist()
        left += found.missing_probability[~absent].tolist()
    assert np.mean(gone) > 2 * np.mean(left)


def test_a_single_landmark_is_judged_by_the_picture_s_size(
    embedded: Backbone, specimen: SyntheticSpecimen
) -> None:
    alone = nh.Landmarks({"head": specimen.landmarks.points[0]})
    short = QUICK.changed("short", learn={"steps": 50, "rounds": 1})
    learned = nh.learn(embedded, [nh.Reference(specimen.image, alone)], preset=short)
    found = nh.locate(embedded, specimen.image, learned)
    np.testing.assert_allclose(
        np.exp(column(found, "spread")), np.maximum(found.spread / 100, 1e-3)
    )
    assert found.confidence[0] > 0.5


def test_spread_is_the_covariance_s_trace(on_itself: Prediction) -> None:
    covariance = on_itself.covariance
    np.testing.assert_allclose(on_itself.spread**2, covariance[:, 0, 0] + covariance[:, 1, 1])
    assert (np.linalg.eigvalsh(covariance) >= -1e-9).all()


def test_rivals_lie_away_from_the_points(on_itself: Prediction) -> None:
    assert on_itself.rivals is not None
    assert on_itself.rival_height is not None
    assert (np.linalg.norm(on_itself.rivals - on_itself.points, axis=1) > 10).all()
    assert ((on_itself.rival_height >= 0) & (on_itself.rival_height <= 1)).all()


def test_the_same_seed_gives_the_same_points(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: LandmarkSet, on_itself: Prediction
) -> None:
    again = nh.locate(embedded, specimen.image, learned)
    np.testing.assert_array_equal(again.points, on_itself.points)
    np.testing.assert_array_equal(again.confidence, on_itself.confidence)


def test_the_way_home_survives_saving(learned: LandmarkSet, tmp_path: Path) -> None:
    learned.save(tmp_path / "set.safetensors")
    again = LandmarkSet.load(tmp_path / "set.safetensors")
    assert learned.home is not None
    assert again.home is not None
    assert again.home.size == pytest.approx(learned.home.size)
    torch.testing.assert_close(again.home.shares, learned.home.shares)
    torch.testing.assert_close(again.home.features, learned.home.features, atol=0, rtol=0)
    torch.testing.assert_close(again.whole.own_attention, learned.whole.own_attention)
