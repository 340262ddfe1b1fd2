"""Features: the second matcher, nearest neighbours among the diffusion model's image features.

The forward passes that give the queries give image features too. A landmark is described by the
features at its place on the references; on a target the place with the most similar features is its
match (Tang et al. 2023, "Emergent Correspondence from Image Diffusion").
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from .frozen import FrozenLayer
from .sampling import mean_over_views, sample


def describe(layers: Sequence[FrozenLayer], shares: Tensor) -> tuple[Tensor, ...]:
    """Return the features at landmarks, averaged over the views that show them.

    Parameters
    ----------
    layers : sequence of FrozenLayer
        Views of the references.
    shares : Tensor, shape (views, n, 2)
        The landmarks as shares of each view's sides; NaN where missing.

    Returns
    -------
    tuple of Tensor, shape (n, channels)
        One for each layer, of unit length.
    """
    described = []
    for layer in layers:
        images = layer.features.transpose(1, 2).unflatten(-1, layer.shape)
        mean = mean_over_views(sample(images, shares), shares)
        described.append(functional.normalize(mean.T, dim=-1))
    return tuple(described)


def similarity_maps(layers: Sequence[FrozenLayer], described: Sequence[Tensor]) -> list[Tensor]:
    """Return the cosine similarity of every place to every landmark.

    Parameters
    ----------
    layers : sequence of FrozenLayer
        Views of the target.
    described : sequence of Tensor, shape (n, channels)
        What `describe` returned.

    Returns
    -------
    list of Tensor, shape (views, n, rows, cols)
        In [-1, 1], one for each layer.
    """
    return [
        torch.einsum("vpc,nc->vnp", layer.features, one.to(layer.features)).unflatten(
            -1, layer.shape
        )
        for layer, one in zip(layers, described, strict=True)
    ]
