"""Classifiers of specimens from a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import ProjectError
from ..formats import read_specimen_table
from .classifiers import OWN_COLUMNS
from .specimen_names import SpecimenNames, listed
from .store import Project


@dataclass(frozen=True)
class ImportedClassifiers:
    """What `import_classifiers` took over.

    Attributes
    ----------
    columns : tuple of str
        The columns of classifiers.
    specimens : tuple of int
        The numbers of the specimens that have them now.
    unknown : tuple of str
        What the table calls specimens that the project does not have.
    left_out : tuple of str
        Columns that exported tables write themselves.
    """

    columns: tuple[str, ...]
    specimens: tuple[int, ...]
    unknown: tuple[str, ...]
    left_out: tuple[str, ...]


def import_classifiers(project: Project, file: Path) -> ImportedClassifiers:
    """Give specimens the classifiers of a table, as one step of the history.

    Parameters
    ----------
    project : Project
        Open for writing.
    file : Path
        What `napari_homolog.formats.read_specimen_table` reads. Images are matched as everywhere, see
        `napari_homolog.images.ImageLookup`; several specimens of one image by their names.

    Raises
    ------
    FormatError
        If the file cannot be read.
    ProjectError
        If no specimen is in the project, a name means several, two rows are about one specimen, or
        there is no column of classifiers. Nothing is changed then.
    """
    rows = read_specimen_table(file)
    columns = tuple(rows[0].values)
    own = tuple(name for name in columns if name.casefold() in OWN_COLUMNS)
    wanted = tuple(name for name in columns if name not in own)
    if not wanted:
        raise ProjectError(
            f"{file} has no column of classifiers beside what names the specimens; add one, such as "
            "species or sex."
        )
    known = SpecimenNames(project.specimens())
    values: dict[int, dict[str, str]] = {}
    lines: dict[int, int] = {}
    unknown = []
    for row in rows:
        specimen = known.match(row.image, row.specimen, file)
        if specimen is None:
            unknown.append(row.image or row.specimen)
            continue
        if specimen.id in values:
            raise ProjectError(
                f"{file}: lines {lines[specimen.id]} and {row.line} are both about "
                f"{specimen.name!r}; keep one of them."
            )
        values[specimen.id] = {column: row.values[column] for column in wanted}
        lines[specimen.id] = row.line
    if not values:
        raise ProjectError(
            f"{file} has none of the project's specimens: it names {listed(unknown)}; the column of "
            "images or specimens must be called image or specimen, or be the first."
        )
    project.classify(values)
    return ImportedClassifiers(wanted, tuple(values), tuple(unknown), own)
