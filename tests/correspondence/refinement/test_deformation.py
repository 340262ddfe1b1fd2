from __future__ import annotations

import numpy as np

from napari_homolog.correspondence.refinement.deformation import Deformation

ORIGINS = np.stack(np.mgrid[0:4, 0:4], -1).reshape(-1, 2) * 30.0


def expected(found: np.ndarray, variance: float) -> np.ndarray:
    return Deformation(amplitude=0.05, length=0.5).expected(
        ORIGINS, found, np.full(len(ORIGINS), variance), size=100
    )


def test_places_found_with_certainty_are_expected() -> None:
    bent = ORIGINS + 3 * np.sin(ORIGINS / 60)
    np.testing.assert_allclose(expected(bent, 1e-6), bent, atol=0.05)


def test_an_affine_map_is_followed_however_uncertain_single_places_are() -> None:
    moved = ORIGINS @ np.array([[1.02, 0.03], [-0.03, 1.01]]) + (5, -8)
    np.testing.assert_allclose(expected(moved, 400.0), moved, atol=0.5)


def test_one_wrong_landmark_is_expected_where_the_others_lead() -> None:
    found = ORIGINS.copy()
    found[5] += (25, -25)
    np.testing.assert_allclose(expected(found, 4.0), ORIGINS, atol=2.0)


def test_a_smooth_bend_is_followed() -> None:
    bend = np.column_stack([4 * np.sin(ORIGINS[:, 1] / 30), np.zeros(len(ORIGINS))])
    rng = np.random.default_rng(1)
    found = ORIGINS + bend + rng.normal(size=ORIGINS.shape)
    error = np.abs(expected(found, 1.0) - ORIGINS - bend).mean()
    assert error < np.abs(found - ORIGINS - bend).mean()
