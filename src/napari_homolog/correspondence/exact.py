"""Exact learning and locating: every step goes through the whole UNet, as in Hedlin et al. 2023."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..diffusion import Backbone
from ..progress import Progress, StopCheck, check_stop
from .frozen import LANDMARK_TOKEN, Observer, Plateau
from .settings import LearnSettings, Settings

PROMPTS_AT_A_TIME = 8
"""Prompts that go through the UNet together; bounds memory."""


@dataclass(frozen=True, eq=False)
class Step:
    """What one optimiser step of one batch of prompts looks at.

    Attributes
    ----------
    noisy : Tensor, shape (n or 1, channels, side, side)
        Noisy latents: one for each prompt, or one for all of them.
    target : Tensor, shape (n, rows, cols)
        What the landmark token's attention should be; maps are compared at this resolution.
    weight : Tensor, shape (n,)
        0 where the view does not show the landmark, else 1.
    """

    noisy: Tensor
    target: Tensor
    weight: Tensor


def exact_attention(
    backbone: Backbone, noisy: Tensor, prompts: Tensor, settings: Settings
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
    settings : Settings
        Timestep, layers and heads.

    Returns
    -------
    list of Tensor, shape (n, rows, cols)
        One for each layer, at the layer's own resolution.
    """
    maps = backbone.attention(
        noisy.expand(len(prompts), -1, -1, -1),
        settings.noise_level,
        prompts,
        layers=settings.layers,
        token=LANDMARK_TOKEN,
    )
    if settings.heads == "second half":
        maps = [one[:, one.shape[1] // 2 :] for one in maps]
    return [one.float().mean(1) for one in maps]


def attention_loss(maps: Sequence[Tensor], step: Step) -> Tensor:
    """Return the mean squared error between attention and target of each prompt, shape (n,).

    The mean runs over layers and pixels, every layer's map resized to the target's resolution
    (Hedlin et al. 2023, section 3.2).
    """
    shape = step.target.shape[-2:]
    errors = [
        functional.interpolate(one[:, None], shape, mode="bilinear", align_corners=False)[:, 0]
        - step.target
        for one in maps
    ]
    return torch.stack([error.square().mean((1, 2)) for error in errors]).mean(0) * step.weight


def learn_exact(
    backbone: Backbone,
    prompts: Tensor,
    next_step: Callable[[int], Step],
    settings: LearnSettings,
    *,
    observe: Observer | None = None,
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> Tensor:
    """Optimise prompt embeddings through the UNet.

    Every prompt has its own sum in the loss and Adam works element by element, so that the
    prompts of a batch do not influence one another.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    prompts : Tensor, shape (n, prompt_tokens, prompt_dim)
        Starting values; not changed.
    next_step : callable
        Gives the views and targets of a step, for all prompts.
    settings : LearnSettings
        Steps, step size and when to stop.
    observe : callable, optional
        Shown the prompts after every step.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`.

    Returns
    -------
    Tensor, shape (n, prompt_tokens, prompt_dim)

    Raises
    ------
    Cancelled
        If `should_stop` said yes.
    """
    prompts = prompts.to(backbone.device, torch.float32).clone().requires_grad_()
    optimiser = torch.optim.Adam([prompts], settings.learning_rate)
    plateau = Plateau(settings)
    for index in range(settings.steps):
        step = next_step(index)
        optimiser.zero_grad()
        total = 0.0
        for part in torch.arange(len(prompts)).split(PROMPTS_AT_A_TIME):
            check_stop(should_stop)
            noisy = step.noisy if len(step.noisy) == 1 else step.noisy[part]
            maps = exact_attention(backbone, noisy, prompts[part], settings)
            seen = Step(noisy, step.target[part], step.weight[part])
            loss = attention_loss(maps, seen).sum()
            loss.backward()
            total += loss.item()
        optimiser.step()
        if observe is not None:
            observe(prompts)
        if progress is not None:
            progress(index + 1, settings.steps, "learning the landmarks")
        if plateau.reached(total):
            break
    return prompts.detach()


@torch.no_grad()
def exact_maps(
    backbone: Backbone,
    noisy: Tensor,
    prompts: Tensor,
    settings: Settings,
    should_stop: StopCheck | None = None,
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
    settings : Settings
        Timestep, layers and heads.
    should_stop : callable, optional
        Asked before every forward pass.

    Returns
    -------
    list of Tensor, shape (views, n, rows, cols)
        One for each layer.
    """
    views = []
    for latent in noisy.split(1):
        parts = []
        for part in prompts.to(backbone.device).split(PROMPTS_AT_A_TIME):
            check_stop(should_stop)
            parts.append(exact_attention(backbone, latent, part, settings))
        views.append([torch.cat(layer) for layer in zip(*parts, strict=True)])
    return [torch.stack(layer) for layer in zip(*views, strict=True)]
