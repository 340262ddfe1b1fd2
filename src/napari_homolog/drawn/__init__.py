"""Drawn specimens with exact landmarks: for the demonstration, the sample data and the training."""

from __future__ import annotations

from .specimen import KINDS, DrawnSpecimen, draw, draw_damaged, paint

__all__ = ["KINDS", "DrawnSpecimen", "draw", "draw_damaged", "paint"]
