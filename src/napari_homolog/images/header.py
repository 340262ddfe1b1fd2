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
        """Return the header of a stored raster.

        Parameters
        ----------
        height, width : int
            Size of the raster as it is stored, in pixels.
        orientation : int
            Its EXIF or TIFF orientation, 1 to 8.
        """
        upright = (width, height) if orientation in QUARTER_TURNED else (height, width)
        return cls(upright, orientation)
