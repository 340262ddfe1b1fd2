"""Attention of prompt embeddings through the whole UNet, as in Hedlin et al. 2023."""

from __future__ import annotations

import torch
from torch import Tensor

from ...context import RunContext
from ...diffusion import Backbone
from ..settings import AttentionSettings
from .cached_queries import LANDMARK_TOKEN

PROMPTS_AT_A_TIME = 8
"""Prompts that go through the UNet together; bounds memory."""


def full_unet_attention(
    backbone: Backbone, noisy: Tensor, prompts: Tensor, settings: AttentionSettings
) -> list[Tensor]:
    """Return the landmark token's attention of every layer, averaged over heads.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    noisy : Tensor, shape (n or 1, channels, side, side)
        Noisy latents.
    prompts : Tensor, shape (n, prompt_tokens, prompt_dim)
        Prompt embeddings; gradients flow back to them.
    settings : AttentionSettings
        Timestep, layers and heads.

    Returns
    -------
    list of Tensor, shape (n, rows, cols)
        One for each layer, at the layer's own resolution.
    """
    maps = backbone.attention(
        noisy.expand(len(prompts), -1, -1, -1),
        settings.timestep,
        prompts,
        layers=settings.layers,
        token=LANDMARK_TOKEN,
    )
    if settings.heads == "second half":
        maps = [layer[:, layer.shape[1] // 2 :] for layer in maps]
    return [layer.float().mean(1) for layer in maps]


@torch.no_grad()
def full_unet_maps(
    backbone: Backbone,
    noisy: Tensor,
    prompts: Tensor,
    settings: AttentionSettings,
    context: RunContext,
) -> list[Tensor]:
    """Return the attention of every prompt in every view.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    noisy : Tensor, shape (views, channels, side, side)
        Noisy latents.
    prompts : Tensor, shape (n, prompt_tokens, prompt_dim)
        Prompt embeddings.
    settings : AttentionSettings
        Timestep, layers and heads.
    context : RunContext
        Asked before every forward pass whether to stop.

    Returns
    -------
    list of Tensor, shape (views, n, rows, cols)
        One for each layer.
    """
    views = []
    for latent in noisy.split(1):
        parts = []
        for part in prompts.to(backbone.device).split(PROMPTS_AT_A_TIME):
            context.check_stop()
            parts.append(full_unet_attention(backbone, latent, part, settings))
        views.append([torch.cat(layer) for layer in zip(*parts, strict=True)])
    return [torch.stack(layer) for layer in zip(*views, strict=True)]
