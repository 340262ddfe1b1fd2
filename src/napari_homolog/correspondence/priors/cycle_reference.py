"""Cycle consistency: whether a point located on a target leads back to its origin on the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ...context import RunContext
from ...diffusion import Backbone
from ..maps.cached_queries import CachedLayer, cache_queries
from ..maps.features import describe_landmarks
from ..maps.peaks import centroid_cells
from ..settings import AttentionSettings
from ..views.encoded_views import encode_whole_image
from ..views.view_set import ViewSet
from .shape_prior import size_of

SHARPNESS = 0.05
"""Decrease of cosine similarity at which a position on the reference counts e times less."""

WINDOW = 0.06
"""Radius of the centroid's window as a share of the reference's square."""

CELLS = 64
"""Cells along the reference's square."""


@dataclass(frozen=True, eq=False)
class CycleReference:
    """The first reference as the model sees it: where points located elsewhere should lead back to.

    Attributes
    ----------
    features : tuple of Tensor of float16, shape (rows, cols, channels)
        One for each layer, of unit length.
    normalised : Tensor of float32, shape (n, 2)
        The landmarks in normalised coordinates of the square that the features cover; NaN where
        missing.
    size : float
        Longer side of the landmarks' box as a share of the square's side.
    """

    features: tuple[Tensor, ...]
    normalised: Tensor
    size: float

    def reordered(self, names: Sequence[str], order: Sequence[str]) -> CycleReference:
        """Return the same with landmarks in another order.

        Parameters
        ----------
        names : sequence of str
            The landmarks in the present order.
        order : sequence of str
            The landmarks in the new order; those not among the names are missing.
        """
        missing = torch.full((2,), torch.nan)
        rows = [self.normalised[names.index(name)] if name in names else missing for name in order]
        return replace(self, normalised=torch.stack(rows))

    def to_tensors(self, prefix: str) -> dict[str, Tensor]:
        """Return everything as tensors under names that start with a prefix."""
        features = {
            f"{prefix}.features.{index}": layer for index, layer in enumerate(self.features)
        }
        return {
            f"{prefix}.normalised": self.normalised,
            f"{prefix}.size": torch.tensor(self.size),
            **features,
        }

    @classmethod
    def from_tensors(cls, prefix: str, tensors: Mapping[str, Tensor]) -> CycleReference:
        """Return what `to_tensors` named."""
        count = sum(name.startswith(f"{prefix}.features.") for name in tensors)
        features = tuple(tensors[f"{prefix}.features.{index}"] for index in range(count))
        return cls(features, tensors[f"{prefix}.normalised"], float(tensors[f"{prefix}.size"]))


def cycle_reference(
    backbone: Backbone,
    image: NDArray[np.float32],
    points: NDArray[np.float64],
    settings: AttentionSettings,
    context: RunContext,
) -> CycleReference:
    """Return a reference's features on one view of the whole image.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    image : ndarray of float32, shape (height, width, 3)
        The reference, RGB in [0, 1].
    points : ndarray of float64, shape (n, 2)
        Its landmarks, (row, col) in pixels; NaN where missing.
    settings : AttentionSettings
        The forward pass.
    context : RunContext
        Seed of view and noise, and whether to stop.
    """
    views = encode_whole_image(
        backbone,
        image,
        encodings=1,
        windows=1,
        crop_share=1,
        rng=np.random.default_rng(context.seed),
    )
    generator = torch.Generator().manual_seed(context.seed)
    layers = cache_queries(backbone, views, settings, generator, context)
    (square,) = views.rectangles
    normalised = torch.from_numpy(square.to_normalised(points)).float()
    features = tuple(layer.features[0].unflatten(0, layer.shape).half().cpu() for layer in layers)
    return CycleReference(features, normalised, size_of(points) / square.height)


def cycle_errors(
    reference: CycleReference,
    layers: Sequence[CachedLayer],
    views: ViewSet,
    points: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return how far from its origin each point leads back.

    Parameters
    ----------
    reference : CycleReference
        Where the points should lead back to.
    layers : sequence of CachedLayer
        The target's views.
    views : ViewSet
        Where these views lie.
    points : ndarray, shape (n, 2)
        (row, col) in pixels of the target.

    Returns
    -------
    ndarray, shape (n,)
        Distances as shares of the reference specimen's size; NaN where it lacks the landmark.
    """
    normalised = np.stack([rectangle.to_normalised(points) for rectangle in views.rectangles])
    device = layers[0].features.device
    described = describe_landmarks(layers, torch.from_numpy(normalised).float().to(device))
    maps = [
        torch.einsum("rck,nk->nrc", on_reference.float(), on_target.float().cpu())[None]
        for on_reference, on_target in zip(reference.features, described, strict=True)
    ]
    finer = [functional.interpolate(layer, size=(CELLS, CELLS), mode="bilinear") for layer in maps]
    similarity = torch.cat(finer).mean(0)
    best = similarity.amax((1, 2), keepdim=True)
    cells = centroid_cells(((similarity - best) / SHARPNESS).exp(), WINDOW * CELLS)
    returned = (cells + 0.5) / CELLS
    return (returned - reference.normalised).norm(dim=1).double().numpy() / reference.size
