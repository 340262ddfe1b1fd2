"""From landmarks to curves: laid by a spline, pulled to the structure that the reference shows."""

from __future__ import annotations

from .locate_curve import CurvePrediction, CurveReference, locate_curve

__all__ = ["CurvePrediction", "CurveReference", "locate_curve"]
