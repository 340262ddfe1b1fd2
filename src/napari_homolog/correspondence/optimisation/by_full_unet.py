"""Optimising prompt embeddings through the whole UNet, as in Hedlin et al. 2023."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...context import RunContext
from ...diffusion import Backbone
from ..maps.full_unet import PROMPTS_AT_A_TIME, full_unet_attention
from ..settings import AttentionSettings, LearnSettings
from .by_cached_queries import MESSAGE, Observer
from .convergence import Plateau


@dataclass(frozen=True, eq=False)
class Step:
    """What one optimiser step of one batch of prompts sees.

    Attributes
    ----------
    noisy : Tensor, shape (n or 1, channels, side, side)
        Noisy latents: one for each prompt, or one for all of them.
    target : Tensor, shape (n, rows, cols)
        What the landmark token's attention should be; maps are compared at this resolution.
    weight : Tensor, shape (n,)
        0 where the view does not contain the landmark, else 1.
    """

    noisy: Tensor
    target: Tensor
    weight: Tensor


def attention_loss(maps: Sequence[Tensor], step: Step) -> Tensor:
    """Return the mean squared error between attention and target of each prompt, shape (n,).

    The mean is over layers and pixels, every layer's map resized to the target's resolution
    (Hedlin et al. 2023, section 3.2).
    """
    shape = step.target.shape[-2:]
    errors = [
        functional.interpolate(layer[:, None], shape, mode="bilinear", align_corners=False)[:, 0]
        - step.target
        for layer in maps
    ]
    return torch.stack([error.square().mean((1, 2)) for error in errors]).mean(0) * step.weight


def optimise_by_full_unet(
    backbone: Backbone,
    prompts: Tensor,
    next_step: Callable[[int], Step],
    settings: LearnSettings,
    attention: AttentionSettings,
    *,
    context: RunContext,
    observe: Observer | None = None,
) -> Tensor:
    """Optimise prompt embeddings through the UNet.

    Every prompt has its own term in the loss and Adam works element by element, so that the
    prompts of a batch do not influence one another.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    prompts : Tensor, shape (n, prompt_tokens, prompt_dim)
        Initial values; not changed.
    next_step : callable
        Returns the views and targets of a step, given its index, for all prompts.
    settings : LearnSettings
        Steps, step size and when to stop.
    attention : AttentionSettings
        Timestep, layers and heads.
    context : RunContext
        Progress, and whether to stop.
    observe : callable, optional
        Shown the prompts after every step.

    Returns
    -------
    Tensor, shape (n, prompt_tokens, prompt_dim)

    Raises
    ------
    Cancelled
        If the context says so.
    """
    prompts = prompts.to(backbone.device, torch.float32).clone().requires_grad_()
    optimiser = torch.optim.Adam([prompts], settings.learning_rate)
    plateau = Plateau(settings)
    for index in range(settings.steps):
        step = next_step(index)
        optimiser.zero_grad()
        total = 0.0
        for part in torch.arange(len(prompts)).split(PROMPTS_AT_A_TIME):
            context.check_stop()
            noisy = step.noisy if len(step.noisy) == 1 else step.noisy[part]
            maps = full_unet_attention(backbone, noisy, prompts[part], attention)
            batch = Step(noisy, step.target[part], step.weight[part])
            loss = attention_loss(maps, batch).sum()
            loss.backward()
            total += loss.item()
        optimiser.step()
        if observe is not None:
            observe(prompts)
        context.report(index + 1, settings.steps, MESSAGE)
        if plateau.reached(total):
            break
    return prompts.detach()
