"""Learning: from one image and its landmarks to prompt embeddings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..diffusion import Backbone
from ..errors import LandmarkError
from ..images import as_rgb
from ..landmarks import Landmarks
from ..progress import Progress, StopCheck
from .exact import Step, learn_exact
from .frozen import learn_frozen
from .landmark_set import LandmarkSet
from .paper import paper_steps
from .settings import LearnSettings
from .views import ViewSet, draw_noise, gaussian_targets, shared_views


def learn(
    backbone: Backbone,
    image: NDArray[Any],
    landmarks: Landmarks,
    *,
    settings: LearnSettings | None = None,
    seed: int = 0,
    reference: str = "",
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> LandmarkSet:
    """Learn prompt embeddings that point at the landmarks of a reference.

    Parameters
    ----------
    backbone : Backbone
        The frozen diffusion model.
    image : ndarray, shape (height, width) or (height, width, 3 or 4)
        The reference; anything that `napari_homolog.images.as_rgb` takes.
    landmarks : Landmarks
        (row, col) in pixels of the image; those that are missing are left out.
    settings : LearnSettings, optional
        Default: those of the preset ``balanced``.
    seed : int
        Seed of everything random.
    reference : str
        What to note in the landmark set as its origin, such as the image's file name.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`.

    Returns
    -------
    LandmarkSet

    Raises
    ------
    ImageError
        If the array is no image.
    LandmarkError
        If no landmark is present or one lies outside the image.
    Cancelled
        If `should_stop` said yes.

    References
    ----------
    Hedlin et al. 2023, section 3.2.
    """
    settings = _complete(settings or LearnSettings(), backbone)
    picture = as_rgb(image)
    landmarks.require_inside(*picture.shape[:2])
    present = landmarks.present
    if not present.any():
        raise LandmarkError(
            "All landmarks of the reference are missing; mark at least one of them."
        )
    names = tuple(name for name, there in zip(landmarks.names, present, strict=True) if there)
    points = landmarks.points[present]
    learn_tokens = _learn_frozen if settings.method == "frozen" else _learn_exact
    tokens, repeats = learn_tokens(backbone, picture, points, settings, seed, progress, should_stop)
    return LandmarkSet(
        names=names,
        tokens=tokens.float().cpu(),
        repeats=repeats,
        backbone=backbone.to_dict(),
        settings=settings,
        seed=seed,
        references=(reference,) if reference else (),
    )


def _complete(settings: LearnSettings, backbone: Backbone) -> LearnSettings:
    if settings.timestep is None:
        return settings.model_copy(update={"timestep": backbone.learn_timestep})
    return settings


def _learn_frozen(
    backbone: Backbone,
    image: NDArray[np.float32],
    points: NDArray[np.float64],
    settings: LearnSettings,
    seed: int,
    progress: Progress | None,
    should_stop: StopCheck | None,
) -> tuple[Tensor, tuple[int, ...]]:
    """Return distinct tokens (rounds, n, distinct, dim) and how often each stands in a prompt."""
    views, shares = _views_with_landmarks(backbone, image, points, settings, seed)
    return learn_frozen(
        backbone,
        views,
        shares,
        settings,
        generator=torch.Generator().manual_seed(seed),
        progress=progress,
        should_stop=should_stop,
    )


def _learn_exact(
    backbone: Backbone,
    image: NDArray[np.float32],
    points: NDArray[np.float64],
    settings: LearnSettings,
    seed: int,
    progress: Progress | None,
    should_stop: StopCheck | None,
) -> tuple[Tensor, tuple[int, ...]]:
    """Return tokens as `_learn_frozen` does; every token of the prompt is distinct here."""
    prompt_tokens, prompt_dim = backbone.prompt_shape
    generator = torch.Generator().manual_seed(seed)
    size = (settings.rounds * len(points), prompt_tokens, prompt_dim)
    prompts = learn_exact(
        backbone,
        torch.randn(size, generator=generator),
        _exact_steps(backbone, image, points, settings, seed, generator),
        settings,
        progress=progress,
        should_stop=should_stop,
    )
    return prompts.unflatten(0, (settings.rounds, len(points))), (1,) * prompt_tokens


def _views_with_landmarks(
    backbone: Backbone,
    image: NDArray[np.float32],
    points: NDArray[np.float64],
    settings: LearnSettings,
    seed: int,
) -> tuple[ViewSet, Tensor]:
    """Return shared views and the points as shares of their sides, (views, n, 2)."""
    views = shared_views(
        backbone,
        image,
        encodings=settings.encodings,
        windows=settings.windows,
        crop_share=settings.crop_share,
        rng=np.random.default_rng(seed),
    )
    shares = np.stack([rectangle.to_shares(points) for rectangle in views.rectangles])
    return views, torch.from_numpy(shares).float().to(backbone.device)


def _exact_steps(
    backbone: Backbone,
    image: NDArray[np.float32],
    points: NDArray[np.float64],
    settings: LearnSettings,
    seed: int,
    generator: torch.Generator,
) -> Callable[[int], Step]:
    """Return the source of exact learning's steps, for ``rounds * n`` prompts."""
    rounds = settings.rounds
    if settings.views == "paper":
        repeated = np.tile(points, (rounds, 1))
        rng = np.random.default_rng(seed)
        return paper_steps(backbone, image, repeated, settings, rng, generator)
    views, shares = _views_with_landmarks(backbone, image, points, settings, seed)
    visible = ((shares > 0) & (shares < 1)).all(-1).float()

    def next_step(index: int) -> Step:
        view = int(torch.randint(len(views), (), generator=generator))
        latent = views.latents[view : view + 1]
        noise = draw_noise(latent.shape, settings, generator).to(latent)
        target = gaussian_targets(shares[view], (backbone.latent_side,) * 2, settings.sigma)
        return Step(
            noisy=backbone.add_noise(latent, noise, settings.noise_level),
            target=target.repeat(rounds, 1, 1),
            weight=visible[view].repeat(rounds),
        )

    return next_step
