from __future__ import annotations

import numpy as np
import torch

from napari_homolog.correspondence.refinement.patch_correlation import (
    correlate,
    cut_patches,
    squared_distances,
    subpixel_peaks,
    variance_around,
)


def test_patches_are_cut_between_pixels() -> None:
    ramp = torch.arange(20.0).expand(1, 15, 20)
    patch = cut_patches(ramp, np.array([[7.0, 9.25]]), radius=2)
    np.testing.assert_allclose(patch[0, 0, 1], [7.25, 8.25, 9.25, 10.25, 11.25], rtol=1e-5)


def test_correlation_is_that_of_the_plain_formula() -> None:
    rng = np.random.default_rng(3)
    reference, target = (
        torch.from_numpy(rng.normal(size=(2, 40, 44)).astype(np.float32)) for _ in range(2)
    )
    origin, place, radius, reach = (17, 20), (19, 22), 5, 4
    scores = correlate(
        reference, target, np.array([origin], float), np.array([place], float), radius, reach
    )
    rows, cols = np.mgrid[-radius : radius + 1, -radius : radius + 1] / radius
    weights = np.exp(-(rows**2 + cols**2) / (2 * 0.5**2)) * (rows**2 + cols**2 <= 1)

    def patch(picture: torch.Tensor, row: int, col: int) -> np.ndarray:
        cut = picture[:, row - radius : row + radius + 1, col - radius : col + radius + 1]
        return cut.double().numpy()

    own = patch(reference, *origin)
    own_energy = (weights * own**2).sum()
    floor = 0.02 * own_energy
    for row, col in ((0, 0), (-4, 3), (4, -4)):
        theirs = patch(target, place[0] + row, place[1] + col)
        energy = (weights * theirs**2).sum()
        expected = (weights * own * theirs).sum() / np.sqrt((own_energy + floor) * (energy + floor))
        np.testing.assert_allclose(scores[0, row + reach, col + reach], expected, atol=1e-5)


def test_what_is_blank_agrees_with_nothing() -> None:
    rng = np.random.default_rng(0)
    reference = torch.from_numpy(rng.normal(size=(1, 60, 60)).astype(np.float32))
    target = reference.clone()
    target[:, :, 30:] = 1e-6 * target[:, :, 30:]
    places = np.array([[30.0, 12.0], [30.0, 48.0]])
    scores = correlate(reference, target, places, places, radius=8, reach=2)
    assert scores[0, 2, 2] > 0.95
    assert scores[1].abs().max() < 0.01


def test_the_peak_of_a_parabola_is_exact() -> None:
    rows, cols = torch.meshgrid(torch.arange(9.0), torch.arange(9.0), indexing="ij")
    peaks = [(3.3, 5.4), (4.0, 4.0), (0.0, 8.0)]
    maps = torch.stack([-((rows - row) ** 2) - 2 * (cols - col) ** 2 for row, col in peaks])
    np.testing.assert_allclose(subpixel_peaks(maps), np.array(peaks) - 4, atol=1e-5)


def test_the_variance_is_that_of_a_gaussian() -> None:
    squares = squared_distances(61, np.array([[2.0, -3.0]]))
    scores = -squares / (2 * 5.0**2) * 0.1
    found = variance_around(scores, np.array([[2.0, -3.0]]), temperature=0.1)
    np.testing.assert_allclose(found, [25], rtol=1e-3)
