"""The crops of the published method: parts of the squashed image, and the maps of them put together.

Pixels are those of the square: (row, col) counted from its upper left edge, so that a pixel's centre
lies at a half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..diffusion import Backbone
from .maps.noise import with_noise
from .settings import AttentionSettings


@dataclass(frozen=True)
class Crop:
    """A square part of the square, in whole pixels."""

    top: int
    left: int
    size: int


def squash(image: NDArray[np.float32], side: int) -> Tensor:
    """Return an image (height, width, 3) as a square, shape (1, 3, side, side)."""
    square = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None]
    if square.shape[-2:] == (side, side):
        return square
    return functional.interpolate(
        square, (side, side), mode="bilinear", align_corners=False, antialias=True
    ).clamp(0, 1)


def crop_around(
    pixel: NDArray[np.float64], size: int, side: int, margin: float, rng: np.random.Generator
) -> Crop:
    """Return a random crop that contains a pixel at least a margin inside, where possible.

    Parameters
    ----------
    pixel : ndarray, shape (2,)
        (row, col) in the square.
    size, side : int
        Side of the crop and of the square, in pixels.
    margin : float
        Minimum distance from the crop's edges as a share of its side.
    rng : numpy.random.Generator
        Source of the position.
    """
    corner = []
    for position in pixel:
        lowest = max(0.0, position - (1 - margin) * size)
        highest = min(float(side - size), position - margin * size)
        if highest < lowest:
            lowest = highest = min(max(highest, 0.0), float(side - size))
        corner.append(int(rng.integers(round(lowest), round(highest) + 1)))
    return Crop(corner[0], corner[1], size)


def crop_latents(
    backbone: Backbone,
    square: Tensor,
    crops: Sequence[Crop],
    noise: Tensor,
    attention: AttentionSettings,
) -> Tensor:
    """Enlarge crops to the square, encode them and add noise.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    square : Tensor, shape (1, 3, side, side)
        The squashed image.
    crops : sequence of Crop
        What to encode.
    noise : Tensor, shape (n, channels, s, s)
        The noise of each crop.
    attention : AttentionSettings
        Timestep.
    """
    side = square.shape[-1]
    enlarged = [
        functional.interpolate(
            square[:, :, c.top : c.top + c.size, c.left : c.left + c.size],
            (side, side),
            mode="bilinear",
            align_corners=False,
        )
        for c in crops
    ]
    latents = backbone.encode(torch.cat(enlarged))
    return with_noise(backbone, latents, noise, attention)


class PastedMaps:
    """The running average of pasted maps, for a batch of prompts.

    Parameters
    ----------
    layers, prompts, side : int
        Numbers of layers and prompts, and the square's side in pixels.
    """

    def __init__(self, layers: int, prompts: int, side: int) -> None:
        self._total = torch.zeros(layers, prompts, side, side)
        self._count = torch.zeros(prompts, side, side)

    def paste(self, maps: Sequence[Tensor], crops: Sequence[Crop]) -> None:
        """Add maps, one (n, rows, cols) for each layer, where the prompts' crops lie."""
        for index, crop in enumerate(crops):
            rows = slice(crop.top, crop.top + crop.size)
            cols = slice(crop.left, crop.left + crop.size)
            for layer, single in enumerate(maps):
                self._total[layer, index, rows, cols] += functional.interpolate(
                    single[None, index : index + 1],
                    (crop.size, crop.size),
                    mode="bilinear",
                    align_corners=False,
                )[0, 0].cpu()
            self._count[index, rows, cols] += 1

    @property
    def average(self) -> Tensor:
        """The mean of what was pasted, shape (layers, prompts, side, side)."""
        return self._total / self._count.clamp(min=1)
