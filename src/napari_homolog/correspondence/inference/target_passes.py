"""The passes over a target: coarse over the whole image, then close-ups of each landmark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import LandmarkSetError
from ..maps.embeddings import Embeddings
from ..maps.peaks import concentration
from ..maps.score_maps import ScoreMaps, compute_score_maps
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
    """

    scores: ScoreMaps
    prior: Tensor
    cells: Tensor
    points: NDArray[np.float64]


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
        windows=target.settings.windows,
        crop_share=target.preset.shared.crop_share,
        rng=target.rng,
    )
    scores = _with_vision(target, _score(target, views, target.learned.coarse))
    return _locate(target, scores, _priors(target, scores))


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
    scores = _score(target, views, target.learned.close_up)
    reach = target.settings.close_up_reach * max(target.image.shape[:2])
    return _locate(target, scores, target.grid.gaussians(points, reach).to(scores.maps))


def _score(target: TargetContext, views: ViewSet, embeddings: Embeddings) -> ScoreMaps:
    return compute_score_maps(
        target.backbone,
        views,
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
