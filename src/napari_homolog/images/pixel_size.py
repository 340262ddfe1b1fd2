"""The real size of pixels, as image files state it."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, NamedTuple

import tifffile

from .foreign import is_tiff
from .limits import existing, unreadable
from .tiff import DAMAGES

UNMEASURED = (72, 96, 180, 240, 300)
"""Resolutions in pixels per inch that cameras and programs write without any measurement."""

UNITS = {
    "micron": "µm",
    "microns": "µm",
    "um": "µm",
    "μm": "µm",
    "\\u00b5m": "µm",
    "micrometer": "µm",
    "millimeter": "mm",
    "centimeter": "cm",
}
"""Spellings of units, in lower case."""

NO_UNITS = {"", "pixel", "pixels", "reference frame", "null"}
MILLIMETRES = {2: 25.4, 3: 10.0}
"""Length of the units of TIFF resolutions in mm, by their number: inch and centimetre."""


class PixelSize(NamedTuple):
    """The side of a pixel: its length `size`, and the `unit` of that length."""

    size: float
    unit: str


def pixel_size(path: str | Path) -> PixelSize | None:
    """Return the real size of an image file's pixels.

    Parameters
    ----------
    path : str or Path
        An image file. TIFF files state the size in OME-XML, in ImageJ's description or as a
        resolution. Resolutions that programs write without any measurement (72, 96, 180, 240 and
        300 pixels per inch) are ignored.

    Returns
    -------
    PixelSize or None
        None if the file does not state it, pixels are not square, or the number is not positive.

    Raises
    ------
    ImageError
        If the file is missing or damaged.
    """
    path = existing(path)
    try:
        if not is_tiff(path):
            return None
        with tifffile.TiffFile(path) as tiff:
            page = tiff.pages.first
            if tiff.is_ome:
                return _from_ome(str(tiff.ome_metadata or ""))
            return _from_tags(page, (tiff.imagej_metadata or {}).get("unit", ""))
    except DAMAGES as error:
        raise unreadable(path, error) from error


def _from_ome(text: str) -> PixelSize | None:
    # A regular expression, because an XML parser would expand entities.
    pixels = re.search(r"<(?:\w+:)?Pixels\b[^>]*>", text)
    given = dict(
        re.findall(r'PhysicalSize(X|Y|XUnit|YUnit)="([^"]*)"', pixels[0] if pixels else "")
    )
    units = {given.get("XUnit", "µm"), given.get("YUnit", "µm")}
    try:
        sizes = float(given["X"]), float(given["Y"])
    except (KeyError, ValueError):
        return None
    return _square(*sizes, units.pop()) if len(units) == 1 else None


def _from_tags(page: Any, unit: str) -> PixelSize | None:
    numbers = [page.tags.valueof(f"{axis}Resolution") for axis in "XY"]
    if not all(isinstance(pair, tuple) and len(pair) == 2 and all(pair) for pair in numbers):
        return None
    across, down = (above / below for above, below in numbers)
    if unit.lower() not in NO_UNITS:
        return _square(1 / across, 1 / down, unit)
    length = MILLIMETRES.get(int(page.tags.valueof("ResolutionUnit", default=2)))
    if length is None or any(
        math.isclose(across * 25.4 / length, u, rel_tol=1e-3) for u in UNMEASURED
    ):
        return None
    return _square(length / across, length / down, "mm")


def _square(across: float, down: float, unit: str) -> PixelSize | None:
    unit = UNITS.get(unit.strip().lower(), unit.strip())
    sensible = 0 < across < math.inf and math.isclose(across, down, rel_tol=1e-3)
    return PixelSize(across, unit) if sensible and unit.lower() not in NO_UNITS else None
