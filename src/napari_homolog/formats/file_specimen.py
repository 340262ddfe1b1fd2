"""One specimen of a landmark file."""

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

MOST_FINDINGS = 20
"""An error lists no more findings than these."""


class FormatWarning(UserWarning):
    """Something in a file was left out, or looks wrong; the message names it."""


@dataclass(frozen=True, eq=False)
class Specimen:
    """Landmarks of one image, with what files say beside them.

    Attributes
    ----------
    image : str
        The image's name as it stands in the file; may be empty.
    landmarks : Landmarks
        (row, col) in pixels of the image.
    identifier : str or None
        The specimen's own name.
    scale : float or None
        Real units per pixel; None where unknown.
    comment : str or None
        Free text.
    confidence, spread : ndarray of float64, shape (n,), or None
        Confidence in [0, 1] and spread in pixels of each landmark; NaN where unknown.
    status : tuple of str or None
        Such as ``"manual"`` or ``"predicted"``, for each landmark.
    image_size : (int, int) or None
        Height and width of the image in pixels.
    occluded : ndarray of bool, shape (n,), or None
        Which landmarks have a position but are hidden on the image.
    curves : tuple of ndarray of float64, each of shape (m, 2)
        Open curves beside the landmarks, (row, col); NaN where a point is missing.
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

    def __post_init__(self) -> None:
        if self.scale is not None and not 0 < self.scale < np.inf:
            raise FormatError(
                f"the scale of {self.image!r} is {self.scale}; expected a positive number of units "
                "per pixel, or None where it is not known."
            )
        for what in ("confidence", "spread", "status", "occluded"):
            values = getattr(self, what)
            if values is not None and len(values) != len(self.landmarks):
                raise FormatError(
                    f"{self.image!r} has {len(self.landmarks)} landmarks but {len(values)} values "
                    f"of {what}; give one for each landmark."
                )


def size_of(image: str, sizes: ImageSize) -> tuple[int, int] | None:
    """Return the size of an image by what the caller gave: a size, a function or nothing."""
    return sizes(image) if callable(sizes) else sizes


def says_more(identifier: str | None, image: str) -> bool:
    """Return whether an identifier says what the image's name does not."""
    return bool(identifier) and identifier not in (image, file_name_of(image), stem_of(image))


def outside(points: NDArray[np.float64], size: tuple[int, int]) -> list[int]:
    """Return which points (row, col) lie outside an image of (height, width) pixels."""
    beyond = (points < -0.5) | (points > np.array(size) - 0.5)
    return [int(index) for index in np.flatnonzero(beyond.any(1))]


def joined(problems: list[str]) -> FormatError:
    """Return one error for up to 20 findings."""
    return FormatError("\n".join(problems[:MOST_FINDINGS]))


def tell(message: str) -> None:
    """Warn of something; the warning points at whoever called into this package's formats."""
    here = str(Path(__file__).parent)
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(here):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, FormatWarning, stacklevel=level)


def require_some(path: Path, specimens: Sequence[Specimen]) -> None:
    """Refuse to write a file of nothing."""
    if not specimens:
        raise FormatError(f"{path}: there is no specimen to write.")


def require_same_landmarks(path: Path, specimens: Sequence[Specimen], why: str) -> None:
    """Refuse specimens that differ in the names or the order of their landmarks."""
    if len({specimen.landmarks.names for specimen in specimens}) > 1:
        raise FormatError(
            f"{path}: the specimens differ in their landmarks or in their order; {why}, so that all "
            "need the same."
        )


def require_size(path: Path, specimen: Specimen, why: str) -> tuple[int, int]:
    """Return height and width of a specimen's image, or refuse to write it."""
    if specimen.image_size is None:
        raise FormatError(
            f"{path}: the height of the image {specimen.image!r} is not known, and {why}; give the "
            "specimen's image_size, or the folder that holds the image."
        )
    return specimen.image_size


def unique_identifiers(identifiers: Sequence[str]) -> list[str]:
    """Return identifiers with ``_2``, ``_3`` .. after those that stood before, and warn of them."""
    made: list[str] = []
    taken, given, counts = set[str](), set(identifiers), dict[str, int]()
    for identifier in identifiers:
        name, count = identifier, counts.get(identifier, 1)
        while name in taken or (count > 1 and name in given):
            count += 1
            name = f"{identifier}_{count}"
        counts[identifier] = count
        taken.add(name)
        made.append(name)
    changed = [new for old, new in zip(identifiers, made, strict=True) if old != new]
    if changed:
        tell(
            f"{len(changed)} specimens shared their identifier with another one and were renamed: "
            f"{', '.join(changed[:5])}."
        )
    return made
