"""From attention maps to points: peaks finer than a cell, their spread and confidence."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

CENTROID_STEPS = 4
"""Times that the centroid's window is moved to where the centroid was."""


def argmax_cells(maps: Tensor) -> Tensor:
    """Return the (row, col) cell of each map's maximum, shape (..., 2), float."""
    cols = maps.shape[-1]
    index = maps.flatten(-2).argmax(-1)
    return torch.stack([index // cols, index % cols], dim=-1).to(maps.dtype)


def centroid_cells(maps: Tensor, radius: float) -> Tensor:
    """Return each map's peak as the centroid of what rises above half of it.

    The window starts at the maximum and moves to the centroid a few times; a second mode outside
    the window has no pull.

    Parameters
    ----------
    maps : Tensor, shape (n, rows, cols)
        Non-negative maps.
    radius : float
        Of the round window, in cells.

    Returns
    -------
    Tensor, shape (n, 2)
        (row, col) in cells, fractions included.
    """
    rows = torch.arange(maps.shape[1], device=maps.device, dtype=maps.dtype)[:, None]
    cols = torch.arange(maps.shape[2], device=maps.device, dtype=maps.dtype)
    centre = argmax_cells(maps)
    excess = (maps - 0.5 * maps.amax((1, 2), keepdim=True)).clamp(min=0)
    for _ in range(CENTROID_STEPS):
        row, col = centre[:, 0, None, None], centre[:, 1, None, None]
        weight = excess * ((rows - row) ** 2 + (cols - col) ** 2 <= radius**2)
        mass = weight.sum((1, 2))
        moved = torch.stack([(weight * rows).sum((1, 2)), (weight * cols).sum((1, 2))], -1)
        centre = torch.where(mass[:, None] > 0, moved / mass.clamp(min=1e-12)[:, None], centre)
    return centre


def spread(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the rounds' answers lie apart.

    Parameters
    ----------
    points : ndarray, shape (rounds, n, 2)
        The answer of every round, in pixels.

    Returns
    -------
    ndarray, shape (n,)
        Root mean squared distance to the rounds' mean, in pixels; 0 for a single round.
    """
    offsets = points - points.mean(0)
    return np.asarray(np.sqrt((offsets**2).sum(-1).mean(0)))


def concentration(maps: Tensor, cells: Tensor, radius: float) -> NDArray[np.float64]:
    """Return the share of each map's mass that lies near its point.

    Parameters
    ----------
    maps : Tensor, shape (n, rows, cols)
        Non-negative maps.
    cells : Tensor, shape (n, 2)
        The points, (row, col) in cells.
    radius : float
        What counts as near, in cells.

    Returns
    -------
    ndarray, shape (n,)
        In [0, 1]: 1 for a map with one sharp peak, towards 0 for a flat one.
    """
    rows = torch.arange(maps.shape[1], device=maps.device, dtype=maps.dtype)[:, None]
    cols = torch.arange(maps.shape[2], device=maps.device, dtype=maps.dtype)
    row, col = cells.to(maps).T[..., None, None]
    near = (rows - row) ** 2 + (cols - col) ** 2 <= radius**2
    share = (maps * near).sum((1, 2)) / maps.sum((1, 2)).clamp(min=1e-12)
    return share.double().cpu().numpy()
