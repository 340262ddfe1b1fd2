"""Contents of specimens that a format has no place for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from .file_specimen import Specimen, is_informative


def _some_number(values: object) -> bool:
    return values is not None and not bool(np.isnan(np.asarray(values, dtype=float)).all())


CONTENTS: dict[str, Callable[[Specimen], bool]] = {
    "names of landmarks": lambda specimen: (
        list(specimen.landmarks.names) != [str(n + 1) for n in range(len(specimen.landmarks))]
    ),
    "images": lambda specimen: bool(specimen.image) and is_informative(specimen),
    "identifiers": is_informative,
    "scales": lambda specimen: specimen.scale is not None,
    "comments": lambda specimen: bool(specimen.comment),
    "confidence": lambda specimen: _some_number(specimen.confidence),
    "spread": lambda specimen: _some_number(specimen.spread),
    "status": lambda specimen: bool(specimen.status) and any(specimen.status or ()),
    "occlusion": lambda specimen: specimen.occluded is not None and bool(specimen.occluded.any()),
    "curves": lambda specimen: bool(specimen.curves),
    "names of curves": lambda specimen: bool(specimen.curve_names),
}
"""What a specimen may contain, as warnings call it, and whether one does."""


def lost_contents(specimens: Sequence[Specimen], kept: Collection[str]) -> list[str]:
    """Return the `CONTENTS` that some of the specimens have and a format does not carry."""
    return [
        content
        for content, has_content in CONTENTS.items()
        if content not in kept and any(map(has_content, specimens))
    ]
