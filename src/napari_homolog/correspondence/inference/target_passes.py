"""The passes over a target: coarse over the whole image, then close-ups of each landmark."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import LandmarkSetError
from ..maps.cached_queries import cache_queries
from ..maps.embeddings import Embeddings
from ..maps.peaks import concentration
from ..maps.score_maps import ScoreMaps, SeenViews, compute_score_maps
from ..maps.vision_scores import see, vision_scores
from ..priors.box_prior import DEVIATION
from ..priors.shape_prior import expected_positions, size_of
from ..views.encoded_views import encode_close_ups, encode_whole_image
from ..views.view_set import ViewSet
from .target import TargetContext

BASELINE = 1e-3
"""Score that every position has: what only the prior supports is not ruled out."""

PRIOR_ITERATIONS = 4
"""Iterations in which located and expected positions are fitted to one another."""


@dataclass(frozen=True, eq=False)
class PassResult:
    """What one pass over the target located.

    Attributes
    ----------
    scores : ScoreMaps
        What the image says for each position.
    prior : Tensor, shape (n, rows, cols)
        What the shape prior, or the pass before, says for it; at most one.
    cells : Tensor of float64, shape (n, 2)
        The points, (row, col) in cells.
    points : ndarray of float64, shape (n, 2)
        The same in pixels of the target.
    further : ViewSet, optional
        Views that were encoded together with those seen, and not seen yet.
    """

    scores: ScoreMaps
    prior: Tensor
    cells: Tensor
    points: NDArray[np.float64]
    further: ViewSet | None = None


def coarse_pass(target: TargetContext) -> PassResult:
    """Locate the landmarks on views of the whole target.

    Raises
    ------
    LandmarkSetError
        If features are asked for and the set has none.
    Cancelled
        If the target's run context says so.
    """
    target.run.check_stop()
    views = encode_whole_image(
        target.backbone,
        target.image,
        encodings=target.settings.encodings,
        windows=target.settings.windows + target.settings.further_views,
        crop_share=target.preset.shared.crop_share,
        rng=target.rng,
    )
    first, further = _first_windows(views, target.settings.windows)
    return _coarse(target, _seen(target, first), further)


def with_another_view(target: TargetContext, coarse: PassResult) -> PassResult | None:
    """Return the coarse pass with one more of the views that were encoded; None if there is none.

    Raises
    ------
    Cancelled
        If the target's run context says so.
    """
    further = coarse.further
    if further is None or not len(further):
        return None
    target.run.check_stop()
    seen = SeenViews(coarse.scores.views, coarse.scores.layers)
    more = seen.joined(_seen(target, further.subset([0])))
    return _coarse(target, more, further.subset(range(1, len(further))))


def _first_windows(views: ViewSet, count: int) -> tuple[ViewSet, ViewSet]:
    """Return the first views of each encoding, and the others."""
    number = [views.groups[:index].count(group) for index, group in enumerate(views.groups)]
    first = [index for index, one in enumerate(number) if one < count]
    others = [index for index, one in enumerate(number) if one >= count]
    return views.subset(first), views.subset(others)


def _coarse(target: TargetContext, seen: SeenViews, further: ViewSet) -> PassResult:
    scores = _with_vision(target, _score(target, seen, target.learned.coarse))
    return replace(_locate(target, scores, _priors(target, scores)), further=further)


def close_up_pass(target: TargetContext, points: NDArray[np.float64]) -> PassResult:
    """Locate the landmarks on close-ups around points (n, 2), (row, col) in pixels.

    Raises
    ------
    LandmarkSetError
        If the landmarks were learned without close-ups.
    Cancelled
        If the target's run context says so.
    """
    target.run.check_stop()
    if target.learned.close_up is None:
        raise LandmarkSetError(
            "These landmarks were learned without close-ups; learn them with a preset that has "
            "them, such as 'standard', or locate with close_ups = 0."
        )
    views = encode_close_ups(
        target.backbone,
        target.image,
        points,
        count=target.settings.close_ups,
        share=target.preset.shared.close_up_share,
        rng=target.rng,
    )
    scores = _score(target, _seen(target, views), target.learned.close_up)
    reach = target.settings.close_up_reach * max(target.image.shape[:2])
    return _locate(target, scores, target.grid.gaussians(points, reach).to(scores.maps))


def _seen(target: TargetContext, views: ViewSet) -> SeenViews:
    attention = target.preset.locating_attention
    layers = cache_queries(target.backbone, views, attention, target.generator, target.run)
    return SeenViews(views, layers)


def _score(target: TargetContext, seen: SeenViews, embeddings: Embeddings) -> ScoreMaps:
    return compute_score_maps(
        target.backbone,
        seen,
        target.grid,
        embeddings,
        target.preset,
        target.generator,
        target.run,
    )


def _with_vision(target: TargetContext, scores: ScoreMaps) -> ScoreMaps:
    """Return scores with the evidence of the vision transformer, if the model has one."""
    vision, described = target.backbone.vision, target.learned.vision
    if vision is None or described is None:
        return scores
    seen = see(vision, target.image)
    return scores.times(vision_scores(seen, described, target.grid, target.settings.temperature))


def _locate(target: TargetContext, scores: ScoreMaps, prior: Tensor) -> PassResult:
    cells = target.peaks((scores.maps + BASELINE) * prior)
    return PassResult(scores, prior, cells, target.grid.to_pixels(cells.numpy()))


def _priors(target: TargetContext, scores: ScoreMaps) -> Tensor:
    """Return how likely each position is by the shape of all landmarks and by the box.

    Expected positions follow from located ones and located ones from expected ones, iteratively.
    """
    box_prior = _box_prior(target, scores)
    if not target.settings.shape_prior:
        return box_prior
    seen = scores.maps * box_prior
    cells = target.peaks(seen)
    certainty = concentration(seen, cells, target.near_radius)
    for _ in range(PRIOR_ITERATIONS):
        located = target.grid.to_pixels(cells.numpy())
        expected = expected_positions(target.learned.mean_shape, located, certainty)
        deviation = target.settings.shape_prior * size_of(expected)
        prior = target.grid.gaussians(expected, deviation).to(scores.maps) * box_prior
        cells = target.peaks((scores.maps + BASELINE) * prior)
    return prior


def _box_prior(target: TargetContext, scores: ScoreMaps) -> Tensor:
    """Return how likely each position is by the specimen's box, (n, rows, cols); ones without."""
    if target.expected is None:
        return torch.ones_like(scores.maps)
    deviation = DEVIATION * max(target.image.shape[:2])
    return target.grid.gaussians(target.expected, deviation).to(scores.maps)
