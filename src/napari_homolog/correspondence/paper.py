"""The published method with the quirks of its authors' code, for the ``paper`` preset.

The image is squashed to the model's square. Every step sees one fresh square crop of it, enlarged to
the whole square and encoded anew; maps are pasted back where their crop lay (`paper_crops`, where
pixels are explained).

Hedlin, Sharma, Mahajan, Isack, Kar, Tagliasacchi and Yi: "Unsupervised Semantic Correspondence Using
Stable Diffusion", NeurIPS 2023, sections 3.2 and 3.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..context import RunContext
from ..diffusion import Backbone
from .maps.full_unet import full_unet_attention
from .maps.noise import draw_noise
from .maps.peaks import argmax_cells
from .optimisation.by_full_unet import Step, optimise_by_full_unet
from .optimisation.gaussian_targets import gaussian_targets
from .paper_crops import Crop, PastedMaps, crop_around, crop_latents, squash
from .presets import Preset
from .settings import AttentionSettings

INNER_MARGIN = 0.15
"""Minimum distance of a landmark from its crop's edges while learning, as a share of the crop."""

MarkedImage = tuple[NDArray[np.float32], NDArray[np.float64]]
"""An image (height, width, 3) and its landmarks (n, 2), (row, col) in pixels; NaN where missing."""


# Learning


def learn_tokens(
    backbone: Backbone,
    images: Sequence[MarkedImage],
    start: Tensor,
    preset: Preset,
    generator: torch.Generator,
    context: RunContext,
) -> Tensor:
    """Learn prompt embeddings on fresh crops, one reference after the other.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    images : sequence of MarkedImage
        The references.
    start : Tensor, shape (restarts, n, prompt_tokens, prompt_dim)
        Initial values; not changed.
    preset : Preset
        Crops, noise, target and steps; completed.
    generator : torch.Generator
        Source of noise.
    context : RunContext
        Seed of the crops, progress, and whether to stop.

    Returns
    -------
    Tensor of float32, shape (restarts, n, prompt_tokens, prompt_dim)

    Raises
    ------
    Cancelled
        If the context says so.
    """
    rng = np.random.default_rng(context.seed)
    restarts = preset.learn.restarts
    sources = []
    for image, points in images:
        present = ~np.isnan(points[:, :1])
        middle = (np.array(image.shape[:2]) - 1) / 2
        prompt_points = np.tile(np.where(present, points, middle), (restarts, 1))
        weight = torch.from_numpy(present[:, 0]).float().to(backbone.device).repeat(restarts)
        steps = crop_steps(backbone, image, prompt_points, preset, rng, generator)
        sources.append((steps, weight))

    def next_step(index: int) -> Step:
        steps, weight = sources[index % len(sources)]
        return replace(steps(index), weight=weight)

    tokens = optimise_by_full_unet(
        backbone,
        start.flatten(0, 1),
        next_step,
        preset.learn,
        preset.learning_attention,
        context=context,
    )
    return tokens.view_as(start).float().cpu()


def crop_steps(
    backbone: Backbone,
    image: NDArray[np.float32],
    points: NDArray[np.float64],
    preset: Preset,
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
    preset : Preset
        Size of the crops, noise and target.
    rng, generator : numpy.random.Generator, torch.Generator
        Sources of crops and of noise.
    """
    side = backbone.resolution
    square = squash(image, side)
    pixels = (points + 0.5) / image.shape[:2] * side
    size = int(preset.shared.crop_share * side)
    shape = (len(points), backbone.latent_channels, backbone.latent_side, backbone.latent_side)

    def next_step(index: int) -> Step:
        crops = [crop_around(pixel, size, side, INNER_MARGIN, rng) for pixel in pixels]
        noise = draw_noise(shape, preset.shared.noise, generator)
        return crop_step(backbone, square, pixels, crops, noise, preset)

    return next_step


def crop_step(
    backbone: Backbone,
    square: Tensor,
    pixels: NDArray[np.float64],
    crops: Sequence[Crop],
    noise: Tensor,
    preset: Preset,
) -> Step:
    """Return the optimiser step that sees one given crop for each prompt.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    square : Tensor, shape (1, 3, side, side)
        The squashed reference.
    pixels : ndarray, shape (n, 2)
        Each prompt's landmark, (row, col) in the square.
    crops : sequence of Crop
        One for each prompt.
    noise : Tensor, shape (n, channels, s, s)
        The noise of each crop.
    preset : Preset
        Timestep and target; completed.

    Returns
    -------
    Step
        With targets on the square's integer indices, as the authors' code has them.
    """
    side = square.shape[-1]
    corners = np.array([(crop.top, crop.left) for crop in crops])
    sizes = np.array([crop.size for crop in crops])[:, None]
    normalised = torch.from_numpy((pixels - corners) / sizes).float().to(backbone.device)
    target = gaussian_targets(normalised, (side, side), preset.learn.sigma, offset=0.0)
    noisy = crop_latents(backbone, square, crops, noise, preset.learning_attention)
    return Step(noisy, target, torch.ones(len(crops), device=backbone.device))


# Locating


@dataclass(frozen=True, eq=False)
class PublishedReadOut:
    """What the published method reads on a target.

    Attributes
    ----------
    points : ndarray of float64, shape (n, 2)
        (row, col) in the square, from all restarts together.
    restart_points : ndarray of float64, shape (restarts, n, 2)
        The same of single restarts.
    maps : Tensor, shape (n, side, side)
        Attention averaged over layers and restarts.
    """

    points: NDArray[np.float64]
    restart_points: NDArray[np.float64]
    maps: Tensor


def locate_points(
    backbone: Backbone,
    image: NDArray[np.float32],
    prompts: Tensor,
    preset: Preset,
    context: RunContext,
) -> PublishedReadOut:
    """Locate landmarks as published: corner crops, crops around the peak, softmax, argmax.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    image : ndarray of float32, shape (height, width, 3)
        The target.
    prompts : Tensor, shape (restarts, n, prompt_tokens, prompt_dim)
        Prompt embeddings.
    preset : Preset
        Number and size of crops, and noise; completed.
    context : RunContext
        Seed, progress, and whether to stop.

    Raises
    ------
    Cancelled
        If the context says so.
    """
    maps = crop_maps(backbone, image, prompts.flatten(0, 1), preset, context)
    by_restart = maps.unflatten(1, prompts.shape[:2])
    mean = by_restart.mean(1)
    restart_points = torch.stack([read_out(single) for single in by_restart.unbind(1)])
    return PublishedReadOut(
        read_out(mean).double().numpy(), restart_points.double().numpy(), mean.mean(0)
    )


def crop_maps(
    backbone: Backbone,
    image: NDArray[np.float32],
    prompts: Tensor,
    preset: Preset,
    context: RunContext,
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
    preset : Preset
        Number and size of crops, and noise; completed.
    context : RunContext
        Seed, progress, and whether to stop.

    Returns
    -------
    Tensor, shape (layers, n, side, side)

    Raises
    ------
    Cancelled
        If the context says so.
    """
    rng = np.random.default_rng(context.seed)
    generator = torch.Generator().manual_seed(context.seed)
    attention = preset.locating_attention
    side, latent_side = backbone.resolution, backbone.latent_side
    square = squash(image, side)
    size = int(preset.shared.crop_share * side)
    far = side - size
    corners = [Crop(top, left, size) for top in (0, far) for left in (0, far)]
    pasted = PastedMaps(len(attention.layers or backbone.layers), len(prompts), side)
    shape = (len(prompts), backbone.latent_channels, latent_side, latent_side)
    for index in range(preset.locate.crops):
        context.check_stop()
        if index < len(corners):
            crops = [corners[index]] * len(prompts)
        else:
            peaks = read_out(pasted.average).double().numpy()
            crops = [crop_around(peak, size, side, 0.0, rng) for peak in peaks]
        noise = draw_noise(shape, attention.noise, generator)
        pasted.paste(_attention_in_crops(backbone, square, crops, noise, prompts, attention), crops)
        context.report(index + 1, preset.locate.crops, "locating the landmarks")
    return pasted.average


@torch.no_grad()
def _attention_in_crops(
    backbone: Backbone,
    square: Tensor,
    crops: Sequence[Crop],
    noise: Tensor,
    prompts: Tensor,
    attention: AttentionSettings,
) -> list[Tensor]:
    """Return each prompt's maps of its own crop, one (n, rows, cols) for each layer."""
    noisy = crop_latents(backbone, square, crops, noise, attention)
    single = [
        full_unet_attention(backbone, noisy[i : i + 1], prompts[i : i + 1].to(noisy), attention)
        for i in range(len(prompts))
    ]
    return [torch.cat(layer) for layer in zip(*single, strict=True)]


def read_out(average: Tensor) -> Tensor:
    """Return each prompt's point in the square, shape (n, 2).

    Parameters
    ----------
    average : Tensor, shape (layers, n, side, side)
        Averaged maps.
    """
    likelihood = average.flatten(-2).softmax(-1).unflatten(-1, average.shape[-2:]).mean(0)
    return argmax_cells(likelihood) + 0.5
