"""Projects: series of specimens in one file, every decision in it, runs over all of them."""

from __future__ import annotations

from .database import SUFFIX
from .rows import (
    Change,
    ChangedImage,
    ImageTrouble,
    LandmarkDefinition,
    Placement,
    PlacementStatus,
    Specimen,
    SpecimenStatus,
)
from .store import Project

__all__ = [
    "SUFFIX",
    "Change",
    "ChangedImage",
    "ImageTrouble",
    "LandmarkDefinition",
    "Placement",
    "PlacementStatus",
    "Project",
    "Specimen",
    "SpecimenStatus",
]
