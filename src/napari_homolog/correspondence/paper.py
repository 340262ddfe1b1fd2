"""The authors' views and read-out, quirks included, for the ``paper`` preset.

The image is squashed to the model's square. Every step looks at one fresh square crop of it,
enlarged to the whole square and encoded anew; maps are pasted back where their crop lay. Pixels in
this module are those of the square: (row, col) counted from its upper left edge, so that a pixel's
centre lies at a half.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..diffusion import Backbone
from ..progress import Progress, StopCheck, check_stop
from .exact import Step, exact_attention
from .readout import argmax_cells
from .settings import LearnSettings, LocateSettings, Settings
from .views import draw_noise, gaussian_targets

INNER_MARGIN = 0.15
"""Least distance of a landmark from its crop's edges while learning, as a share of the crop."""


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


def crop_latents(
    backbone: Backbone,
    square: Tensor,
    crops: list[Crop],
    noise: Tensor,
    settings: Settings,
) -> Tensor:
    """Enlarge crops to the square, encode them and add the given noise, (n, channels, s, s)."""
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
    return backbone.add_noise(latents, noise.to(latents), settings.noise_level)


def crop_around(
    pixel: NDArray[np.float64], size: int, side: int, margin: float, rng: np.random.Generator
) -> Crop:
    """Return a random crop that holds a pixel at least a margin inside, where the square allows."""
    corner = []
    for position in pixel:
        lowest = max(0.0, position - (1 - margin) * size)
        highest = min(float(side - size), position - margin * size)
        if highest < lowest:
            lowest = highest = min(max(highest, 0.0), float(side - size))
        corner.append(int(rng.integers(round(lowest), round(highest) + 1)))
    return Crop(corner[0], corner[1], size)


def crop_step(
    backbone: Backbone,
    square: Tensor,
    pixels: NDArray[np.float64],
    crops: list[Crop],
    noise: Tensor,
    settings: LearnSettings,
) -> Step:
    """Return the optimiser step that looks at one given crop for each prompt.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    square : Tensor, shape (1, 3, side, side)
        The squashed reference.
    pixels : ndarray, shape (n, 2)
        Each prompt's landmark, (row, col) in the square.
    crops : list of Crop
        One for each prompt.
    noise : Tensor, shape (n, channels, s, s)
        The noise of each crop.
    settings : LearnSettings
        Timestep and target.

    Returns
    -------
    Step
        With targets on the square's integer indices, as the authors' code has them.
    """
    side = square.shape[-1]
    corners = np.array([(crop.top, crop.left) for crop in crops])
    sizes = np.array([crop.size for crop in crops])[:, None]
    shares = torch.from_numpy((pixels - corners) / sizes).float().to(backbone.device)
    target = gaussian_targets(shares, (side, side), settings.sigma, offset=0.0)
    noisy = crop_latents(backbone, square, crops, noise, settings)
    return Step(noisy, target, torch.ones(len(crops), device=backbone.device))


def paper_steps(
    backbone: Backbone,
    image: NDArray[np.float32],
    points: NDArray[np.float64],
    settings: LearnSettings,
    rng: np.random.Generator,
    generator: torch.Generator,
) -> Callable[[int], Step]:
    """Return the source of learning steps: a fresh random crop and fresh noise for each prompt.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    image : ndarray of float32, shape (height, width, 3)
        The reference.
    points : ndarray, shape (n, 2)
        Each prompt's landmark, (row, col) in pixels of the image.
    settings : LearnSettings
        Size of the crops, noise and target.
    rng, generator : numpy.random.Generator, torch.Generator
        Sources of crops and of noise.
    """
    side = backbone.resolution
    square = squash(image, side)
    pixels = (points + 0.5) / image.shape[:2] * side
    size = int(settings.crop_share * side)
    shape = (len(points), backbone.latent_channels, backbone.latent_side, backbone.latent_side)

    def next_step(index: int) -> Step:
        crops = [crop_around(pixel, size, side, INNER_MARGIN, rng) for pixel in pixels]
        noise = draw_noise(shape, settings, generator)
        return crop_step(backbone, square, pixels, crops, noise, settings)

    return next_step


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

    def paste(self, maps: list[Tensor], crops: list[Crop]) -> None:
        """Add maps, one (n, rows, cols) for each layer, where the prompts' crops lie."""
        for index, crop in enumerate(crops):
            rows = slice(crop.top, crop.top + crop.size)
            cols = slice(crop.left, crop.left + crop.size)
            for layer, one in enumerate(maps):
                self._total[layer, index, rows, cols] += functional.interpolate(
                    one[None, index : index + 1],
                    (crop.size, crop.size),
                    mode="bilinear",
                    align_corners=False,
                )[0, 0].cpu()
            self._count[index, rows, cols] += 1

    @property
    def average(self) -> Tensor:
        """The mean of what was pasted, shape (layers, prompts, side, side)."""
        return self._total / self._count.clamp(min=1)


def paper_read_out(average: Tensor) -> Tensor:
    """Return each prompt's point in the square, shape (n, 2).

    Parameters
    ----------
    average : Tensor, shape (layers, n, side, side)
        Averaged maps.
    """
    likelihood = average.flatten(-2).softmax(-1).unflatten(-1, average.shape[-2:]).mean(0)
    return argmax_cells(likelihood) + 0.5


def paper_maps(
    backbone: Backbone,
    image: NDArray[np.float32],
    prompts: Tensor,
    settings: LocateSettings,
    *,
    rng: np.random.Generator,
    generator: torch.Generator,
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> Tensor:
    """Return every prompt's averaged maps: four corner crops, then crops around the current peak.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    image : ndarray of float32, shape (height, width, 3)
        The target.
    prompts : Tensor, shape (n, prompt_tokens, prompt_dim)
        Prompt embeddings.
    settings : LocateSettings
        Number and size of crops, and noise.
    rng, generator : numpy.random.Generator, torch.Generator
        Sources of crops and of noise.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`.

    Returns
    -------
    Tensor, shape (layers, n, side, side)

    Raises
    ------
    Cancelled
        If `should_stop` said yes.
    """
    side, latent_side = backbone.resolution, backbone.latent_side
    square = squash(image, side)
    size = int(settings.crop_share * side)
    far = side - size
    corners = [Crop(top, left, size) for top in (0, far) for left in (0, far)]
    layers = len(settings.layers or backbone.layers)
    pasted = PastedMaps(layers, len(prompts), side)
    shape = (len(prompts), backbone.latent_channels, latent_side, latent_side)
    for index in range(settings.crops):
        check_stop(should_stop)
        if index < len(corners):
            crops = [corners[index]] * len(prompts)
        else:
            peaks = paper_read_out(pasted.average).double().numpy()
            crops = [crop_around(peak, size, side, 0.0, rng) for peak in peaks]
        noise = draw_noise(shape, settings, generator)
        pasted.paste(_crop_maps(backbone, square, crops, noise, prompts, settings), crops)
        if progress is not None:
            progress(index + 1, settings.crops, "looking at crops")
    return pasted.average


@torch.no_grad()
def _crop_maps(
    backbone: Backbone,
    square: Tensor,
    crops: list[Crop],
    noise: Tensor,
    prompts: Tensor,
    settings: LocateSettings,
) -> list[Tensor]:
    """Return each prompt's maps of its own crop, one (n, rows, cols) for each layer."""
    noisy = crop_latents(backbone, square, crops, noise, settings)
    single = [
        exact_attention(backbone, noisy[i : i + 1], prompts[i : i + 1].to(noisy), settings)
        for i in range(len(prompts))
    ]
    return [torch.cat(layer) for layer in zip(*single, strict=True)]
