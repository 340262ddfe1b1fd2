"""The background prior, on images whose background is known."""

from __future__ import annotations

import numpy as np
import pytest

from napari_homolog.correspondence.priors.background import (
    RADIUS,
    background_around,
    background_likelihood,
)


@pytest.fixture
def half() -> np.ndarray:
    """A dark specimen on a light ground that grows lighter to the right, with a little noise."""
    picture = np.tile(np.linspace(0.5, 0.8, 240), (200, 1))[..., None].repeat(3, axis=-1)
    picture[60:140, 120:200] = (0.1, 0.3, 0.2)
    noise = np.random.default_rng(0).normal(0, 0.005, picture.shape)
    return (picture + noise).astype(np.float32)


def test_ground_under_uneven_light_is_background_and_the_specimen_is_not(half: np.ndarray) -> None:
    likelihood = background_likelihood(half)
    ground = np.ones(likelihood.shape, bool)
    ground[55:145, 115:205] = False
    assert np.median(likelihood[ground]) > 0.9
    assert likelihood[65:135, 125:195].max() < 0.01


def test_shares_in_discs_are_those_of_plane_geometry(half: np.ndarray) -> None:
    # On the ground, inside, on a straight edge, on a right-angled corner.
    points = np.array([[35.0, 35.0], [100, 160], [100, 119.5], [59.5, 119.5], [np.nan, np.nan]])
    shares = background_around(half, points, size=30 / RADIUS)
    np.testing.assert_allclose(shares[:4] / shares[0], [1, 0, 0.5, 0.75], atol=0.04)
    assert np.isnan(shares[4])


def test_large_images_give_the_same_shares(half: np.ndarray) -> None:
    large = half.repeat(5, axis=0).repeat(5, axis=1)
    points = np.array([[100.0, 119.5], [59.5, 119.5], [100, 150]])
    small_shares = background_around(half, points, size=300)
    np.testing.assert_allclose(
        background_around(large, points * 5 + 2, size=1500), small_shares, atol=0.05
    )
