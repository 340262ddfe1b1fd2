"""What an image file says of itself before its pixels."""

from __future__ import annotations

from typing import NamedTuple

QUARTER_TURNED = {5, 6, 7, 8}
"""EXIF and TIFF orientations under which height and width change places."""


class Header(NamedTuple):
    """Size of an image (height, width) after its orientation was applied, and the orientation."""

    size: tuple[int, int]
    orientation: int

    @classmethod
    def of_raster(cls, height: int, width: int, orientation: int) -> Header:
        """Return the header for a raster of this size as it is stored."""
        upright = (width, height) if orientation in QUARTER_TURNED else (height, width)
        return cls(upright, orientation)
