"""Registering one reference on a target, from a coarse drawing to a fine one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..priors.affine import AffineMap, robust_affine
from ..priors.shape_prior import OUTLIER_DISTANCE
from .deformation import Deformation
from .local_features import gradients, orientation_energy, shades
from .patch_correlation import correlate, squared_distances, subpixel_peaks, variance_around
from .specimen_drawing import Drawing, MarkedDrawing, scaled

ALTERNATIONS = 4
"""How often peaks and the places that the other landmarks expect are fitted to one another."""

PENALTY = 0.2
"""Score that a place at the edge of the search loses."""

TEMPERATURE = 0.05
"""Decrease of the score at which a place is e times less likely."""

PEAK_VARIANCE = 0.25
"""Variance of the sharpest peak, in square pixels."""


@dataclass(frozen=True)
class Level:
    """One size at which reference and target are compared.

    Attributes
    ----------
    side : int
        Size of the specimen in pixels.
    radius, reach : float
        Of the patches, and how far they are searched; shares of the specimen's size.
    deformation : Deformation
        How far landmarks may move apart from the others.
    shaded : bool
        Whether shades and gradients are compared too: between specimens that are not yet in place
        they mislead.
    """

    side: int
    radius: float
    reach: float
    deformation: Deformation
    shaded: bool = False


LEVELS = (
    Level(100, 0.25, 0.20, Deformation(0.050, 0.50)),
    Level(160, 0.12, 0.10, Deformation(0.040, 0.40)),
    Level(200, 0.065, 0.05, Deformation(0.035, 0.30)),
    Level(300, 0.06, 0.025, Deformation(0.030, 0.25), shaded=True),
)
"""From the whole specimen to single landmarks."""


@dataclass(frozen=True, eq=False)
class Registration:
    """Where one reference places its landmarks on a target.

    Attributes
    ----------
    points : ndarray of float64, shape (n, 2)
        (row, col) in pixels of the target; NaN where the reference lacks the landmark.
    scores : ndarray of float64, shape (n,)
        How well their surroundings agree, at most 1; NaN likewise.
    """

    points: NDArray[np.float64]
    scores: NDArray[np.float64]


class RegistrationTarget:
    """A target's drawing with its features, which serve every reference.

    Parameters
    ----------
    drawing : Drawing
        The target.
    """

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self._features: dict[int, list[Tensor]] = {}

    def features(self, level: Level) -> list[Tensor]:
        """Return what is compared at a level, each (channels, height, width)."""
        if level.side not in self._features:
            self._features[level.side] = _features(self.drawing.at(level.side)[0], level)
        return self._features[level.side]


def register(
    reference: MarkedDrawing, target: RegistrationTarget, start: NDArray[np.float64]
) -> Registration:
    """Place a reference's landmarks on a target.

    At each level the reference is laid on the target by the affine map found so far, the
    surroundings of its landmarks are compared with those of the places around them, and each
    landmark settles where its surroundings agree and the others expect it.

    Parameters
    ----------
    reference : MarkedDrawing
        The reference.
    target : RegistrationTarget
        The target.
    start : ndarray, shape (n, 2)
        Approximate places, (row, col) in pixels of the target; those of the landmarks that the
        reference has must be known.
    """
    known = ~np.isnan(reference.points[:, 0])
    origins, expected = reference.points[known], target.drawing.from_image(start[known])
    ones = np.ones(len(origins))
    for level in LEVELS:
        picture, factor = target.drawing.at(level.side)
        own, own_factor = reference.drawing.at(level.side)
        drawn, places = scaled(origins, own_factor), scaled(expected, factor)
        fitted = robust_affine(drawn, places, ones, OUTLIER_DISTANCE * level.side)
        if level is LEVELS[0]:
            # Single landmarks of the approximate places are not to be trusted.
            places = fitted(drawn)
        laid = _lay(own, fitted, picture.shape[2:])
        scores = _compare(laid, target, fitted(drawn), places, level)
        offsets, expected = _settle(scores, fitted(drawn), places, level)
        found, expected = scaled(places + offsets, 1 / factor), scaled(expected, 1 / factor)
    points = np.full_like(reference.points, np.nan)
    points[known] = target.drawing.to_image(found)
    agreement = np.full(len(points), np.nan)
    agreement[known] = _score_at(scores, offsets)
    return Registration(points, agreement)


def _features(picture: Tensor, level: Level) -> list[Tensor]:
    directions = orientation_energy(picture, level.side)
    if not level.shaded:
        return [directions]
    return [directions, shades(picture, level.side), gradients(picture, level.side)]


def _compare(
    laid: Tensor,
    target: RegistrationTarget,
    origins: NDArray[np.float64],
    places: NDArray[np.float64],
    level: Level,
) -> Tensor:
    """Return the score of each place around landmarks, (n, side, side)."""
    radius, reach = (max(round(share * level.side), 3) for share in (level.radius, level.reach))
    directions, *shaded = (
        correlate(own, theirs, origins, places, radius, reach)
        for own, theirs in zip(_features(laid, level), target.features(level), strict=True)
    )
    if not shaded:
        return directions
    # Where the contrast is inverted, shades say nothing about the place.
    return (directions + torch.stack(shaded).clamp(min=0).mean(0)) / 2


def _settle(
    scores: Tensor, origins: NDArray[np.float64], places: NDArray[np.float64], level: Level
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where landmarks settle relative to places, and where the others expect them."""
    side = scores.shape[-1]
    expected = places
    for _ in range(ALTERNATIONS):
        far = squared_distances(side, expected - places) / (side // 2) ** 2
        likely = scores - PENALTY * far.float()
        offsets = subpixel_peaks(likely)
        variances = variance_around(likely, offsets, TEMPERATURE) + PEAK_VARIANCE
        expected = level.deformation.expected(origins, places + offsets, variances, level.side)
    return offsets, expected


def _score_at(scores: Tensor, offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the score (n,) of the cell nearest to each offset from the middle."""
    side = scores.shape[-1]
    cell = np.clip(np.round(offsets + side // 2), 0, side - 1).astype(int)
    return scores[np.arange(len(cell)), cell[:, 0], cell[:, 1]].double().numpy()


def _lay(picture: Tensor, fitted: AffineMap, shape: torch.Size) -> Tensor:
    """Return a picture (1, 3, height, width) laid on another of the given shape."""
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    origin = fitted.inverse(np.stack([rows, cols], -1).astype(float))
    size = np.array(picture.shape[2:])
    grid = torch.from_numpy((origin + 0.5) / size * 2 - 1).flip(-1)
    return functional.grid_sample(
        picture, grid[None].to(picture), padding_mode="border", align_corners=False
    )
