"""Predictors of localisation confidence, on synthetic specimens with known landmarks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import napari_homolog as nh
from napari_homolog.correspondence.inference.uncertainty_features import UNCERTAINTY_FEATURES
from napari_homolog.diffusion import Backbone
from napari_homolog.synthetic import SyntheticSpecimen, generate, generate_damaged

QUICK = nh.preset("standard").changed(
    "quick",
    learn={"restarts": 2, "steps": 250, "encodings": 2, "close_ups": 2},
    locate={"encodings": 2, "close_ups": 2},
)


@pytest.fixture(scope="module")
def specimen() -> SyntheticSpecimen:
    return generate("beetle", 21, (200, 200))


def feature(prediction: nh.Prediction, name: str) -> np.ndarray:
    assert prediction.uncertainty_features is not None
    return prediction.uncertainty_features[:, UNCERTAINTY_FEATURES.index(name)]


def test_the_reference_itself_is_located_with_confidence(
    on_itself: nh.Prediction, specimen: SyntheticSpecimen
) -> None:
    size = specimen.landmarks.longer_side()
    assert np.abs(feature(on_itself, "similarity")).max() < 0.1
    assert np.abs(feature(on_itself, "close-up similarity")).max() < 0.15
    assert on_itself.cycle_error is not None
    assert np.median(on_itself.cycle_error) < 0.05 * size
    assert np.median(on_itself.spread) < 0.02 * size
    assert on_itself.missing_probability is not None
    assert on_itself.missing_probability.max() < 0.1
    assert np.median(on_itself.confidence) > 0.8


def test_an_image_of_noise_is_located_with_less_confidence(
    embedded: Backbone, learned: nh.LandmarkSet, on_itself: nh.Prediction
) -> None:
    noise = np.random.default_rng(0).random((200, 200, 3), dtype=np.float32)
    on_noise = nh.locate(embedded, noise, learned)
    assert np.median(on_noise.confidence) < 0.7 * np.median(on_itself.confidence)
    assert on_noise.expected_error is not None
    assert on_itself.expected_error is not None
    assert np.median(on_noise.expected_error) > 2 * np.median(on_itself.expected_error)


def test_parts_that_broke_off_are_more_probably_missing_than_the_rest(
    embedded: Backbone, learned: nh.LandmarkSet
) -> None:
    absent_parts, present_parts = [], []
    for seed in (1, 2, 3):
        damaged = generate_damaged("beetle", seed, (200, 200))
        prediction = nh.locate(embedded, damaged.image, learned)
        truth = np.array([damaged.landmarks[name] for name in prediction.names])
        assert prediction.missing_probability is not None
        absent = np.isnan(truth[:, 0])
        absent_parts += prediction.missing_probability[absent].tolist()
        present_parts += prediction.missing_probability[~absent].tolist()
    assert np.mean(absent_parts) > 2 * np.mean(present_parts)


def test_a_single_landmark_is_related_to_the_image_s_size(
    embedded: Backbone, specimen: SyntheticSpecimen
) -> None:
    alone = nh.Landmarks({"head": specimen.landmarks.points[0]})
    short = QUICK.changed("short", learn={"steps": 50, "restarts": 1})
    learned = nh.learn(embedded, [nh.Reference(specimen.image, alone)], preset=short)
    prediction = nh.locate(embedded, specimen.image, learned)
    np.testing.assert_allclose(
        np.exp(feature(prediction, "spread")), np.maximum(prediction.spread / 100, 1e-3)
    )
    assert prediction.confidence[0] > 0.5


def test_spread_is_the_covariance_s_trace(on_itself: nh.Prediction) -> None:
    covariance = on_itself.covariance
    np.testing.assert_allclose(on_itself.spread**2, covariance[:, 0, 0] + covariance[:, 1, 1])
    assert (np.linalg.eigvalsh(covariance) >= -1e-9).all()


def test_secondary_peaks_lie_away_from_the_points(on_itself: nh.Prediction) -> None:
    assert on_itself.secondary_peaks is not None
    assert on_itself.secondary_peak_height is not None
    distances = np.linalg.norm(on_itself.secondary_peaks - on_itself.points, axis=1)
    assert (distances > 10).all()
    height = on_itself.secondary_peak_height
    assert ((height >= 0) & (height <= 1)).all()


def test_the_same_seed_gives_the_same_points(
    embedded: Backbone,
    specimen: SyntheticSpecimen,
    learned: nh.LandmarkSet,
    on_itself: nh.Prediction,
) -> None:
    again = nh.locate(embedded, specimen.image, learned)
    np.testing.assert_array_equal(again.points, on_itself.points)
    np.testing.assert_array_equal(again.confidence, on_itself.confidence)


def test_the_cycle_reference_survives_saving(learned: nh.LandmarkSet, tmp_path: Path) -> None:
    learned.save(tmp_path / "set.safetensors")
    loaded = nh.LandmarkSet.load(tmp_path / "set.safetensors")
    before, after = learned.cycle_reference, loaded.cycle_reference
    assert before is not None
    assert after is not None
    assert after.size == pytest.approx(before.size)
    torch.testing.assert_close(after.normalised, before.normalised)
    torch.testing.assert_close(after.features, before.features, atol=0, rtol=0)
    attention = learned.coarse.reference_attention
    torch.testing.assert_close(loaded.coarse.reference_attention, attention)
