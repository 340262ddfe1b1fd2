"""From landmarks to curves: laid by a spline, pulled to the structure that the reference shows."""

from __future__ import annotations

from .carry import CurvePrediction, CurveReference, carry_curve

__all__ = ["CurvePrediction", "CurveReference", "carry_curve"]
