"""Reading and writing landmark files, their format chosen by suffix or by name."""

from __future__ import annotations

from ..image_names import file_name_of
from ..lazy import lazy_names
from .box_files import ImageBox, read_boxes
from .choosing import read_specimen, specimen_for_image, specimens_of_image
from .curve_files import (
    ImageCurves,
    read_curves,
    warn_of_gaps,
    with_semilandmarks,
    write_curve_points,
    write_links,
    write_outlines,
    write_sliders,
)
from .estimated_table import write_estimated
from .file_specimen import ANY_SIZE, ESTIMATED, UNPLACED, FormatWarning, Specimen
from .registry import (
    FORMATS,
    SUFFIXES,
    SUFFIXES_TO_WRITE,
    Format,
    find_format,
    format_to_read,
    format_to_write,
    read_landmarks,
    require_spelling,
    write_landmarks,
)
from .specimen_table import SpecimenRow, read_specimen_table, write_specimen_table

__all__ = [
    "ANY_SIZE",
    "ESTIMATED",
    "FORMATS",
    "SUFFIXES",
    "SUFFIXES_TO_WRITE",
    "UNPLACED",
    "Format",
    "FormatWarning",
    "ImageBox",
    "ImageCurves",
    "Specimen",
    "SpecimenRow",
    "file_name_of",
    "find_format",
    "format_to_read",
    "format_to_write",
    "read_boxes",
    "read_curves",
    "read_landmarks",
    "read_specimen",
    "read_specimen_table",
    "require_spelling",
    "specimen_for_image",
    "specimens_of_image",
    "warn_of_gaps",
    "with_semilandmarks",
    "write_curve_points",
    "write_estimated",
    "write_landmarks",
    "write_links",
    "write_outlines",
    "write_sliders",
    "write_specimen_table",
]

__getattr__ = lazy_names(
    __name__,
    dict.fromkeys(("find_format", "read_landmarks", "write_landmarks"), "registry"),
    deprecated={"find": "find_format", "read": "read_landmarks", "write": "write_landmarks"},
)
