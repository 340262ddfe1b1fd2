"""Projects: a series of specimens and every decision about them in one file, and runs over them."""

from __future__ import annotations

from ..lazy import lazy_names
from .analysis_folder import PROGRAMS, export_for
from .box_import import import_boxes
from .classifier_import import ImportedClassifiers, import_classifiers
from .curve_import import draw_and_define, import_curves
from .estimation import MissingLandmarks
from .export_options import ExportOptions, ScaleChoice
from .exports import export_curves, export_landmarks, export_outlines
from .landmark_import import import_landmarks, import_specimen
from .maps import MapStore, StoredMaps
from .records import (
    Change,
    ChangedImage,
    CoarsePrediction,
    Curve,
    ImageTrouble,
    LandmarkDefinition,
    Placement,
    PlacementStatus,
    RefinedLandmark,
    Specimen,
    SpecimenStatus,
)
from .scale_import import (
    Line,
    measure_points,
    measure_rulers,
    read_scale_lines,
)
from .scales import MeasuredScale, Scale, ScaleBar, ScaleSource
from .schema import SUFFIX
from .store import Project
from .suggestions import specimens_to_mark

__all__ = [
    "PROGRAMS",
    "SUFFIX",
    "Change",
    "ChangedImage",
    "CoarsePrediction",
    "Curve",
    "ExportOptions",
    "ImageTrouble",
    "ImportedClassifiers",
    "LandmarkDefinition",
    "Line",
    "MapStore",
    "MeasuredScale",
    "MissingLandmarks",
    "Placement",
    "PlacementStatus",
    "Project",
    "RefinedLandmark",
    "Scale",
    "ScaleBar",
    "ScaleChoice",
    "ScaleSource",
    "Specimen",
    "SpecimenStatus",
    "StoredMaps",
    "draw_and_define",
    "export_curves",
    "export_for",
    "export_landmarks",
    "export_outlines",
    "import_boxes",
    "import_classifiers",
    "import_curves",
    "import_landmarks",
    "import_specimen",
    "measure_points",
    "measure_rulers",
    "read_scale_lines",
    "specimens_to_mark",
]

__getattr__ = lazy_names(
    __name__,
    {"export_landmarks": "exports", "import_landmarks": "landmark_import"},
    deprecated={"read_landmarks": "import_landmarks", "write_landmarks": "export_landmarks"},
)
