"""Projects: a series of specimens with every decision, in one file that survives a crash."""

from __future__ import annotations

from .history import Decision
from .records import (
    ChangedImage,
    LandmarkDefinition,
    Placement,
    PlacementStatus,
    Specimen,
    SpecimenStatus,
)
from .store import Project

__all__ = [
    "ChangedImage",
    "Decision",
    "LandmarkDefinition",
    "Placement",
    "PlacementStatus",
    "Project",
    "Specimen",
    "SpecimenStatus",
]
