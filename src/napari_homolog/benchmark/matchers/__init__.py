"""Matchers: whatever finds the landmarks of one image on another, behind one interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...lazy import lazy_names
from .names import BASELINES, CLASSICAL_BASELINES, MATCHERS, METHOD

if TYPE_CHECKING:
    from .homolog import Homolog, LandmarkSets
    from .matcher import Match, Matcher
    from .matchers_by_name import create_baseline, create_method_matchers

__all__ = [
    "BASELINES",
    "CLASSICAL_BASELINES",
    "MATCHERS",
    "METHOD",
    "Homolog",
    "LandmarkSets",
    "Match",
    "Matcher",
    "create_baseline",
    "create_method_matchers",
]

__getattr__ = lazy_names(
    __name__,
    {
        "Homolog": "homolog",
        "LandmarkSets": "homolog",
        "Match": "matcher",
        "Matcher": "matcher",
        "create_baseline": "matchers_by_name",
        "create_method_matchers": "matchers_by_name",
    },
)
