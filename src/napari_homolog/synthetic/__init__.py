"""Drawn specimens with exact landmarks: for the demonstration, the sample data and the training."""

from __future__ import annotations

from .generation import KINDS, SyntheticSpecimen, generate, generate_damaged, render

__all__ = ["KINDS", "SyntheticSpecimen", "generate", "generate_damaged", "render"]
