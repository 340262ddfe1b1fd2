"""Projects: a series of specimens and every decision about them in one file, and runs over them."""

from __future__ import annotations

from .database import SUFFIX
from .exchange import export_landmarks, import_landmarks, import_specimen
from .maps import MapStore, StoredMaps
from .records import (
    Change,
    ChangedImage,
    Curve,
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
    "Curve",
    "ImageTrouble",
    "LandmarkDefinition",
    "MapStore",
    "Placement",
    "PlacementStatus",
    "Project",
    "Specimen",
    "SpecimenStatus",
    "StoredMaps",
    "export_landmarks",
    "import_landmarks",
    "import_specimen",
]
