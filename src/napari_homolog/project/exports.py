"""The landmarks and curves of a project into files."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from .. import formats
from ..errors import ProjectError
from ..landmarks import Landmarks
from .estimation import with_estimates
from .export_options import AS_IT_IS, ExportOptions
from .landmark_import import NOT_PLACED
from .orientation import in_one_orientation, turned_to_one_orientation
from .records import Curve, Placement, Specimen
from .scaled_rows import scaled_rows
from .specimen_images import images_called
from .store import Project


def export_landmarks(
    project: Project,
    file: Path,
    specimens: Iterable[Specimen],
    options: ExportOptions = AS_IT_IS,
) -> int:
    """Write the landmarks, scales, comments and curves of some specimens to a landmark file.

    Parameters
    ----------
    project : Project
        The project of the specimens.
    file : Path
        The file. Its suffix tells the format, as for `napari_homolog.write_landmarks`.
    specimens : iterable of Specimen
        The specimens. Those without any placed landmark are left out.
    options : ExportOptions
        How they are written.

    Returns
    -------
    int
        How many specimens were written.

    Raises
    ------
    ProjectError
        If no landmark is placed on any of them.
    FormatError
        If the format cannot hold them, or the file cannot be written.
    LandmarkError
        If landmarks are to be estimated, and too few specimens have all of theirs.

    Warns
    -----
    FormatWarning
        Names what the format has no place for, and what was left out for other reasons.
    """
    # Before anything is written beside it.
    chosen, spelled_for = formats.format_to_write(file, options.format), options.missing.spelled_for
    if spelled_for is not None:
        formats.require_spelling(chosen, spelled_for)
    shown, _ = rows_to_write(project, file, specimens, options)
    formats.write_landmarks(
        file, shown, format=options.format, missing_for=options.missing.spelled_for
    )
    return len(shown)


def rows_to_write(
    project: Project, file: Path, specimens: Iterable[Specimen], options: ExportOptions
) -> tuple[Sequence[formats.Specimen], list[Specimen]]:
    """Return what `export_landmarks` writes to a landmark file, and write the files beside it.

    Parameters
    ----------
    project : Project
        The project of the specimens.
    file : Path
        The landmark file.
    specimens : iterable of Specimen
        Those without any placed landmark are left out.
    options : ExportOptions
        How they are written.

    Returns
    -------
    rows : sequence of napari_homolog.formats.Specimen
        For the landmark file.
    written : list of Specimen
        The specimens of the rows.

    Raises
    ------
    ProjectError, FormatError, LandmarkError
        As for `export_landmarks`.
    """
    names = project.shape_landmarks
    images = images_called(project.specimens())
    rows: list[formats.Specimen] = []
    written: list[Specimen] = []
    without_landmarks = 0
    for specimen in specimens:
        placements = {
            name: placement
            for name, placement in project.placements(specimen.id).items()
            if name in names and not (options.leave_out_missing and placement.probably_missing)
        }
        if placements:
            written.append(specimen)
            rows.append(_to_file(project, specimen, names, placements, images))
        elif _curves_to_write(project, specimen.id):
            without_landmarks += 1
    if not rows:
        raise ProjectError(
            "There is nothing to write: no landmark is placed on any of these specimens."
        )
    if without_landmarks:
        _warn(f"{file}: left out {without_landmarks} specimens with curves but no landmarks.")
    rows = list(in_one_orientation(project, file, written, rows, options.one_orientation))
    shown = scaled_rows(project, file, written, rows, options.scales)
    if options.missing.estimate is not None:
        turned = partial(turned_to_one_orientation, project, written)
        same = options.one_orientation
        shown = with_estimates(file, shown, options.missing.estimate, list if same else turned)
    if options.semilandmarks:
        shown = _with_sliders(project, file, shown)
    return shown, written


def export_curves(project: Project, file: Path, specimens: Iterable[Specimen]) -> int:
    """Write the curves of specimens as a table with one row for each point.

    Curves that the project defines have their semilandmarks and ends, others the points drawn.

    Parameters
    ----------
    project : Project
        The project of the specimens.
    file : Path
        The file, ``.csv``.
    specimens : iterable of Specimen
        The specimens.

    Returns
    -------
    int
        How many curves were written.

    Raises
    ------
    FormatError
        If there is none, or the file cannot be written.
    """
    return formats.write_curve_points(file, _with_curves(project, specimens))


def export_outlines(
    project: Project, folder: Path, specimens: Iterable[Specimen], name: str
) -> list[Path]:
    """Write one curve of each specimen as a text file, as `formats.write_outlines` does.

    Parameters
    ----------
    project : Project
        The project of the specimens.
    folder : Path
        Where the files come.
    specimens : iterable of Specimen
        The specimens.
    name : str
        The curve.

    Raises
    ------
    FormatError
        If no specimen has it, or a file cannot be written.
    """
    return formats.write_outlines(folder, _with_curves(project, specimens), name)


def _with_curves(project: Project, specimens: Iterable[Specimen]) -> list[formats.Specimen]:
    names = project.shape_landmarks
    images = images_called(project.specimens())
    return [
        _to_file(project, one, names, project.placements(one.id), images)
        for one in specimens
        if names
    ]


def _with_sliders(
    project: Project, file: Path, rows: Sequence[formats.Specimen]
) -> Sequence[formats.Specimen]:
    """Return the rows with semilandmarks appended, and write the sliders file beside."""
    definitions, names = project.curve_definitions, project.shape_landmarks
    formats.write_sliders(sliders_beside(file), names, definitions)
    formats.warn_of_gaps(file, rows, [one.name for one in definitions])
    return formats.with_semilandmarks(rows, definitions)


def sliders_beside(file: Path) -> Path:
    """Return where the sliders of a landmark file are written: ``wings_sliders.csv``."""
    return file.with_name(f"{file.stem}_sliders.csv")


def _curves_to_write(project: Project, specimen_id: int) -> list[Curve]:
    """Return the curves of a specimen: of defined ones the semilandmarks between their ends."""
    present = project.series_curves(specimen_id)
    defined = [
        replace(present[one.name], points=one.with_ends(present[one.name].points))
        for one in project.curve_definitions
        if one.name in present
    ]
    return [*defined, *(one for one in project.curves(specimen_id) if one.name not in present)]


def _to_file(
    project: Project,
    specimen: Specimen,
    names: Sequence[str],
    placements: dict[str, Placement],
    images: Mapping[int, str],
) -> formats.Specimen:
    row = [placements.get(name) for name in names]
    hidden = np.array([placement is not None and placement.occluded for placement in row])
    curves = _curves_to_write(project, specimen.id)
    called = [curve.name or f"curve {number}" for number, curve in enumerate(curves, 1)]
    return formats.Specimen(
        image=images[specimen.id],
        landmarks=Landmarks(
            {
                name: placement.point if placement else None
                for name, placement in zip(names, row, strict=True)
            }
        ),
        identifier=specimen.name,
        comment=specimen.comment,
        confidence=np.array([p.confidence if p else None for p in row], float),
        spread=np.array([p.spread if p else None for p in row], float),
        status=tuple(p.status.value if p else NOT_PLACED for p in row),
        image_size=specimen.size,
        occluded=hidden if hidden.any() else None,
        curves=tuple(curve.points for curve in curves),
        curve_names=tuple(called) if any(curve.name for curve in curves) else None,
    )


def _warn(message: str) -> None:
    warnings.warn(message, formats.FormatWarning, stacklevel=3)
