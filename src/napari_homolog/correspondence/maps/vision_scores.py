"""Further evidence: where a vision transformer sees what it saw at the references' landmarks.

Diffusion features know layout and left from right; those of DINOv2 know parts of animals (Zhang et al.
2023, "A Tale of Two Features"). The two err differently, and their product is better than either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...diffusion.vision_transformer import VisionTransformer
from ..views.rectangle import Rectangle
from ..views.resampler import Resampler
from .features import describe_landmarks, similarity_maps
from .map_grid import MapGrid

Picture = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class PatchTokens:
    """What a vision transformer sees of an image.

    Attributes
    ----------
    features : Tensor, shape (1, positions, channels)
        Of unit length.
    shape : (int, int)
        Rows and columns of the positions.
    square : Rectangle
        What it saw: the image's enclosing square.
    """

    features: Tensor
    shape: tuple[int, int]
    square: Rectangle


def see(vision: VisionTransformer, image: Picture) -> PatchTokens:
    """Return what a vision transformer sees of an image, padded to a square by repeating its edges."""
    height, width = image.shape[:2]
    side = float(max(height, width))
    square = Rectangle((height - side) / 2 - 0.5, (width - side) / 2 - 0.5, side, side)
    pixels = Resampler(image, [square]).resample(square, vision.side)
    features = vision.features(torch.from_numpy(pixels).permute(2, 0, 1)[None])
    return PatchTokens(features, (vision.cells, vision.cells), square)


def describe_by_vision(
    vision: VisionTransformer, references: Sequence[tuple[Picture, NDArray[np.float64]]]
) -> Tensor:
    """Return the features at landmarks, averaged over the references that have them.

    Parameters
    ----------
    vision : VisionTransformer
        The network.
    references : sequence of (ndarray, ndarray)
        Images, RGB in [0, 1], with their landmarks (n, 2), (row, col) in pixels; NaN where missing.

    Returns
    -------
    Tensor of float32, shape (n, channels)
        Of unit length; zeros for a landmark that none has.
    """
    seen = [see(vision, image) for image, _ in references]
    normalised = [
        one.square.to_normalised(points) for one, (_, points) in zip(seen, references, strict=True)
    ]
    together = PatchTokens(torch.cat([one.features for one in seen]), seen[0].shape, seen[0].square)
    places = torch.from_numpy(np.stack(normalised)).float().to(together.features.device)
    return describe_landmarks([together], places)[0].cpu()


def vision_scores(
    seen: PatchTokens, described: Tensor, grid: MapGrid, temperature: float
) -> Tensor:
    """Return by what a score map is multiplied: one at each landmark's most similar position.

    The evidence counts by its own certainty, the maximum of a landmark's similarities minus their
    mean: a part that is found anywhere, or nowhere, decides nothing.

    Parameters
    ----------
    seen : PatchTokens
        The target.
    described : Tensor, shape (n, channels)
        What `describe_by_vision` returned.
    grid : MapGrid
        The grid on the target.
    temperature : float
        Decrease of cosine similarity at which a position with a certainty of one counts e times less.

    Returns
    -------
    Tensor, shape (n, rows, cols)
        In [0, 1].
    """
    (similarity,) = similarity_maps([seen], [described])
    return by_certainty(grid.average(similarity, [seen.square]), temperature)


def by_certainty(similarity: Tensor, temperature: float) -> Tensor:
    """Return similarities (n, rows, cols) as evidence in [0, 1], see `vision_scores`."""
    best = similarity.amax((1, 2), keepdim=True)
    certainty = best - similarity.mean((1, 2), keepdim=True)
    return (certainty * (similarity - best) / temperature).exp()
