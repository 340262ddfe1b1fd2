"""The ends of a scale bar on specimens in review, found by how they look on the references."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ScaleError
from ..project import Project, RefinedLandmark
from .reference_sources import ReferenceSource, reference_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..scale_bars import KnownBar

MOST_EXAMPLES = 3
"""References with which a specimen's scale bar is compared."""

Ends = tuple[str, str]
"""The landmarks at the ends of the scale bar."""


def ends_of_bar(project: Project) -> Ends | None:
    """Return the landmarks at the ends of a project's scale bar; None if it has none."""
    bar = project.scale_bar
    return None if bar is None else (bar.first, bar.second)


def known_bars(
    sources: Sequence[ReferenceSource], ends: Ends | None, log: logging.Logger
) -> list[KnownBar]:
    """Return the scale bars of the first references on which both ends were placed.

    Parameters
    ----------
    sources : sequence of ReferenceSource
        The references.
    ends : (str, str) or None
        The landmarks at the ends; None gives no bars.
    log : logging.Logger
        Where it is told that an image cannot be read.
    """
    # scikit-image takes a second to import.
    from ..scale_bars import KnownBar

    bars: list[KnownBar] = []
    for source in sources if ends is not None else ():
        marks = source.landmarks
        if len(bars) == MOST_EXAMPLES or not ends or not set(ends) <= set(marks.names):
            continue
        (top, left), (bottom, right) = (marks[name] for name in ends)
        if np.isfinite([top, left, bottom, right]).all():
            image = reference_image(source.name, source.image, log)
            if image is not None:
                bars.append(
                    KnownBar(image, (float(top), float(left)), (float(bottom), float(right)))
                )
    return bars


def found_ends(
    image: NDArray[np.float32], bars: Sequence[KnownBar], ends: Ends
) -> dict[str, RefinedLandmark]:
    """Return the ends of the scale bar on a picture, by the reference on which it is most alike.

    Empty if none is found beyond doubt: the ends stay where they were located.

    Parameters
    ----------
    image : ndarray, shape (height, width, 3)
        The picture.
    bars : sequence of KnownBar
        Those of references.
    ends : (str, str)
        The landmarks at the ends.
    """
    from ..scale_bars import find_bar

    found = []
    for bar in bars:
        try:
            found.append(find_bar(bar, image))
        except ScaleError:
            continue
    if not found:
        return {}
    best = max(found, key=lambda one: one.likeness)
    return {
        name: RefinedLandmark(point, best.likeness, float("nan"))
        for name, point in zip(ends, (best.start, best.end), strict=True)
    }
