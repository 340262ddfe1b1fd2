"""From maps to points: peaks finer than a cell, secondary peaks, covariance and concentration."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .map_sampling import sample

CENTROID_STEPS = 4
"""Iterations that move the centroid's window to the centroid found before."""


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


def secondary_peaks(maps: Tensor, cells: Tensor, radius: float) -> tuple[Tensor, Tensor]:
    """Return each map's highest cell away from its point, and its height.

    Parameters
    ----------
    maps : Tensor, shape (n, rows, cols)
        Non-negative maps.
    cells : Tensor, shape (n, 2)
        The points, (row, col) in cells.
    radius : float
        What counts as away, in cells.

    Returns
    -------
    cells : Tensor, shape (n, 2)
    height : Tensor, shape (n,)
        As a share of the map's maximum: 1 for two equal peaks, 0 for a single one.
    """
    away = torch.where(_near(maps, cells, radius), 0.0, maps)
    top = maps.amax((1, 2)).clamp(min=1e-12)
    return argmax_cells(away), away.amax((1, 2)) / top


def at_cells(maps: Tensor, cells: Tensor) -> Tensor:
    """Return the values, (n,), of maps (n, rows, cols) at cells (n, 2), by linear interpolation."""
    size = torch.tensor(maps.shape[1:], dtype=torch.float64)
    normalised = ((cells.double().cpu() + 0.5) / size).float()[None].to(maps)
    return sample(maps[None], normalised)[0].diagonal()


def covariance(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the covariance, (n, 2, 2), of replicates' points (replicates, n, 2); 0 for one."""
    offsets = points - points.mean(0)
    return np.asarray(np.einsum("rni,rnj->nij", offsets, offsets) / len(points))


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
    near = _near(maps, cells, radius)
    share = (maps * near).sum((1, 2)) / maps.sum((1, 2)).clamp(min=1e-12)
    return share.double().cpu().numpy()


def _near(maps: Tensor, cells: Tensor, radius: float) -> Tensor:
    """Return which cells of maps (n, rows, cols) lie within a radius of cells (n, 2)."""
    rows = torch.arange(maps.shape[1], device=maps.device, dtype=maps.dtype)[:, None]
    cols = torch.arange(maps.shape[2], device=maps.device, dtype=maps.dtype)
    row, col = cells.to(maps).T[..., None, None]
    return (rows - row) ** 2 + (cols - col) ** 2 <= radius**2
