"""References: the images on which a user marked landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import LandmarkError
from ..images import as_rgb
from ..landmarks import Landmarks


@dataclass(frozen=True, eq=False)
class Reference:
    """An image and the landmarks marked on it.

    Attributes
    ----------
    image : ndarray, shape (height, width) or (height, width, 3 or 4)
        Anything that `napari_homolog.images.as_rgb` takes.
    landmarks : Landmarks
        (row, col) in pixels of the image; some may be missing.
    name : str
        What to note in the landmark set as its origin, such as the image's file name.
    """

    image: NDArray[Any]
    landmarks: Landmarks
    name: str = ""


@dataclass(frozen=True, eq=False)
class MarkedImage:
    """A reference made ready for learning.

    Attributes
    ----------
    image : ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].
    points : ndarray, shape (n, 2)
        The landmarks of all references in one order; NaN where this one lacks it.
    """

    image: NDArray[np.float32]
    points: NDArray[np.float64]


def line_up(references: Sequence[Reference]) -> tuple[tuple[str, ...], list[MarkedImage]]:
    """Return the names of all landmarks that are present somewhere, and the images with them.

    Raises
    ------
    ImageError
        If an array is no image.
    LandmarkError
        If there is no reference, no landmark is present on any, or one lies outside its image.
    """
    if not references:
        raise LandmarkError("No reference was given; give at least one image with landmarks.")
    pictures = []
    for reference in references:
        picture = as_rgb(reference.image)
        reference.landmarks.require_inside(*picture.shape[:2])
        pictures.append(picture)
    names = dict.fromkeys(
        name
        for reference in references
        for name, there in zip(reference.landmarks.names, reference.landmarks.present, strict=True)
        if there
    )
    if not names:
        raise LandmarkError(
            "All landmarks of the reference are missing; mark at least one of them."
        )
    marked = [
        MarkedImage(picture, _in_order(reference.landmarks, tuple(names)))
        for picture, reference in zip(pictures, references, strict=True)
    ]
    return tuple(names), marked


def _in_order(landmarks: Landmarks, names: Sequence[str]) -> NDArray[np.float64]:
    missing = np.full(2, np.nan)
    return np.stack([landmarks[name] if name in landmarks.names else missing for name in names])
