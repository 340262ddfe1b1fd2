"""What specimens hold and a format has no place for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from .file_specimen import Specimen, says_more


def _some_number(values: object) -> bool:
    return values is not None and not bool(np.isnan(np.asarray(values, dtype=float)).all())


HELD: dict[str, Callable[[Specimen], bool]] = {
    "names of landmarks": lambda one: (
        list(one.landmarks.names) != [str(n + 1) for n in range(len(one.landmarks))]
    ),
    "images": lambda one: bool(one.image) and says_more(one.identifier, one.image),
    "identifiers": lambda one: says_more(one.identifier, one.image),
    "scales": lambda one: one.scale is not None,
    "comments": lambda one: bool(one.comment),
    "confidence": lambda one: _some_number(one.confidence),
    "spread": lambda one: _some_number(one.spread),
    "status": lambda one: bool(one.status) and any(one.status or ()),
    "occlusion": lambda one: one.occluded is not None and bool(one.occluded.any()),
    "curves": lambda one: bool(one.curves),
}
"""What a specimen may hold, by the words of warnings, and whether one does."""


def losses(specimens: Sequence[Specimen], carried: Collection[str]) -> list[str]:
    """Return what some of the specimens hold and a format does not carry, in words."""
    return [
        what
        for what, held in HELD.items()
        if what not in carried and any(held(specimen) for specimen in specimens)
    ]
