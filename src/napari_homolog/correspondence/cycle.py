"""The way back: whether a point found on a target leads to where it came from on the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..diffusion import Backbone
from .arrangement import size_of
from .features import describe
from .frozen import FrozenLayer, freeze
from .readout import centroid_cells
from .reference import MarkedImage
from .settings import LearnSettings
from .views import ViewSet, shared_views

SHARPNESS = 0.05
"""Loss of cosine similarity at which a place on the reference counts for e times less."""

WINDOW = 0.06
"""Radius of the centroid's window as a share of the reference's square."""

CELLS = 64
"""Cells along the reference's square."""


@dataclass(frozen=True, eq=False)
class Home:
    """The first reference as the model sees it: where points found elsewhere should lead back.

    Attributes
    ----------
    features : tuple of Tensor of float16, shape (rows, cols, channels)
        One for each layer, of unit length.
    shares : Tensor of float32, shape (n, 2)
        The landmarks as shares of the square that the features cover; NaN where missing.
    size : float
        Longer side of the landmarks' box as a share of the square's side.
    """

    features: tuple[Tensor, ...]
    shares: Tensor
    size: float

    def reordered(self, names: Sequence[str], order: Sequence[str]) -> Home:
        """Return the same with landmarks in another order; those not among the names are missing."""
        missing = torch.full((2,), torch.nan)
        shares = [self.shares[names.index(one)] if one in names else missing for one in order]
        return replace(self, shares=torch.stack(shares))

    def to_tensors(self) -> dict[str, Tensor]:
        """Return everything as tensors by name."""
        features = {f"home.features.{index}": one for index, one in enumerate(self.features)}
        return {"home.shares": self.shares, "home.size": torch.tensor(self.size), **features}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Home:
        """Return what `to_tensors` named."""
        count = sum(name.startswith("home.features.") for name in tensors)
        features = tuple(tensors[f"home.features.{index}"] for index in range(count))
        return cls(features, tensors["home.shares"], float(tensors["home.size"]))


def take_home(backbone: Backbone, marked: MarkedImage, settings: LearnSettings, seed: int) -> Home:
    """Return a reference's features on one view of the whole of it."""
    views = shared_views(
        backbone,
        marked.image,
        encodings=1,
        windows=1,
        crop_share=1,
        rng=np.random.default_rng(seed),
    )
    layers = freeze(backbone, views, settings, torch.Generator().manual_seed(seed))
    (square,) = views.rectangles
    shares = torch.from_numpy(square.to_shares(marked.points)).float()
    features = tuple(layer.features[0].unflatten(0, layer.shape).half().cpu() for layer in layers)
    return Home(features, shares, size_of(marked.points) / square.height)


def cycle_errors(
    home: Home, layers: Sequence[FrozenLayer], views: ViewSet, points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far from its origin each point leads back.

    Parameters
    ----------
    home : Home
        The reference.
    layers : sequence of FrozenLayer
        The target's views.
    views : ViewSet
        Where those lie.
    points : ndarray, shape (n, 2)
        (row, col) in pixels of the target.

    Returns
    -------
    ndarray, shape (n,)
        Distances as shares of the reference specimen's size; NaN where it lacks the landmark.
    """
    shares = np.stack([rectangle.to_shares(points) for rectangle in views.rectangles])
    described = describe(layers, torch.from_numpy(shares).float().to(layers[0].features.device))
    maps = [
        torch.einsum("rck,nk->nrc", at_home.float(), one.float().cpu())[None]
        for at_home, one in zip(home.features, described, strict=True)
    ]
    finer = [functional.interpolate(one, size=(CELLS, CELLS), mode="bilinear") for one in maps]
    similarity = torch.cat(finer).mean(0)
    best = similarity.amax((1, 2), keepdim=True)
    cells = centroid_cells(((similarity - best) / SHARPNESS).exp(), WINDOW * CELLS)
    back = (cells + 0.5) / CELLS
    return (back - home.shares).norm(dim=1).double().numpy() / home.size
