"""The noise that is added to latents."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...diffusion import Backbone
from ..settings import AttentionSettings, Noise


def draw_noise(shape: Sequence[int], noise: Noise, generator: torch.Generator) -> Tensor:
    """Return noise, drawn on the CPU so that every device sees the same.

    Parameters
    ----------
    shape : sequence of int
        Shape of the noise.
    noise : {"gaussian", "uniform", "none"}
        Standard normal, uniform in [0, 1), or zeros, for which no numbers are drawn.
    generator : torch.Generator
        Source of the numbers.
    """
    if noise == "none":
        return torch.zeros(tuple(shape))
    draw = torch.randn if noise == "gaussian" else torch.rand
    return draw(tuple(shape), generator=generator)


def with_noise(
    backbone: Backbone, latents: Tensor, noise: Tensor, settings: AttentionSettings
) -> Tensor:
    """Return latents as the UNet is to see them: with noise, or clean if the settings say "none".

    UNets that were trained to see clean images, such as CleanDIFT's (Stracke et al. 2024), take the
    latents as they are: they are not scaled as if noise had been added.

    Parameters
    ----------
    backbone : Backbone
        The frozen model, which knows the schedule.
    latents, noise : Tensor, shape (n, channels, side, side)
        Clean latents, and what `draw_noise` returned for them.
    settings : AttentionSettings
        Timestep and noise.
    """
    if settings.noise == "none":
        return latents
    return backbone.add_noise(latents, noise.to(latents), settings.timestep)
