from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_homolog.correspondence.maps.peaks import (
    argmax_cells,
    at_cells,
    centroid_cells,
    concentration,
    covariance,
    secondary_peaks,
)


def bump(
    row: float, col: float, sigma: float = 5.0, shape: tuple[int, int] = (80, 60)
) -> torch.Tensor:
    rows, cols = torch.arange(shape[0])[:, None], torch.arange(shape[1])
    return torch.exp(-((rows - row) ** 2 + (cols - col) ** 2) / (2 * sigma**2))


def test_argmax_takes_the_highest_cell() -> None:
    maps = torch.zeros(2, 7, 9)
    maps[0, 3, 8] = 1
    maps[1, 6, 0] = 1
    assert argmax_cells(maps).tolist() == [[3, 8], [6, 0]]


@pytest.mark.parametrize(("row", "col"), [(40.0, 30.0), (33.4, 21.7), (50.25, 40.5)])
def test_centroid_is_finer_than_a_cell(row: float, col: float) -> None:
    found = centroid_cells(bump(row, col)[None], radius=12)[0]
    assert found.tolist() == pytest.approx([row, col], abs=0.05)


def test_a_second_peak_outside_the_window_has_no_influence() -> None:
    both = bump(20.3, 15.6, 3) + 0.9 * bump(60, 45, 3)
    found = centroid_cells(both[None], radius=10)[0]
    assert found.tolist() == pytest.approx([20.3, 15.6], abs=0.05)


def test_flat_map_has_a_finite_centroid() -> None:
    assert torch.isfinite(centroid_cells(torch.zeros(1, 8, 8), radius=3)).all()


def test_covariance_of_two_answers() -> None:
    points = np.array([[[0.0, 0.0], [5, 5]], [[6.0, 8.0], [5, 5]]])
    expected = [[[9.0, 12.0], [12.0, 16.0]], [[0.0, 0.0], [0.0, 0.0]]]
    np.testing.assert_allclose(covariance(points), expected)


def test_the_secondary_peak_has_its_position_and_height() -> None:
    maps = (bump(20, 15, 3) + 0.6 * bump(60, 45, 3))[None]
    cells, height = secondary_peaks(maps, torch.tensor([[20.0, 15.0]]), radius=10)
    assert cells.tolist() == [[60, 45]]
    assert height.item() == pytest.approx(0.6, abs=1e-4)


def test_values_between_cells_are_linear() -> None:
    rows, cols = torch.arange(8.0)[:, None], torch.arange(6.0)
    plane = torch.stack([3 * rows + 0 * cols, 0 * rows + 2 * cols])
    values = at_cells(plane, torch.tensor([[2.25, 1.0], [7.0, 3.5]]))
    assert values.tolist() == pytest.approx([6.75, 7.0], abs=1e-4)


def test_concentration_of_a_flat_map_is_the_windows_share_of_the_area() -> None:
    share = concentration(torch.ones(1, 101, 101), torch.tensor([[50.0, 50.0]]), 20)
    assert share[0] == pytest.approx(np.pi * 20**2 / 101**2, rel=0.01)


def test_concentration_of_a_gaussian_within_two_sigma() -> None:
    share = concentration(bump(40, 30, 4)[None], torch.tensor([[40.0, 30.0]]), 8)
    assert share[0] == pytest.approx(1 - np.exp(-2), abs=0.01)
