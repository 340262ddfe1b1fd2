"""Projects: series of specimens in one file, every decision in it, runs over all of them."""

from __future__ import annotations

from .database import SUFFIX
from .exchange import export_landmarks, import_landmarks, import_specimen
from .learning import learn_from_references
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
from .run import RunReport, in_this_process, run
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
    "RunReport",
    "Specimen",
    "SpecimenStatus",
    "StoredMaps",
    "export_landmarks",
    "import_landmarks",
    "import_specimen",
    "in_this_process",
    "learn_from_references",
    "run",
]
