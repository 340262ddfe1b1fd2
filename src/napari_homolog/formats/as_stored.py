"""Landmarks on images as they are stored, and on images turned upright as their metadata ask.

A photograph's EXIF orientation says how the camera was held. This package and most viewers turn the
picture accordingly; some programs in which landmarks are placed show the pixels as they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .file_specimen import ANY_SIZE, UNPLACED, ImageSize, Specimen, size_of, warn
from .placement import listed_names

Orientation = Callable[[str], int] | None
"""A function from an image's name in the file to its EXIF or TIFF orientation, 1 to 8."""

QUARTER_TURNED = (5, 6, 7, 8)
"""Orientations under which height and width change places."""


def stored_sizes(sizes: ImageSize, orientation: Orientation) -> ImageSize:
    """Return the sizes of images as they are stored, from those of the images as they are shown.

    Parameters
    ----------
    sizes : (int, int) or callable, optional
        Height and width of the images as they are shown.
    orientation : callable, optional
        Of each image.
    """

    def stored(image: str) -> tuple[int, int] | None:
        size = size_of(image, sizes)
        turned = size is not None and _of(image, orientation) in QUARTER_TURNED
        return size[::-1] if size is not None and turned else size

    return stored


def turned_upright(specimen: Specimen, orientation: int) -> Specimen:
    """Return a specimen on its image as shown, of which the landmarks lie on the image as stored.

    Parameters
    ----------
    specimen : Specimen
        With the size of the image as stored.
    orientation : int
        EXIF or TIFF orientation of the image, 1 to 8.

    Returns
    -------
    Specimen
        With the size of the image as shown.
    """
    size = specimen.image_size
    if orientation == 1 or size is None or size in (ANY_SIZE, UNPLACED):
        return specimen
    marks = specimen.landmarks
    return replace(
        specimen,
        landmarks=type(marks).from_arrays(marks.names, _turned(marks.points, size, orientation)),
        curves=tuple(_turned(curve, size, orientation) for curve in specimen.curves),
        image_size=size[::-1] if orientation in QUARTER_TURNED else size,
    )


def tell_doubtful(
    path: Path, specimens: Sequence[Specimen], orientation: Orientation, *, upward: bool
) -> None:
    """Warn once of specimens that fit their images as shown and as stored.

    A size that the file states decides, unless both have the same size.

    Parameters
    ----------
    path : Path
        The landmark file.
    specimens : sequence of Specimen
        What was read, taken as placed on the images as shown.
    orientation : callable, optional
        Of each image.
    upward : bool
        Whether the file counts y from the image's lower edge.
    """
    names = [
        specimen.image or specimen.identifier or "an unnamed image"
        for specimen in specimens
        if _fits_both(specimen, _of(specimen.image, orientation), upward=upward)
    ]
    if names:
        warn(
            f"{path}: the landmarks of {listed_names(list(dict.fromkeys(names)))} are taken as placed "
            "on the image as it is shown, turned by its EXIF orientation, but fit it as it is stored "
            "too; if they were placed in a program that shows images as they are stored, read the "
            "file with --as-stored."
        )


def _fits_both(specimen: Specimen, orientation: int, *, upward: bool) -> bool:
    size = specimen.image_size
    present = specimen.landmarks.points[specimen.landmarks.present]
    if orientation == 1 or size is None or size in (ANY_SIZE, UNPLACED) or not len(present):
        return False
    stored = size[::-1] if orientation in QUARTER_TURNED else size
    if specimen.size_stated and stored != size:
        return False
    rows, cols = present.T
    # In the file's own axes, which count along the raster that was shown.
    down = size[0] - rows if upward else rows
    # Where the file counts upwards, 0 is the lower edge of an image of any height.
    return bool(
        min(down.min(), cols.min()) >= -0.5
        and down.max() <= stored[0]
        and cols.max() <= stored[1]
        and (rows <= size[0]).all()
        and (cols <= size[1]).all()
    )


def _turned(
    points: NDArray[np.float64], size: tuple[int, int], orientation: int
) -> NDArray[np.float64]:
    """Return points (row, col) of a stored raster of (height, width) on the image turned upright."""
    rows, cols = points.T
    up, left = size[0] - 1 - rows, size[1] - 1 - cols
    turned = {
        1: (rows, cols),
        2: (rows, left),
        3: (up, left),
        4: (up, cols),
        5: (cols, rows),
        6: (cols, up),
        7: (left, up),
        8: (left, rows),
    }[orientation]
    return np.stack(turned, axis=-1)


def _of(image: str, orientation: Orientation) -> int:
    return 1 if orientation is None else orientation(image)
