"""Projects: series of specimens in one file, every decision in it, runs over all of them."""

from __future__ import annotations

from .database import SUFFIX
from .exchange import read_landmarks, write_landmarks
from .maps import MapStore, StoredMaps
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
    "MapStore",
    "Placement",
    "PlacementStatus",
    "Project",
    "Specimen",
    "SpecimenStatus",
    "StoredMaps",
    "read_landmarks",
    "write_landmarks",
]
