"""Neural best buddies: mutual nearest neighbours of the descriptors of two images.

Aberman, Liao, Shi, Lischinski, Chen, Cohen-Or 2018, "Neural best-buddies: sparse cross-domain
correspondence". On the coarsest grid the whole image is searched, on each finer one the surroundings of
the coarser buddies, after the descriptors of both images there were transferred to a common mean and
deviation. Descriptors are compared by neighbourhoods, and only where both images are active. A single
grid, as of a vision transformer, is searched completely.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from .descriptors import Descriptors

ACTIVE = 0.05
"""Minimum activity of a buddy, see `Descriptors.activity`."""

REACH = 2
"""Distance, in cells of the finer grid, searched around a buddy of the coarser one."""

AT_ONCE = 64
"""Regions that are searched together; limits memory."""

TINY = 1e-6


def _steps(reach: int) -> NDArray[np.int64]:
    """Return the steps from a cell to all cells within reach, including itself, (m, 2)."""
    one = np.arange(-reach, reach + 1)
    return np.stack(np.meshgrid(one, one, indexing="ij"), -1).reshape(-1, 2)


AROUND = _steps(1)
SEARCHED = _steps(REACH)


def best_buddies(
    source: Sequence[Descriptors], target: Sequence[Descriptors]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the best buddies of two images.

    Parameters
    ----------
    source, target : sequence of Descriptors
        The grids of each image, from fine to coarse, equally many.

    Returns
    -------
    source_points, target_points : ndarray, shape (m, 2)
        (row, col) in pixels; empty if there are no mutual neighbours.
    """
    coarsest = len(source) - 1
    everywhere = [_all_cells(grids[coarsest])[None] for grids in (source, target)]
    buddies = _mutual(source[coarsest], target[coarsest], *everywhere, restyle=False)
    for level in range(coarsest - 1, -1, -1):
        regions = [
            _regions(grids[level], grids[level + 1], cells)
            for grids, cells in zip((source, target), buddies, strict=True)
        ]
        buddies = _mutual(source[level], target[level], *regions, restyle=True)
    return source[0].to_pixels(buddies[0]), target[0].to_pixels(buddies[1])


Cells = NDArray[np.int64]
"""Cells of a grid, row and column, shape (m, 2); of several regions, shape (regions, m, 2)."""


def _mutual(
    source: Descriptors, target: Descriptors, a: Cells, b: Cells, *, restyle: bool
) -> tuple[Cells, Cells]:
    """Return the active cells of each pair of regions that are each other's nearest neighbours."""
    found = [np.zeros((0, 4), np.int64)]
    for first in range(0, len(a), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        looks = [_surroundings(grid, one[part]) for grid, one in ((source, a), (target, b))]
        if restyle:
            looks = _in_common_style(*looks)
        one, other = (
            functional.normalize(functional.normalize(look, dim=-1).flatten(2), dim=-1)
            for look in looks
        )
        similarity = one @ other.mT
        there = similarity.argmax(2)
        back = similarity.argmax(1).gather(1, there)
        mutual = (back == torch.arange(a.shape[1], device=back.device)).cpu().numpy()
        theirs = np.take_along_axis(b[part], there.cpu().numpy()[..., None], axis=1)
        both = np.concatenate([a[part], theirs], -1)[mutual]
        found.append(both)
    buddies = np.unique(np.concatenate(found), axis=0)
    a, b = buddies[:, :2], buddies[:, 2:]
    active = _values(source.activity, a)[:, 0] > ACTIVE
    active &= _values(target.activity, b)[:, 0] > ACTIVE
    keep = active.cpu().numpy()
    return a[keep], b[keep]


def _all_cells(grid: Descriptors) -> Cells:
    rows, cols = grid.shape
    return np.stack(np.meshgrid(np.arange(rows), np.arange(cols), indexing="ij"), -1).reshape(-1, 2)


def _values(grid: Tensor, cells: Cells) -> Tensor:
    """Return what a grid (channels, rows, cols) has at cells, or at the edge, (..., channels)."""
    inside = torch.from_numpy(np.clip(cells, 0, np.array(grid.shape[1:]) - 1)).to(grid.device)
    return grid[:, inside[..., 0], inside[..., 1]].movedim(0, -1)


def _surroundings(grid: Descriptors, cells: Cells) -> Tensor:
    """Return the descriptors of 3 x 3 cells around some, shape (regions, m, 9, channels)."""
    return torch.stack([_values(grid.grid, cells + step) for step in AROUND], dim=-2)


def _in_common_style(*looks: Tensor) -> list[Tensor]:
    """Give what two regions look like the mean and deviation halfway between theirs."""
    moments = [
        (one.mean((1, 2), keepdim=True), one.std((1, 2), correction=0, keepdim=True))
        for one in looks
    ]
    mean, deviation = (torch.stack(values).mean(0) for values in zip(*moments, strict=True))
    return [
        (one - own_mean) / (own_deviation + TINY) * deviation + mean
        for one, (own_mean, own_deviation) in zip(looks, moments, strict=True)
    ]


def _regions(finer: Descriptors, coarser: Descriptors, cells: Cells) -> Cells:
    """Return the cells of the finer grid around each cell of the coarser one."""
    centres = np.rint(finer.to_cells(coarser.to_pixels(cells))).astype(np.int64)
    return np.clip(centres[:, None] + SEARCHED, 0, np.array(finer.shape) - 1)
