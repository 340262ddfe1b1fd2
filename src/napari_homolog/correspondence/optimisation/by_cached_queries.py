"""Optimising all landmarks and restarts together against cached queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...context import RunContext
from ..maps.cached_queries import CachedLayer, cached_attention
from ..settings import LearnSettings
from ..views.rectangle import in_view
from .convergence import Plateau
from .gaussian_targets import gaussian_targets

MESSAGE = "learning the landmarks"

Observer = Callable[[Tensor], None]
"""Shown the tokens, (restarts * n, distinct, prompt_dim), after every optimiser step."""


@dataclass(frozen=True, eq=False)
class CachedViews:
    """Views of the references, as the optimisation needs them.

    Attributes
    ----------
    layers : sequence of CachedLayer
        Queries of the views.
    normalised : Tensor, shape (views, n, 2)
        The landmarks in each view's normalised coordinates; NaN where missing.
    repeats : sequence of int
        How often each distinct token occurs in the prompt.
    """

    layers: Sequence[CachedLayer]
    normalised: Tensor
    repeats: Sequence[int]


def optimise_by_cached_queries(
    seen: CachedViews,
    start: Tensor,
    settings: LearnSettings,
    *,
    generator: torch.Generator,
    context: RunContext,
    observe: Observer | None = None,
) -> Tensor:
    """Optimise embeddings for all landmarks and restarts at once.

    Parameters
    ----------
    seen : CachedViews
        Views of the references.
    start : Tensor, shape (restarts, n, distinct, prompt_dim)
        Initial values; not changed.
    settings : LearnSettings
        Steps, step size and when to stop.
    generator : torch.Generator
        Source of the views' order.
    context : RunContext
        Progress, and whether to stop.
    observe : callable, optional
        Shown the tokens after every step.

    Returns
    -------
    Tensor, shape (restarts, n, distinct, prompt_dim)

    Raises
    ------
    Cancelled
        If the context says so.
    """
    layers, normalised, repeats = seen.layers, seen.normalised, seen.repeats
    restarts, count = start.shape[:2]
    tokens = start.flatten(0, 1).to(normalised.device, torch.float32).clone().requires_grad_()
    targets = [
        gaussian_targets(normalised, layer.shape, settings.sigma).flatten(-2) for layer in layers
    ]
    views_per_step = min(settings.views_per_step, len(normalised))
    buffers = [
        layer.query.new_empty(
            len(layer.query), len(repeats), len(tokens), views_per_step * target.shape[-1]
        )
        for layer, target in zip(layers, targets, strict=True)
    ]
    weights = in_view(normalised)
    optimiser = torch.optim.Adam([tokens], settings.learning_rate)
    plateau = Plateau(settings)
    for step in range(settings.steps):
        context.check_stop()
        chosen = torch.randperm(len(normalised), generator=generator)[:views_per_step]
        loss = tokens.new_zeros(())
        for layer, target, buffer in zip(layers, targets, buffers, strict=True):
            attention = cached_attention(layer.subset(chosen), tokens, repeats, buffer)
            error = attention.unflatten(1, (restarts, count)) - target[chosen][:, None]
            loss = loss + (error.square().mean(-1) * weights[chosen][:, None]).mean(0).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if observe is not None:
            observe(tokens)
        context.report(step + 1, settings.steps, MESSAGE)
        if plateau.reached(loss.item()):
            break
    return tokens.detach().view_as(start)
