"""Landmark files: ``read`` and ``write`` choose the format by the file's suffix, or by name."""

from __future__ import annotations

from .registry import FORMATS, SUFFIXES, Format, find, read, write
from .specimen import FormatWarning, Specimen, file_name_of

__all__ = [
    "FORMATS",
    "SUFFIXES",
    "Format",
    "FormatWarning",
    "Specimen",
    "file_name_of",
    "find",
    "read",
    "write",
]
