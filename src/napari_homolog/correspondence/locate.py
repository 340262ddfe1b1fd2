"""Locating: from a target image and learned landmarks to points, maps and their spread."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..diffusion import Backbone
from ..errors import LandmarkSetError
from ..images import as_rgb
from ..progress import Progress, StopCheck, check_stop
from .arrangement import expected, size_of, stray_weights
from .canvas import MapCanvas
from .evidence import Evidence, gather
from .landmark_set import LandmarkSet
from .paper import paper_maps, paper_read_out
from .prediction import Prediction
from .readout import argmax_cells, centroid_cells, concentration, spread
from .settings import LocateSettings
from .views import close_ups, shared_views

NEAR = 2.0
"""Standard deviations of the learned target that count as near a point, for the confidence."""

FLOOR = 1e-3
"""Evidence that every place has: what only the arrangement speaks for is not ruled out."""

ARRANGING_STEPS = 4
"""Times that expected and found places are fitted to one another."""


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
            learned.prompts(learned.whole).flatten(0, 1),
            settings,
            rng=np.random.default_rng(seed),
            generator=torch.Generator().manual_seed(seed),
            progress=progress,
            should_stop=should_stop,
        )
        return _read_paper(layers, picture.shape[:2], learned)
    rng = np.random.default_rng(seed)
    views = shared_views(
        backbone,
        picture,
        encodings=settings.encodings,
        windows=settings.windows,
        crop_share=settings.crop_share,
        rng=rng,
    )
    check_stop(should_stop)
    look = partial(
        gather,
        backbone,
        canvas=canvas,
        learned=learned,
        settings=settings,
        generator=torch.Generator().manual_seed(seed),
        should_stop=should_stop,
    )
    whole = look(views, embeddings=learned.whole)
    evidence = whole
    likely = _arranged(whole, canvas, learned, settings)
    points = canvas.to_pixels(_peaks(whole.maps * likely, settings))
    if settings.close_ups:
        if learned.close_up is None:
            raise LandmarkSetError(
                "These landmarks were learned without close-ups; learn them with a preset that has "
                "them, such as 'precise', or locate with close_ups = 0."
            )
        near = close_ups(
            backbone,
            picture,
            points,
            count=settings.close_ups,
            share=settings.close_up_share,
            rng=rng,
        )
        evidence = look(near, embeddings=learned.close_up)
        reach = settings.close_up_reach * max(picture.shape[:2])
        likely = canvas.gaussians(points, reach).to(evidence.maps)
    if progress is not None:
        progress(1, 1, "locating the landmarks")
    return _read(whole, evidence, likely, canvas, learned, settings)


def _arranged(
    evidence: Evidence, canvas: MapCanvas, learned: LandmarkSet, settings: LocateSettings
) -> Tensor:
    """Return how likely each place is by the arrangement of all, (n, rows, cols), at most one.

    Expected places follow from found ones and found ones from expected ones, a few times over.
    """
    likely = torch.ones_like(evidence.maps)
    if not settings.arrangement:
        return likely
    reach = NEAR * learned.preset.learn.sigma * max(canvas.rows, canvas.cols)
    cells = _peaks(evidence.maps, settings)
    certain = concentration(evidence.maps, torch.from_numpy(cells), reach)
    weights = certain
    for _ in range(ARRANGING_STEPS):
        points = canvas.to_pixels(cells)
        places = expected(learned.arrangement, points, weights)
        size = size_of(places)
        weights = certain * stray_weights(places, points, size)
        likely = canvas.gaussians(places, settings.arrangement * size).to(evidence.maps)
        cells = _peaks((evidence.maps + FLOOR) * likely, settings)
    return likely


def _peaks(maps: Tensor, settings: LocateSettings) -> NDArray[np.float64]:
    """Return the peaks of maps (n, rows, cols) as (row, col) in cells, by the settings' read-out."""
    if settings.read_out == "argmax":
        cells = argmax_cells(maps)
    else:
        cells = centroid_cells(maps, settings.window * max(maps.shape[1:]))
    return cells.double().cpu().numpy()


def _read(
    whole: Evidence,
    evidence: Evidence,
    likely: Tensor,
    canvas: MapCanvas,
    learned: LandmarkSet,
    settings: LocateSettings,
) -> Prediction:
    """Return the points of the last evidence, with the first one's maps and confidence."""
    cells = _peaks((evidence.maps + FLOOR) * likely, settings)
    replicates = [_peaks((one + FLOOR) * likely, settings) for one in evidence.replicates]
    reach = NEAR * learned.preset.learn.sigma * max(canvas.rows, canvas.cols)
    return Prediction(
        names=learned.names,
        points=canvas.to_pixels(cells),
        maps=whole.maps.cpu().numpy(),
        scale=canvas.scale,
        translate=canvas.translate,
        spread=spread(np.stack(replicates) * canvas.scale),
        confidence=concentration(whole.maps, torch.from_numpy(cells), reach),
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
