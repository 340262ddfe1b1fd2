"""One specimen of a landmark file."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..landmarks import Landmarks

ImageSize = tuple[int, int] | Callable[[str], tuple[int, int]] | None
"""Height and width in pixels, or a function from an image's name in the file to them."""


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

    def __post_init__(self) -> None:
        for what in ("confidence", "spread", "status"):
            values = getattr(self, what)
            if values is not None and len(values) != len(self.landmarks):
                raise FormatError(
                    f"{self.image!r} has {len(self.landmarks)} landmarks but {len(values)} values "
                    f"of {what}; give one for each landmark."
                )


def size_of(image: str, sizes: ImageSize) -> tuple[int, int] | None:
    """Return the size of an image by what the caller gave: a size, a function or nothing."""
    return sizes(image) if callable(sizes) else sizes


def joined(problems: list[str]) -> FormatError:
    """Return one error for up to 20 findings."""
    return FormatError("\n".join(problems[:MOST_FINDINGS]))


def unique_identifiers(identifiers: Sequence[str]) -> list[str]:
    """Return identifiers with ``_2``, ``_3`` .. after those that stood before, and warn of them."""
    made: list[str] = []
    taken, given = set[str](), set(identifiers)
    for identifier in identifiers:
        name, count = identifier, 1
        while name in taken or (count > 1 and name in given):
            count += 1
            name = f"{identifier}_{count}"
        taken.add(name)
        made.append(name)
    changed = [new for old, new in zip(identifiers, made, strict=True) if old != new]
    if changed:
        warnings.warn(
            f"{len(changed)} specimens shared their identifier with another one and were renamed: "
            f"{', '.join(changed[:5])}.",
            FormatWarning,
            stacklevel=4,
        )
    return made
