"""Locating: from a target image and learned landmarks to points, maps and their spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..diffusion import Backbone
from ..errors import LandmarkSetError
from ..images import as_rgb
from ..progress import Progress, StopCheck, check_stop
from .exact import exact_maps
from .features import similarity_maps
from .frozen import FrozenLayer, freeze, frozen_maps
from .landmark_set import LandmarkSet
from .paper import paper_maps, paper_read_out
from .prediction import Prediction
from .readout import argmax_cells, centroid_cells, concentration, spread
from .settings import LocateSettings
from .views import MapCanvas, ViewSet, draw_noise, shared_views

NEAR = 2.0
"""Standard deviations of the learned target that count as near a point, for the confidence."""


def locate(
    backbone: Backbone,
    image: NDArray[Any],
    learned: LandmarkSet,
    *,
    settings: LocateSettings | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> Prediction:
    """Find learned landmarks on a target.

    Parameters
    ----------
    backbone : Backbone
        The model on which the landmarks were learned.
    image : ndarray, shape (height, width) or (height, width, 3 or 4)
        The target; anything that `napari_homolog.images.as_rgb` takes.
    learned : LandmarkSet
        What `learn` returned.
    settings : LocateSettings, optional
        Default: those of the preset with which the landmarks were learned.
    seed : int
        Seed of everything random.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`.

    Returns
    -------
    Prediction

    Raises
    ------
    ImageError
        If the array is no image.
    LandmarkSetError
        If the landmarks were learned on another model, or without the features asked for.
    Cancelled
        If `should_stop` said yes.

    References
    ----------
    Hedlin et al. 2023, section 3.3.
    """
    learned.check_backbone(backbone)
    if settings is None:
        settings = learned.preset.locate
    if settings.timestep is None:
        settings = settings.model_copy(update={"timestep": backbone.locate_timestep})
    picture = as_rgb(image)
    canvas = MapCanvas(picture.shape[:2], settings.map_side)
    if settings.views == "paper":
        layers = paper_maps(
            backbone,
            picture,
            learned.prompts.flatten(0, 1),
            settings,
            rng=np.random.default_rng(seed),
            generator=torch.Generator().manual_seed(seed),
            progress=progress,
            should_stop=should_stop,
        )
        return _read_paper(layers, picture.shape[:2], learned)
    views = shared_views(
        backbone,
        picture,
        encodings=settings.encodings,
        windows=settings.windows,
        crop_share=settings.crop_share,
        rng=np.random.default_rng(seed),
    )
    check_stop(should_stop)
    maps = _evidence(backbone, views, canvas, learned, settings, seed, should_stop)
    if progress is not None:
        progress(1, 1, "locating the landmarks")
    return _read(maps, canvas, learned, settings)


def _evidence(
    backbone: Backbone,
    views: ViewSet,
    canvas: MapCanvas,
    learned: LandmarkSet,
    settings: LocateSettings,
    seed: int,
    should_stop: StopCheck | None,
) -> Tensor:
    """Return the matcher's maps on the image, (rounds or 1, n, rows, cols), in [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    layers: list[FrozenLayer] = []
    if settings.matcher != "attention" or settings.method == "frozen":
        layers = freeze(backbone, views, settings, generator)
    if settings.matcher == "features":
        return _feature_evidence(layers, views, canvas, learned, settings)[None]
    if settings.method == "frozen":
        tokens = learned.tokens.flatten(0, 1).to(backbone.device)
        maps = list(frozen_maps(layers, tokens, learned.repeats))
    else:
        noise = draw_noise(views.latents.shape, settings, generator).to(views.latents)
        noisy = backbone.add_noise(views.latents, noise, settings.noise_level)
        prompts = learned.prompts.flatten(0, 1)
        maps = exact_maps(backbone, noisy, prompts, settings, should_stop)
    attention = _placed(maps, views, canvas).unflatten(0, (learned.rounds, len(learned)))
    if settings.matcher == "attention":
        return attention
    return attention * _feature_evidence(layers, views, canvas, learned, settings)


def _feature_evidence(
    layers: Sequence[FrozenLayer],
    views: ViewSet,
    canvas: MapCanvas,
    learned: LandmarkSet,
    settings: LocateSettings,
) -> Tensor:
    """Return how well features match, (n, rows, cols): 1 at each landmark's best place."""
    if not learned.features:
        raise LandmarkSetError(
            "These landmarks were learned with the paper's views, which keep no image features; "
            "learn them with shared views, or locate with the matcher 'attention'."
        )
    similarity = _placed(similarity_maps(layers, learned.features), views, canvas)
    best = similarity.amax((1, 2), keepdim=True)
    return ((similarity - best) / settings.temperature).exp()


def _placed(maps: Sequence[Tensor], views: ViewSet, canvas: MapCanvas) -> Tensor:
    """Return the mean over views and layers, (n, rows, cols), of maps (views, n, rows, cols)."""
    return torch.stack([canvas.average(layer, views.rectangles) for layer in maps]).mean(0)


def _read(
    maps: Tensor, canvas: MapCanvas, learned: LandmarkSet, settings: LocateSettings
) -> Prediction:
    """Return the points of averaged maps, (rounds, n, rows, cols)."""
    longer = max(canvas.rows, canvas.cols)

    def peaks(some: Tensor) -> Tensor:
        if settings.read_out == "argmax":
            return argmax_cells(some)
        return centroid_cells(some, settings.window * longer)

    mean = maps.mean(0)
    cells = peaks(mean)
    rounds = torch.stack([peaks(one) for one in maps]).double().cpu().numpy()
    return Prediction(
        names=learned.names,
        points=cells.double().cpu().numpy() * canvas.scale + canvas.translate,
        maps=mean.float().cpu().numpy(),
        scale=canvas.scale,
        translate=canvas.translate,
        spread=spread(rounds * canvas.scale),
        confidence=concentration(mean, cells, NEAR * learned.preset.learn.sigma * longer),
    )


def _read_paper(layers: Tensor, shape: tuple[int, ...], learned: LandmarkSet) -> Prediction:
    """Return the points of the authors' read-out from maps (layers, rounds * n, side, side)."""
    side = layers.shape[-1]
    by_round = layers.unflatten(1, (learned.rounds, len(learned)))
    mean = by_round.mean(1)
    scale = np.array(shape) / side
    points = paper_read_out(mean)
    rounds = torch.stack([paper_read_out(one) for one in by_round.unbind(1)]).double().numpy()
    overall = mean.mean(0)
    return Prediction(
        names=learned.names,
        points=points.double().numpy() * scale - 0.5,
        maps=overall.numpy(),
        scale=scale,
        translate=(scale - 1) / 2,
        spread=spread(rounds * scale),
        confidence=concentration(overall, points - 0.5, NEAR * learned.preset.learn.sigma * side),
    )
