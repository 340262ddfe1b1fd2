"""Learning: from images and their landmarks to prompt embeddings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..diffusion import Backbone
from ..progress import Progress, StopCheck
from .exact import Step, learn_exact
from .features import describe
from .frozen import freeze, learn_frozen, token_repeats
from .landmark_set import LandmarkSet
from .paper import paper_steps
from .reference import MarkedImage, Reference, line_up
from .settings import PRESETS, LearnSettings, Preset
from .views import ViewSet, draw_noise, gaussian_targets, join_views, shared_views, visible


def learn(
    backbone: Backbone,
    references: Sequence[Reference],
    *,
    preset: Preset | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> LandmarkSet:
    """Learn prompt embeddings that point at the landmarks of one or more references.

    Parameters
    ----------
    backbone : Backbone
        The frozen diffusion model.
    references : sequence of Reference
        Images with landmarks. Views are drawn from all of them; a landmark is learned from those
        on which it is present, and left out where it is present on none.
    preset : Preset, optional
        Default: ``balanced``.
    seed : int
        Seed of everything random.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`.

    Returns
    -------
    LandmarkSet

    Raises
    ------
    ImageError
        If an array is no image.
    LandmarkError
        If no landmark is present or one lies outside its image.
    Cancelled
        If `should_stop` said yes.

    References
    ----------
    Hedlin et al. 2023, section 3.2.
    """
    preset = _complete(preset or PRESETS["balanced"], backbone)
    settings = preset.learn
    names, marked = line_up(references)
    start, repeats = _random_start(backbone, len(names), settings, seed)
    tokens, features = _optimise(
        backbone, marked, start, repeats, settings, seed, progress, should_stop
    )
    return LandmarkSet(
        names=names,
        tokens=tokens,
        repeats=repeats,
        backbone=backbone.to_dict(),
        preset=preset,
        seed=seed,
        features=features,
        references=tuple(reference.name for reference in references if reference.name),
    )


def extend(
    backbone: Backbone,
    learned: LandmarkSet,
    references: Sequence[Reference],
    *,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> LandmarkSet:
    """Learn on from a landmark set with other references, such as corrected predictions.

    The embeddings that there are are the start; landmarks that are new start at random, and those
    that no reference shows stay as they are. A landmark set holds no images: give the earlier
    references again if they shall go on counting.

    Parameters
    ----------
    backbone : Backbone
        The model on which the set was learned.
    learned : LandmarkSet
        The set; not changed.
    references : sequence of Reference
        Images with landmarks.
    seed : int
        Seed of everything random.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`.

    Returns
    -------
    LandmarkSet

    Raises
    ------
    LandmarkSetError
        If the set was learned on another model.
    ImageError, LandmarkError, Cancelled
        As `learn`.
    """
    learned.check_backbone(backbone)
    settings = learned.preset.learn
    names, marked = line_up(references)
    start, repeats = _random_start(backbone, len(names), settings, seed)
    for index, name in enumerate(names):
        if name in learned.names:
            start[:, index] = learned.tokens[:, learned.names.index(name)]
    tokens, features = _optimise(
        backbone, marked, start, repeats, settings, seed, progress, should_stop
    )
    untouched = [index for index, name in enumerate(learned.names) if name not in names]
    origins = (*learned.references, *(one.name for one in references if one.name))
    return LandmarkSet(
        names=(*(learned.names[index] for index in untouched), *names),
        tokens=torch.cat([learned.tokens[:, untouched], tokens], dim=1),
        repeats=repeats,
        backbone=learned.backbone,
        preset=learned.preset,
        seed=seed,
        features=tuple(
            torch.cat([old[untouched], _joined(old, new, learned.names, names)])
            for old, new in zip(learned.features, features, strict=True)
        ),
        references=tuple(dict.fromkeys(origins)),
    )


def _complete(preset: Preset, backbone: Backbone) -> Preset:
    """Return a preset with the checkpoint's own timestep for learning where it names none."""
    if preset.learn.timestep is not None:
        return preset
    learn = preset.learn.model_copy(update={"timestep": backbone.learn_timestep})
    return preset.model_copy(update={"learn": learn})


def _random_start(
    backbone: Backbone, count: int, settings: LearnSettings, seed: int
) -> tuple[Tensor, tuple[int, ...]]:
    """Return tokens (rounds, n, distinct, dim) and how often each stands in a prompt.

    Through the whole UNet every token of the prompt is distinct; through frozen queries few are.
    """
    prompt_tokens, prompt_dim = backbone.prompt_shape
    if settings.method == "frozen":
        repeats = token_repeats(prompt_tokens, settings.distinct_tokens)
    else:
        repeats = (1,) * prompt_tokens
    generator = torch.Generator().manual_seed(seed)
    size = (settings.rounds, count, len(repeats), prompt_dim)
    return torch.randn(size, generator=generator), repeats


def _optimise(
    backbone: Backbone,
    marked: Sequence[MarkedImage],
    start: Tensor,
    repeats: tuple[int, ...],
    settings: LearnSettings,
    seed: int,
    progress: Progress | None,
    should_stop: StopCheck | None,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Return learned tokens, as `start`, and the features at the landmarks."""
    generator = torch.Generator().manual_seed(seed + 1)
    through_unet = partial(
        learn_exact,
        backbone,
        start.flatten(0, 1),
        settings=settings,
        progress=progress,
        should_stop=should_stop,
    )
    if settings.views == "paper":
        steps = _paper_steps_in_turn(backbone, marked, settings, seed, generator)
        return through_unet(next_step=steps).view_as(start).float().cpu(), ()
    views, shares = _views_with_landmarks(backbone, marked, settings, seed)
    layers = freeze(backbone, views, settings, generator)
    if settings.method == "frozen":
        tokens = learn_frozen(
            layers,
            shares,
            start,
            repeats,
            settings,
            generator=generator,
            progress=progress,
            should_stop=should_stop,
        )
    else:
        steps = _shared_steps(backbone, views, shares, settings, generator)
        tokens = through_unet(next_step=steps).view_as(start)
    return tokens.float().cpu(), tuple(one.float().cpu() for one in describe(layers, shares))


def _joined(old: Tensor, new: Tensor, known: Sequence[str], names: Sequence[str]) -> Tensor:
    """Return one layer's new features, averaged with the old ones of landmarks that were known."""
    pairs = zip(names, new, strict=True)
    earlier = [old[known.index(name)] if name in known else one for name, one in pairs]
    return functional.normalize(torch.stack(earlier) + new, dim=-1)


def _views_with_landmarks(
    backbone: Backbone, marked: Sequence[MarkedImage], settings: LearnSettings, seed: int
) -> tuple[ViewSet, Tensor]:
    """Return shared views of all references, and the points as shares of their sides.

    The shares have shape (views, n, 2), NaN where a landmark is missing.
    """
    rng = np.random.default_rng(seed)
    sets, shares = [], []
    for one in marked:
        views = shared_views(
            backbone,
            one.image,
            encodings=settings.encodings,
            windows=settings.windows,
            crop_share=settings.crop_share,
            rng=rng,
        )
        sets.append(views)
        shares += [rectangle.to_shares(one.points) for rectangle in views.rectangles]
    return join_views(sets), torch.from_numpy(np.stack(shares)).float().to(backbone.device)


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
