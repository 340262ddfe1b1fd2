"""How certain each located point is, and whether its part is in the image at all."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ..maps.peaks import concentration, covariance, secondary_peaks
from ..priors.background import background_around
from ..priors.cycle_reference import cycle_errors
from ..priors.shape_prior import expected_positions, positions_expected_by_others
from .calibration import Calibration
from .prediction import Prediction
from .target import TargetContext
from .target_passes import BASELINE, PassResult
from .uncertainty_features import Measurements, uncertainty_features


def estimate_uncertainty(
    target: TargetContext, coarse: PassResult, close_up: PassResult | None
) -> Prediction:
    """Return the last pass's points with their confidence and everything it follows from.

    Parameters
    ----------
    target : TargetContext
        The target and what was located on it.
    coarse : PassResult
        The coarse pass.
    close_up : PassResult, optional
        The close-up pass.
    """
    last = close_up or coarse
    grid, learned = target.grid, target.learned
    scatter = covariance(_replicate_points(target, last))
    certainty = concentration(coarse.scores.maps, coarse.cells, target.near_radius)
    expected = expected_positions(learned.mean_shape, last.points, certainty)
    size = target.specimen_size(last.points if np.isnan(expected).all() else expected)
    peak_cells, peak_height = secondary_peaks(
        coarse.scores.maps * coarse.prior, coarse.cells, target.near_radius
    )
    others = positions_expected_by_others(learned.mean_shape, last.points, certainty)
    background = background_around(target.image, others, size) - learned.reference_background
    height = peak_height.double().cpu().numpy()
    cycle = _cycle_errors(target, coarse, last.points)
    measured = Measurements(
        spread=np.sqrt(np.trace(scatter, axis1=1, axis2=2)) / size,
        shape_residual=np.linalg.norm(last.points - expected, axis=1) / size,
        secondary_peak=height,
        cycle=cycle,
        background=background,
    )
    features = uncertainty_features(
        (coarse.scores, learned.coarse),
        (close_up.scores, learned.close_up) if close_up and learned.close_up else None,
        last.cells,
        measured,
    )
    uncertainty = Calibration.shipped().estimate(features)
    return Prediction(
        names=learned.names,
        points=last.points,
        maps=coarse.scores.maps.cpu().numpy(),
        scale=grid.scale,
        translate=grid.translate,
        covariance=scatter,
        confidence=uncertainty.confidence,
        settings=target.settings,
        missing_probability=uncertainty.missing,
        expected_error=uncertainty.error * size,
        cycle_error=cycle * size,
        secondary_peaks=grid.to_pixels(peak_cells.double().cpu().numpy()),
        secondary_peak_height=height,
        uncertainty_features=features,
    )


def _replicate_points(target: TargetContext, last: PassResult) -> NDArray[np.float64]:
    """Return the points of single replicates in pixels up to a shift, (replicates, n, 2)."""
    return np.stack(
        [
            target.peaks((replicate + BASELINE) * last.prior).numpy() * target.grid.scale
            for replicate in last.scores.replicates
        ]
    )


def _cycle_errors(
    target: TargetContext, coarse: PassResult, points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far from its origin each point leads back; NaN without a cycle reference."""
    reference = target.learned.cycle_reference
    if reference is None or not target.learned.coarse.features:
        return np.full(len(points), np.nan)
    with torch.no_grad():
        return cycle_errors(reference, coarse.scores.layers, coarse.scores.views, points)
