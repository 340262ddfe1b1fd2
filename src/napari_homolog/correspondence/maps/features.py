"""The second matcher: nearest neighbours among the diffusion model's image features.

The forward passes that yield queries yield image features too. A landmark is described by the
features at its position on the references; the position with the most similar features is its match
on a target (Tang et al. 2023, "Emergent Correspondence from Image Diffusion").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from .map_sampling import mean_over_views, sample


class ImageFeatures(Protocol):
    """Image features of views: those of a cached layer, or of another network."""

    @property
    def features(self) -> Tensor:
        """Of unit length, shape (views, positions, channels)."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the positions."""


def describe_landmarks(layers: Sequence[ImageFeatures], normalised: Tensor) -> tuple[Tensor, ...]:
    """Return the features at landmarks, averaged over the views that contain them.

    Parameters
    ----------
    layers : sequence of ImageFeatures
        Views of the references.
    normalised : Tensor, shape (views, n, 2)
        The landmarks in each view's normalised coordinates; NaN where missing.

    Returns
    -------
    tuple of Tensor, shape (n, channels)
        One for each layer, of unit length.
    """
    described = []
    for layer in layers:
        images = layer.features.transpose(1, 2).unflatten(-1, layer.shape)
        mean = mean_over_views(sample(images, normalised), normalised)
        described.append(functional.normalize(mean.T, dim=-1))
    return tuple(described)


def similarity_maps(layers: Sequence[ImageFeatures], described: Sequence[Tensor]) -> list[Tensor]:
    """Return the cosine similarity of every position to every landmark.

    Parameters
    ----------
    layers : sequence of ImageFeatures
        Views of the target.
    described : sequence of Tensor, shape (n, channels)
        What `describe_landmarks` returned.

    Returns
    -------
    list of Tensor, shape (views, n, rows, cols)
        In [-1, 1], one for each layer.
    """
    return [
        torch.einsum("vpc,nc->vnp", layer.features, features.to(layer.features)).unflatten(
            -1, layer.shape
        )
        for layer, features in zip(layers, described, strict=True)
    ]
