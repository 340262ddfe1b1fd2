"""What the attention of a landmark's token should look like."""

from __future__ import annotations

import torch
from torch import Tensor


def gaussian_targets(
    normalised: Tensor, shape: tuple[int, int], sigma: float, offset: float = 0.5
) -> Tensor:
    """Return Gaussians of height one on a grid of cells.

    Parameters
    ----------
    normalised : Tensor, shape (..., 2)
        Centres, (row, col) in a view's normalised coordinates.
    shape : (int, int)
        Rows and columns of the grid.
    sigma : float
        Standard deviation as a share of the view's side.
    offset : float
        Where in its cell a cell is sampled: 0.5, its centre, is correct; the authors' code has 0.

    Returns
    -------
    Tensor, shape (..., rows, cols)
        Zeros where a centre is missing (NaN).

    References
    ----------
    Hedlin et al. 2023, section 3.2.
    """
    profiles = []
    for axis, count in enumerate(shape):
        cells = torch.arange(count, device=normalised.device, dtype=normalised.dtype) + offset
        distance = cells / count - normalised[..., axis, None]
        profiles.append(torch.exp(-(distance**2) / (2 * sigma**2)))
    return (profiles[0][..., :, None] * profiles[1][..., None, :]).nan_to_num()
