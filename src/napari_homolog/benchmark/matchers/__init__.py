"""Matchers: what finds the landmarks of one picture on another, all through one interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...lazy import lazy_names
from .names import BASELINES, FLOORS, MATCHERS, METHOD

if TYPE_CHECKING:
    from .catalogue import baseline, method
    from .homolog import Homolog, LandmarkSets
    from .matcher import Match, Matcher

__all__ = [
    "BASELINES",
    "FLOORS",
    "MATCHERS",
    "METHOD",
    "Homolog",
    "LandmarkSets",
    "Match",
    "Matcher",
    "baseline",
    "method",
]

__getattr__ = lazy_names(
    __name__,
    {
        "Homolog": "homolog",
        "LandmarkSets": "homolog",
        "Match": "matcher",
        "Matcher": "matcher",
        "baseline": "catalogue",
        "method": "catalogue",
    },
)
