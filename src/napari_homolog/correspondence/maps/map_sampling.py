"""Sampling maps between their cells."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ..views.rectangle import in_view


def sample(maps: Tensor, normalised: Tensor) -> Tensor:
    """Return maps at points, by bilinear interpolation.

    Parameters
    ----------
    maps : Tensor, shape (views, channels, rows, cols)
        Maps of views.
    normalised : Tensor, shape (views, n, 2)
        Points in each view's normalised coordinates; NaN where missing.

    Returns
    -------
    Tensor, shape (views, channels, n)
        Outside a view, and for missing points, the nearest or first cell's value.
    """
    grid = (normalised.nan_to_num(nan=0.0).flip(-1) * 2 - 1)[:, None].to(maps)
    return functional.grid_sample(maps, grid, "bilinear", "border", align_corners=False)[:, :, 0]


def mean_over_views(values: Tensor, normalised: Tensor) -> Tensor:
    """Return the mean, (..., n), of values (views, ..., n) over the views that contain a point."""
    weights = in_view(normalised)
    weights = weights / weights.sum(0).clamp(min=1)
    return torch.einsum("v...n,vn->...n", values, weights.to(values))


def values_at_landmarks(maps: Tensor, normalised: Tensor) -> Tensor:
    """Return the mean over views, (n,), of each landmark's own map (views, n, rows, cols)."""
    return mean_over_views(sample(maps, normalised).diagonal(dim1=1, dim2=2), normalised)
