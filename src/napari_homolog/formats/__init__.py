"""Reading and writing landmark files, their format chosen by suffix or by name."""

from __future__ import annotations

from .file_specimen import FormatWarning, Specimen, file_name_of
from .registry import FORMATS, SUFFIXES, Format, find_format, read_landmarks, write_landmarks

__all__ = [
    "FORMATS",
    "SUFFIXES",
    "Format",
    "FormatWarning",
    "Specimen",
    "file_name_of",
    "find_format",
    "read_landmarks",
    "write_landmarks",
]
