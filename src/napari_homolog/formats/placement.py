"""What contradicts an image in a landmark file, told once a file with its likely cause."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..landmarks import points_outside
from .file_specimen import ANY_SIZE, UNPLACED, warn

MOST_SPECIMENS = 5
"""A warning describes no more specimens than these, and counts the others."""

CORNER = 0.05
"""Share of width and height of an image that the landmarks of a specimen surely exceed."""


class PlacementCheck:
    """Collects specimens whose landmarks do not fit their image, and warns of them together.

    Parameters
    ----------
    path : Path
        The landmark file.
    upward : bool
        Whether the file counts y from the image's lower edge.
    """

    def __init__(self, path: Path, *, upward: bool) -> None:
        self._path, self._upward = path, upward
        self._outside: list[str] = []
        self._ratios: list[float] = []
        self._fit_turned: list[bool] = []
        self._cornered: list[str] = []
        self._contradicted: list[str] = []

    def add(
        self,
        image: str,
        points: NDArray[np.float64],
        size: tuple[int, int] | None,
        places: list[str],
    ) -> None:
        """Check a specimen.

        Parameters
        ----------
        image : str
            Name of its image.
        points : ndarray of float64, shape (n, 2)
            (row, col) of its landmarks in pixels; NaN where missing.
        size : (int, int) or None
            Height and width of the image, if known.
        places : list of str
            Where in the file each landmark is, such as ``"line 4"``.
        """
        present = points[~np.isnan(points).any(1)]
        if size is None or size in (ANY_SIZE, UNPLACED) or not len(present):
            return
        height, width = size
        outside = np.flatnonzero(points_outside(points, size))
        far_x, far_y = present[:, 1].max(), self._y(present[:, 0], height).max()
        if len(outside):
            row, col = points[outside[0]]
            more = f"; so do {len(outside) - 1} more of it" if len(outside) > 1 else ""
            self._outside.append(
                f"{places[outside[0]]}: x = {col:g}, y = {self._y(row, height):g} lies outside the "
                f"image {image!r} of {width} x {height} pixels (width x height){more}"
            )
            self._ratios.append(min(width / max(far_x, 1), height / max(far_y, 1)))
            # In the file's own axes, which a program counts along the raster that it shows.
            near = min(present[:, 1].min(), self._y(present[:, 0], height).min())
            self._fit_turned.append(bool(near >= -0.5 and far_x <= height and far_y <= width))
        elif (
            len(present) > 1
            and width < ANY_SIZE[1]
            and far_x < CORNER * width
            and far_y < CORNER * height
        ):
            self._cornered.append(
                f"{places[0]}: within {far_x:g} x {far_y:g} of the {width} x {height} pixels of "
                f"{image!r}"
            )

    def add_sizes(
        self, image: str, stated: tuple[int, int], found: tuple[int, int], place: str
    ) -> None:
        """Compare the size that the file states with the image's own.

        Parameters
        ----------
        image : str
            The image's name.
        stated, found : (int, int)
            Height and width in pixels: as in the file, and of the image.
        place : str
            Where the file states it, such as its line.
        """
        if found in (stated, ANY_SIZE):
            return
        turned = " It is turned by 90 degrees." if found == stated[::-1] else ""
        self._contradicted.append(
            f"{place}: {image!r} is said to have {stated[1]} x {stated[0]} pixels, but has "
            f"{found[1]} x {found[0]} (width x height).{turned}"
        )

    def warn(self) -> None:
        """Warn of what was found, once for each kind."""
        if self._outside:
            ratio = min(self._ratios)
            cause = (
                "they fit the image turned by 90 degrees: were they placed in a program that shows "
                "photographs as they are stored, not as the camera was held (EXIF)? Then read the file "
                "with --as-stored"
                if all(self._fit_turned)
                else f"is the image at most {ratio:.2g} times as large as when it was digitised?"
                if ratio < 1
                else "is it another image than the one that was digitised?"
            )
            warn(f"{self._path}, {_listed(self._outside)}; {cause}")
        if self._cornered:
            warn(
                f"{self._path}, {_listed(self._cornered)}: all landmarks lie in a corner far smaller "
                "than the image; are the coordinates multiplied by a scale already, or those of a "
                "smaller image?"
            )
        if self._contradicted:
            warn(
                f"{self._path}, {_listed(self._contradicted)} The landmarks are taken as pixels of "
                "the stated size; give the images that were digitised."
            )

    def _y(self, row: NDArray[np.float64], height: int) -> NDArray[np.float64]:
        return height - row if self._upward else row


def warn_of_other_columns(path: Path, names: list[str]) -> None:
    """Warn once of columns of a table that are left out; those without a name hold nothing."""
    if named := [name for name in names if name]:
        warn(f"{path}: left out the columns {listed_names(named)}, which hold no landmarks.")


def listed_names(names: list[str]) -> str:
    """Return names separated by commas: the first five, and how many more there are."""
    more = len(names) - MOST_SPECIMENS
    return ", ".join(names[:MOST_SPECIMENS]) + (f" and {more} more" if more > 0 else "")


def _listed(findings: list[str]) -> str:
    more = len(findings) - MOST_SPECIMENS
    return "; ".join(findings[:MOST_SPECIMENS]) + (
        f"; and {more} more specimens" if more > 0 else ""
    )
