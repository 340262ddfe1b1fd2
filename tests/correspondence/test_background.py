"""The background, on pictures of which it is known."""

from __future__ import annotations

import numpy as np
import pytest

from napari_homolog.correspondence.arrangement import expected_by_others
from napari_homolog.correspondence.background import RADIUS, background, background_around


@pytest.fixture
def half() -> np.ndarray:
    """A dark specimen on a light ground that grows lighter to the right, with a little noise."""
    picture = np.tile(np.linspace(0.5, 0.8, 240), (200, 1))[..., None].repeat(3, axis=-1)
    picture[60:140, 120:200] = (0.1, 0.3, 0.2)
    noise = np.random.default_rng(0).normal(0, 0.005, picture.shape)
    return (picture + noise).astype(np.float32)


def test_ground_under_uneven_light_is_background_and_the_specimen_is_not(half: np.ndarray) -> None:
    likeness = background(half)
    ground = np.ones(likeness.shape, bool)
    ground[55:145, 115:205] = False
    assert np.median(likeness[ground]) > 0.9
    assert likeness[65:135, 125:195].max() < 0.01


def test_shares_in_discs_are_those_of_plane_geometry(half: np.ndarray) -> None:
    # On the ground, inside, on a straight edge, on a right-angled corner.
    points = np.array([[35.0, 35.0], [100, 160], [100, 119.5], [59.5, 119.5], [np.nan, np.nan]])
    shares = background_around(half, points, size=30 / RADIUS)
    np.testing.assert_allclose(shares[:4] / shares[0], [1, 0, 0.5, 0.75], atol=0.04)
    assert np.isnan(shares[4])


def test_large_pictures_give_the_same_shares(half: np.ndarray) -> None:
    large = half.repeat(5, axis=0).repeat(5, axis=1)
    points = np.array([[100.0, 119.5], [59.5, 119.5], [100, 150]])
    small_shares = background_around(half, points, size=300)
    np.testing.assert_allclose(
        background_around(large, points * 5 + 2, size=1500), small_shares, atol=0.05
    )


def test_a_stray_does_not_move_where_the_others_let_expect_it() -> None:
    shape = np.array([[0.0, 0], [0, 10], [10, 0], [10, 10], [5, 5]])
    found = shape * 3 + (7, 2)
    found[4] += (40, -30)
    places = expected_by_others(shape, found, np.ones(5))
    np.testing.assert_allclose(places[4], (22, 17), atol=1e-6)
    assert np.isnan(expected_by_others(shape[:2], found[:2], np.ones(2))).all()
