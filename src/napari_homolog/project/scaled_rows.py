"""The scales of specimens in a landmark file: in one unit, of all specimens or of none."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .. import formats
from ..errors import ProjectError
from ..rulers import UNITS
from .export_options import ScaleChoice
from .records import Specimen
from .scales import Scale, ScaleSource
from .specimen_names import listed
from .store import Project


def scaled_rows(
    project: Project,
    file: Path,
    specimens: Sequence[Specimen],
    rows: Sequence[formats.Specimen],
    choice: ScaleChoice,
) -> Sequence[formats.Specimen]:
    """Return the rows of a landmark file with the scales of their specimens.

    Files hold no unit: scales in different units of length are converted to the most common one.

    Parameters
    ----------
    project : Project
        The project of the specimens.
    file : Path
        The file, for messages.
    specimens : sequence of Specimen
        Those of the rows.
    rows : sequence of napari_homolog.formats.Specimen
        Without scales.
    choice : ScaleChoice
        Which scales are written.

    Raises
    ------
    ProjectError
        If all are to be written, and one is not known or their units cannot be compared.

    Warns
    -----
    FormatWarning
        If units were converted, scales left out because their units cannot be compared, or scales
        follow from a scale bar that nobody has reviewed.
    """
    if choice is ScaleChoice.NONE:
        return rows
    scales = [project.scale_of(specimen.id) for specimen in specimens]
    unknown = [one.name for one, scale in zip(specimens, scales, strict=True) if scale is None]
    if choice is ScaleChoice.ALL and unknown:
        raise ProjectError(
            f"{file}: the scale of {listed(unknown)} is not known; measure it with `project scale`, or "
            "leave the scales out."
        )
    located = [
        one.name
        for one, scale in zip(specimens, scales, strict=True)
        if scale is not None and scale.source is ScaleSource.LOCATED
    ]
    if located:
        _warn(
            f"{file}: the scales of {len(located)} specimens follow from a scale bar that was located "
            f"and not reviewed, and may be far off: {listed(located)}."
        )
    units = Counter(scale.unit for scale in scales if scale is not None)
    if len(units) > 1 and not all(unit in UNITS for unit in units):
        named = ", ".join(sorted(unit or "an unknown one" for unit in units))
        if choice is ScaleChoice.ALL:
            raise ProjectError(
                f"{file}: the scales are in different units ({named}), which cannot be converted; "
                "measure them in one unit, or leave the scales out."
            )
        _warn(f"{file}: the scales were left out, because they are in different units: {named}.")
        return rows
    unit = units.most_common(1)[0][0] if units else None
    if len(units) > 1:
        _warn(f"{file}: scales in other units were converted to {unit}.")
    return [
        row if scale is None else replace(row, scale=_in(scale, unit))
        for row, scale in zip(rows, scales, strict=True)
    ]


def _in(scale: Scale, unit: str | None) -> float:
    """Return a scale in a unit."""
    if scale.unit == unit or scale.unit is None or unit is None:
        return scale.value
    return scale.value * UNITS[scale.unit] / UNITS[unit]


def _warn(message: str) -> None:
    warnings.warn(message, formats.FormatWarning, stacklevel=4)
