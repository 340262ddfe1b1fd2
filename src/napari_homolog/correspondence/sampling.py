"""Sampling maps between their cells."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .views import visible


def sample(maps: Tensor, shares: Tensor) -> Tensor:
    """Return maps at points, by bilinear interpolation.

    Parameters
    ----------
    maps : Tensor, shape (views, channels, rows, cols)
        Maps of views.
    shares : Tensor, shape (views, n, 2)
        Points as shares of each view's sides; NaN where missing.

    Returns
    -------
    Tensor, shape (views, channels, n)
        Outside a view, and for missing points, the nearest or first cell's value.
    """
    places = (shares.nan_to_num(nan=0.0).flip(-1) * 2 - 1)[:, None].to(maps)
    return functional.grid_sample(maps, places, "bilinear", "border", align_corners=False)[:, :, 0]


def mean_over_views(values: Tensor, shares: Tensor) -> Tensor:
    """Return the mean, (..., n), of values (views, ..., n) over the views that show a point."""
    weights = visible(shares)
    weights = weights / weights.sum(0).clamp(min=1)
    return torch.einsum("v...n,vn->...n", values, weights.to(values))


def own_values(maps: Tensor, shares: Tensor) -> Tensor:
    """Return the mean over views, (n,), of each landmark's own map (views, n, rows, cols)."""
    return mean_over_views(sample(maps, shares).diagonal(dim1=1, dim2=2), shares)
