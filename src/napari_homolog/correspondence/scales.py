"""Scales: what is learned of the landmarks from far and from near."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from ..diffusion import Backbone
from ..progress import Progress, StopCheck
from .embeddings import Embeddings
from .exact import Step, learn_exact
from .features import describe, similarity_maps
from .frozen import (
    FrozenLayer,
    Observer,
    freeze,
    frozen_maps,
    learn_frozen,
    token_repeats,
)
from .paper import paper_steps
from .reference import MarkedImage
from .sampling import own_values
from .settings import LearnSettings
from .views import (
    ViewSet,
    close_ups,
    draw_noise,
    gaussian_targets,
    join_views,
    shared_views,
    visible,
)
from .watching import Watch, Watcher


@dataclass(frozen=True, eq=False)
class Start:
    """Where learning starts.

    Attributes
    ----------
    whole, close_up : Tensor, shape (rounds, n, distinct, prompt_dim)
        Tokens for views of the whole specimen and for close-ups.
    repeats : tuple of int
        How often each distinct token stands in the prompt.
    """

    whole: Tensor
    close_up: Tensor
    repeats: tuple[int, ...]


def random_start(backbone: Backbone, count: int, settings: LearnSettings, seed: int) -> Start:
    """Return random tokens for some landmarks.

    Through the whole UNet every token of the prompt is distinct; through frozen queries few are.
    """
    prompt_tokens, prompt_dim = backbone.prompt_shape
    if settings.method == "frozen":
        repeats = token_repeats(prompt_tokens, settings.distinct_tokens)
    else:
        repeats = (1,) * prompt_tokens
    generator = torch.Generator().manual_seed(seed)
    size = (settings.rounds, count, len(repeats), prompt_dim)
    whole = torch.randn(size, generator=generator)
    return Start(whole, torch.randn(size, generator=generator), repeats)


def learn_scales(
    backbone: Backbone,
    marked: Sequence[MarkedImage],
    start: Start,
    settings: LearnSettings,
    seed: int,
    watch: Watch | None,
    progress: Progress | None,
    should_stop: StopCheck | None,
) -> tuple[Embeddings, Embeddings | None]:
    """Return what is learned on views of the whole and, if the settings ask for them, close-ups.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    marked : sequence of MarkedImage
        The references.
    start : Start
        Tokens to start from.
    settings : LearnSettings
        Method, views, steps.
    seed : int
        Seed of views and noise.
    watch : callable or None
        Shown the attention on the first reference, seen from far; not with the paper's views.
    progress, should_stop : callable or None
        See `napari_homolog.progress`.

    Raises
    ------
    Cancelled
        If `should_stop` said yes.
    """
    generator = torch.Generator().manual_seed(seed + 1)
    if settings.views == "paper":
        steps = _paper_steps_in_turn(backbone, marked, settings, seed, generator)
        tokens = learn_exact(
            backbone,
            start.whole.flatten(0, 1),
            steps,
            settings=settings,
            progress=progress,
            should_stop=should_stop,
        )
        return Embeddings(tokens.view_as(start.whole).float().cpu()), None
    learn_one = partial(
        _learn_scale,
        backbone,
        repeats=start.repeats,
        settings=settings,
        generator=generator,
        progress=progress,
        should_stop=should_stop,
    )
    rng = np.random.default_rng(seed)
    first, views, shares = _whole_views(backbone, marked, settings, rng)

    def watcher(layers: list[FrozenLayer]) -> Observer | None:
        if watch is None:
            return None
        shape = marked[0].image.shape[:2]
        return Watcher(watch, shape, first, layers, start.repeats, settings.rounds)

    whole = learn_one(views, shares, start.whole, watcher=watcher)
    if not settings.close_ups:
        return whole, None
    return whole, learn_one(*_close_views(backbone, marked, settings, rng), start.close_up)


def _learn_scale(
    backbone: Backbone,
    views: ViewSet,
    shares: Tensor,
    start: Tensor,
    *,
    repeats: tuple[int, ...],
    settings: LearnSettings,
    generator: torch.Generator,
    progress: Progress | None,
    should_stop: StopCheck | None,
    watcher: Callable[[list[FrozenLayer]], Observer | None] = lambda layers: None,
) -> Embeddings:
    layers = freeze(backbone, views, settings, generator, should_stop)
    observe = watcher(layers)
    if settings.method == "frozen":
        tokens = learn_frozen(
            layers,
            shares,
            start,
            repeats,
            settings,
            generator=generator,
            observe=observe,
            progress=progress,
            should_stop=should_stop,
        )
    else:
        tokens = learn_exact(
            backbone,
            start.flatten(0, 1),
            _shared_steps(backbone, views, shares, settings, generator),
            settings=settings,
            observe=observe,
            progress=progress,
            should_stop=should_stop,
        ).view_as(start)
    described = describe(layers, shares)
    attention = frozen_maps(layers, tokens.flatten(0, 1), repeats)
    own_attention = [
        own_values(layer.unflatten(1, tokens.shape[:2]).mean(1), shares) for layer in attention
    ]
    own_similarity = [own_values(layer, shares) for layer in similarity_maps(layers, described)]
    return Embeddings(
        tokens.float().cpu(),
        tuple(one.float().cpu() for one in described),
        torch.stack(own_attention).mean(0).cpu(),
        torch.stack(own_similarity).mean(0).cpu(),
    )


def _whole_views(
    backbone: Backbone,
    marked: Sequence[MarkedImage],
    settings: LearnSettings,
    rng: np.random.Generator,
) -> tuple[ViewSet, ViewSet, Tensor]:
    """Return views of the first reference, of all, and the points in these as `_shares` does."""
    sets = [
        shared_views(
            backbone,
            one.image,
            encodings=settings.encodings,
            windows=settings.windows,
            crop_share=settings.crop_share,
            rng=rng,
        )
        for one in marked
    ]
    return sets[0], join_views(sets), _shares(backbone, marked, sets)


def _close_views(
    backbone: Backbone,
    marked: Sequence[MarkedImage],
    settings: LearnSettings,
    rng: np.random.Generator,
) -> tuple[ViewSet, Tensor]:
    """Return close-ups of all landmarks of all references, and the points as `_shares` does."""
    seen = [one for one in marked if not np.isnan(one.points).all()]
    sets = [
        close_ups(
            backbone,
            one.image,
            one.points[~np.isnan(one.points[:, 0])],
            count=settings.close_ups,
            share=settings.close_up_share,
            rng=rng,
        )
        for one in seen
    ]
    return join_views(sets), _shares(backbone, seen, sets)


def _shares(backbone: Backbone, marked: Sequence[MarkedImage], sets: Sequence[ViewSet]) -> Tensor:
    """Return the points as shares of the views' sides, (views, n, 2), NaN where missing."""
    shares = [
        rectangle.to_shares(one.points)
        for one, views in zip(marked, sets, strict=True)
        for rectangle in views.rectangles
    ]
    return torch.from_numpy(np.stack(shares)).float().to(backbone.device)


def _shared_steps(
    backbone: Backbone,
    views: ViewSet,
    shares: Tensor,
    settings: LearnSettings,
    generator: torch.Generator,
) -> Callable[[int], Step]:
    """Return the source of exact learning's steps on shared views, for ``rounds * n`` prompts."""
    rounds = settings.rounds

    def next_step(index: int) -> Step:
        view = int(torch.randint(len(views), (), generator=generator))
        latent = views.latents[view : view + 1]
        noise = draw_noise(latent.shape, settings, generator).to(latent)
        target = gaussian_targets(shares[view], (backbone.latent_side,) * 2, settings.sigma)
        return Step(
            noisy=backbone.add_noise(latent, noise, settings.noise_level),
            target=target.repeat(rounds, 1, 1),
            weight=visible(shares[view]).repeat(rounds),
        )

    return next_step


def _paper_steps_in_turn(
    backbone: Backbone,
    marked: Sequence[MarkedImage],
    settings: LearnSettings,
    seed: int,
    generator: torch.Generator,
) -> Callable[[int], Step]:
    """Return the source of the authors' steps, which look at one reference after the other."""
    rng = np.random.default_rng(seed)
    sources = []
    for one in marked:
        there = ~np.isnan(one.points[:, :1])
        middle = (np.array(one.image.shape[:2]) - 1) / 2
        points = np.tile(np.where(there, one.points, middle), (settings.rounds, 1))
        weight = torch.from_numpy(there[:, 0]).float().to(backbone.device).repeat(settings.rounds)
        steps = paper_steps(backbone, one.image, points, settings, rng, generator)
        sources.append((steps, weight))

    def next_step(index: int) -> Step:
        steps, weight = sources[index % len(sources)]
        return replace(steps(index), weight=weight)

    return next_step
