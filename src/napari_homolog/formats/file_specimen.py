"""The specimens of landmark files, and what all formats need to read and write them."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..image_names import file_name_of, stem_of
from ..landmarks import Landmarks

ImageSize = tuple[int, int] | Callable[[str], tuple[int, int] | None] | None
"""Height and width in pixels, or a function from an image's name in the file to them or None."""

ANY_SIZE = (10**9, 10**9)
"""Height and width to give for images whose specimens are not used: no landmark lies outside."""

UNPLACED = (0, 0)
"""Height and width to give for unknown images where y runs upwards in the file and in the one to write.

A y of 12 becomes the row -12 and is written as 12 again.
"""

ESTIMATED = "estimated"
"""Status of a landmark whose place was estimated from other specimens."""

MOST_PROBLEMS = 20
"""An error lists no more problems than these."""


class FormatWarning(UserWarning):
    """Part of a file was left out or looks wrong; the message says what."""


@dataclass(frozen=True, eq=False)
class Specimen:
    """Landmarks of one image, and what else landmark files hold of it.

    Attributes
    ----------
    image : str
        The image's name as in the file; may be empty.
    landmarks : Landmarks
        (row, col) in pixels of the image.
    identifier : str or None
        The specimen's name.
    scale : float or None
        Real units per pixel; None if unknown.
    comment : str or None
        Free text.
    confidence, spread : ndarray of float64, shape (n,), or None
        Confidence in [0, 1] and spread in pixels of each landmark; NaN where unknown.
    status : tuple of str or None
        Of each landmark, such as ``"manual"`` or ``"predicted"``.
    image_size : (int, int) or None
        Height and width of the image in pixels.
    occluded : ndarray of bool, shape (n,), or None
        Which landmarks have a position but are hidden on the image.
    curves : tuple of ndarray of float64, each of shape (m, 2)
        Open curves, (row, col); NaN where a point is missing.
    curve_names : tuple of str or None
        Of each curve.
    size_stated : bool
        Whether the file itself states `image_size`, or it is that of the image that was found.

    Raises
    ------
    FormatError
        If the scale is not positive, or there is not one value for each landmark or curve.
    """

    image: str
    landmarks: Landmarks
    identifier: str | None = None
    scale: float | None = None
    comment: str | None = None
    confidence: NDArray[np.float64] | None = None
    spread: NDArray[np.float64] | None = None
    status: tuple[str, ...] | None = None
    image_size: tuple[int, int] | None = None
    occluded: NDArray[np.bool_] | None = None
    curves: tuple[NDArray[np.float64], ...] = ()
    curve_names: tuple[str, ...] | None = None
    size_stated: bool = False

    def __post_init__(self) -> None:
        if self.scale is not None and not 0 < self.scale < np.inf:
            raise FormatError(
                f"the scale of {self.image!r} is {self.scale}; expected a positive number of units "
                "per pixel, or None if it is not known."
            )
        for what in ("confidence", "spread", "status", "occluded"):
            values = getattr(self, what)
            if values is not None and len(values) != len(self.landmarks):
                raise FormatError(
                    f"{self.image!r} has {len(self.landmarks)} landmarks but {len(values)} values "
                    f"of {what}; give one for each landmark."
                )
        if self.curve_names is not None and len(self.curve_names) != len(self.curves):
            raise FormatError(
                f"{self.image!r} has {len(self.curves)} curves but {len(self.curve_names)} names of "
                "curves; give one for each."
            )


def size_of(image: str, sizes: ImageSize) -> tuple[int, int] | None:
    """Return the size of an image from what the caller gave: a size, a function or nothing."""
    return sizes(image) if callable(sizes) else sizes


def is_informative(specimen: Specimen) -> bool:
    """Return whether a specimen's identifier tells more than the name of its image."""
    image = specimen.image
    return bool(specimen.identifier) and specimen.identifier not in (
        image,
        file_name_of(image),
        stem_of(image),
    )


def combined_error(problems: list[str]) -> FormatError:
    """Return one error that lists up to 20 problems."""
    return FormatError("\n".join(problems[:MOST_PROBLEMS]))


def warn(message: str) -> None:
    """Issue a `FormatWarning` that points at the code that called this package's formats."""
    here = str(Path(__file__).parent)
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(here):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, FormatWarning, stacklevel=level)


def require_specimens(path: Path, specimens: Sequence[Specimen]) -> None:
    """Raise `FormatError` if there is no specimen."""
    if not specimens:
        raise FormatError(f"{path}: there is no specimen to write; give at least one.")


def require_same_landmarks(path: Path, specimens: Sequence[Specimen], reason: str) -> None:
    """Raise `FormatError` if specimens differ in the names or the order of their landmarks.

    Parameters
    ----------
    path : Path
        The file to write, for the message.
    specimens : sequence of Specimen
        The specimens.
    reason : str
        Why the format needs this, for the message.
    """
    if len({specimen.landmarks.names for specimen in specimens}) > 1:
        raise FormatError(
            f"{path}: the specimens differ in their landmarks or in the order of these; {reason}: "
            "give all specimens the same landmarks."
        )


def require_size(path: Path, specimen: Specimen, reason: str) -> tuple[int, int]:
    """Return height and width of a specimen's image, or raise `FormatError` if unknown.

    Parameters
    ----------
    path : Path
        The file to write, for the message.
    specimen : Specimen
        The specimen.
    reason : str
        Why the format needs the size, for the message.
    """
    if specimen.image_size is None:
        raise FormatError(
            f"{path}: the height of the image {specimen.image!r} is not known, and {reason}; give "
            "the specimen's image_size, or the folder that holds the image."
        )
    return specimen.image_size


def unique_identifiers(identifiers: Sequence[str]) -> list[str]:
    """Return identifiers with ``_2``, ``_3`` .. appended to repeated ones, and warn of these."""
    unique: list[str] = []
    used, given, counts = set[str](), set(identifiers), dict[str, int]()
    for identifier in identifiers:
        name, count = identifier, counts.get(identifier, 1)
        while name in used or (count > 1 and name in given):
            count += 1
            name = f"{identifier}_{count}"
        counts[identifier] = count
        used.add(name)
        unique.append(name)
    changed = [new for old, new in zip(identifiers, unique, strict=True) if old != new]
    if changed:
        warn(
            f"{len(changed)} specimens had the identifier of another specimen and were renamed: "
            f"{', '.join(changed[:5])}."
        )
    return unique
