from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_homolog.correspondence.optimisation.gaussian_targets import gaussian_targets


def test_a_gaussian_has_height_one_at_its_centre_and_its_own_standard_deviation() -> None:
    target = gaussian_targets(torch.tensor([[0.5, 0.25]]), (9, 8), 0.1)
    assert target.shape == (1, 9, 8)
    # The cell of row 4 has its centre at 4.5 / 9; columns 1 and 2 lie 0.0625 beside 0.25.
    expected = np.exp(-(0.0625**2) / (2 * 0.1**2))
    assert target[0, 4, 1].item() == pytest.approx(expected, rel=1e-6)
    assert target[0, 4, 2].item() == pytest.approx(expected, rel=1e-6)


def test_a_missing_landmark_has_no_target() -> None:
    missing = torch.full((1, 2), float("nan"))
    assert torch.equal(gaussian_targets(missing, (3, 4), 0.1), torch.zeros(1, 3, 4))
