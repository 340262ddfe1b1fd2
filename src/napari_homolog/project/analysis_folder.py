"""A folder with everything that a program for shape analysis reads: landmarks, table, script."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .. import formats
from ..errors import ProjectError
from ..files import make_folder
from ..formats.curve_files import link_rows
from ..formats.text_files import write_text
from .analysis_scripts import (
    LANDMARKS,
    LINKS,
    SLIDERS,
    SPECIMENS,
    FolderContents,
    geomorph_script,
    ktch_script,
    momocs_script,
    stereomorph_script,
)
from .export_options import AS_IT_IS, ExportOptions
from .exports import export_outlines, rows_to_write
from .records import Specimen
from .scales import Scale
from .specimen_images import images_called
from .store import Project


@dataclass(frozen=True)
class WrittenFolder:
    """What `export_for` wrote.

    Attributes
    ----------
    specimens : int
        How many specimens.
    files : tuple of Path
        The files.
    """

    specimens: int
    files: tuple[Path, ...]


def export_for(
    project: Project,
    program: str,
    folder: Path,
    specimens: Iterable[Specimen],
    options: ExportOptions = AS_IT_IS,
) -> WrittenFolder:
    """Write everything that a program for shape analysis reads to a folder.

    That is a landmark file (with the semilandmarks of curves, where the program slides them), a table
    of the specimens with their classifiers, sliders and links, and a script that reads all of them.

    Parameters
    ----------
    project : Project
        The project of the specimens.
    program : str
        One of `PROGRAMS`.
    folder : Path
        It is created if need be. Files of these names in it are replaced.
    specimens : iterable of Specimen
        Those without any placed landmark are left out.
    options : ExportOptions
        `format`, `semilandmarks` and the spelling of missing landmarks follow from the program.

    Returns
    -------
    WrittenFolder

    Raises
    ------
    ProjectError
        If there is no such program, or no landmark is placed on any of the specimens.
    FormatError, LandmarkError
        As for `export_landmarks`.
    WriteError
        If the folder cannot be written.
    """
    if program not in PROGRAMS:
        raise ProjectError(
            f"There is no export for {program!r}; choose one of {', '.join(PROGRAMS)}."
        )
    make_folder(folder)
    return PROGRAMS[program](project, folder, list(specimens), options)


def _for_geomorph(
    project: Project, folder: Path, specimens: Sequence[Specimen], options: ExportOptions
) -> WrittenFolder:
    files, contents, count = _tps_folder(project, folder, specimens, options, "geomorph")
    return _with(files, folder / "analysis.R", geomorph_script(contents), count)


def _for_ktch(
    project: Project, folder: Path, specimens: Sequence[Specimen], options: ExportOptions
) -> WrittenFolder:
    files, contents, count = _tps_folder(project, folder, specimens, options, "ktch")
    return _with(files, folder / "analysis.py", ktch_script(contents), count)


def _tps_folder(
    project: Project,
    folder: Path,
    specimens: Sequence[Specimen],
    options: ExportOptions,
    reader: str,
) -> tuple[list[Path], FolderContents, int]:
    """Write landmarks with semilandmarks, sliders, links and the table of specimens."""
    definitions, path = project.curve_definitions, folder / LANDMARKS
    missing = replace(options.missing, spelled_for=reader)
    chosen = replace(options, semilandmarks=bool(definitions), missing=missing)
    rows, written = rows_to_write(project, path, specimens, chosen)
    formats.write_landmarks(path, rows, format="tps", missing_for=reader)
    files = [path, *([folder / SLIDERS] if definitions else [])]
    names = project.shape_landmarks
    linked = [pair for pair in project.links if set(pair) <= set(names)]
    links = link_rows(names, definitions, linked)
    if links:
        formats.write_links(folder / LINKS, links)
        files.append(folder / LINKS)
    files.append(_write_specimens(project, folder / SPECIMENS, written))
    files.append(_write_names(folder / "landmark_names.csv", rows[0].landmarks.names))
    contents = FolderContents(
        _columns(project, written), sliders=bool(definitions), links=bool(links)
    )
    return files, contents, len(rows)


def _for_morphoj(
    project: Project, folder: Path, specimens: Sequence[Specimen], options: ExportOptions
) -> WrittenFolder:
    path, table = folder / "landmarks.txt", folder / "classifiers.txt"
    chosen = replace(options, semilandmarks=bool(project.curve_definitions))
    rows, written = rows_to_write(project, path, specimens, chosen)
    formats.write_landmarks(path, rows, format="morphoj")
    # MorphoJ joins the two by the labels in their first columns.
    _write_specimens(project, table, written, tabs=True)
    names = _write_names(folder / "landmark_names.csv", rows[0].landmarks.names)
    files = [path, table, names]
    if chosen.semilandmarks:
        files.append(folder / SLIDERS)
    whole = sum(bool(row.landmarks.present.all()) for row in rows)
    return _with(files, folder / "README.txt", README_OF_MORPHOJ, whole)


def _for_momocs(
    project: Project, folder: Path, specimens: Sequence[Specimen], options: ExportOptions
) -> WrittenFolder:
    path = folder / LANDMARKS
    rows, written = rows_to_write(project, path, specimens, options)
    # Momocs miscounts curves in TPS files; outlines are files of their own.
    bare = [replace(row, curves=(), curve_names=None) for row in rows]
    formats.write_landmarks(path, bare, format="tps", missing_for="geomorph")
    files = [path, _write_specimens(project, folder / SPECIMENS, written, files=True)]
    files.append(_write_names(folder / "landmark_names.csv", rows[0].landmarks.names))
    outlines = []
    for one in project.curve_definitions:
        having = [each for each in written if one.name in project.series_curves(each.id)]
        if one.closed and having:
            outlines.append(one.name)
            own = folder / "outlines" / str(len(outlines))
            files += export_outlines(project, own, having, one.name)
    contents = FolderContents(_columns(project, written), outlines=tuple(outlines))
    return _with(files, folder / "analysis.R", momocs_script(contents), len(rows))


def _for_stereomorph(
    project: Project, folder: Path, specimens: Sequence[Specimen], options: ExportOptions
) -> WrittenFolder:
    definitions, shapes = project.curve_definitions, folder / "shapes"
    rows, written = rows_to_write(project, shapes, specimens, options)
    make_folder(shapes)
    files = []
    names = [f"{one}.txt" for one in _file_names(written)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for name, row in zip(names, rows, strict=True):
            formats.write_landmarks(shapes / name, [row], format="stereomorph")
            files.append(shapes / name)
    # Once for all files.
    for told in dict.fromkeys(str(one.message).partition(": ")[2] for one in caught):
        warnings.warn(f"{shapes}: {told}", formats.FormatWarning, stacklevel=3)
    files.append(_write_specimens(project, folder / SPECIMENS, written, files=True, ending=".txt"))
    contents = FolderContents(
        _columns(project, written),
        curves=tuple((one.name, one.semilandmarks, one.closed) for one in definitions),
    )
    return _with(files, folder / "analysis.R", stereomorph_script(contents), len(rows))


def _write_specimens(
    project: Project,
    path: Path,
    specimens: Sequence[Specimen],
    *,
    tabs: bool = False,
    files: bool = False,
    ending: str = "",
) -> Path:
    """Write the table of specimens; with `files`, it names the files that are called as they."""
    columns, classifiers = _columns(project, specimens), project.all_classifiers()
    header = ["specimen", "image", *(["file"] if files else []), "status", "scale", "unit"]
    images = images_called(project.specimens())
    mirrored = set(project.mirrored_specimens())
    header += ["mirrored"] if mirrored else []
    rows = []
    for one, name in zip(specimens, _file_names(specimens), strict=True):
        own, scale = classifiers.get(one.id, {}), project.scale_of(one.id)
        rows.append(
            [
                *(one.name, images[one.id], *([name + ending] if files else [])),
                *(one.status.value, *_cells_of(scale)),
                *(["yes" if one.id in mirrored else "no"] if mirrored else []),
                *(own.get(column, "") for column in columns),
            ]
        )
    formats.write_specimen_table(path, [*header, *columns], rows, tabs=tabs)
    return path


def _cells_of(scale: Scale | None) -> tuple[str, str]:
    return ("", "") if scale is None else (repr(scale.value), scale.unit or "")


def _write_names(path: Path, names: Sequence[str]) -> Path:
    """Write which landmark has which number, which TPS and MorphoJ files do not tell."""
    rows = [[str(number), name] for number, name in enumerate(names, 1)]
    formats.write_specimen_table(path, ["landmark", "name"], rows)
    return path


def _file_names(specimens: Sequence[Specimen]) -> list[str]:
    """Return what `formats.write_outlines` calls the files of specimens."""
    names = [re.sub(r"[/\\]", "_", one.name) for one in specimens]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ProjectError(f"Two specimens would be in the file {twice!r}; rename one of them.")
    return names


def _columns(project: Project, specimens: Sequence[Specimen]) -> tuple[str, ...]:
    """Return the columns of classifiers that some of the specimens have."""
    classifiers = project.all_classifiers()
    return tuple(
        dict.fromkeys(column for one in specimens for column in classifiers.get(one.id, {}))
    )


def _with(files: Sequence[Path], script: Path, text: str, count: int) -> WrittenFolder:
    write_text(script, text)
    return WrittenFolder(count, (*files, script))


README_OF_MORPHOJ = """\
Written by napari-homolog for MorphoJ.

1. File > Create New Project > "2 dimensions", file type "Text", the file landmarks.txt.
2. File > Import Classifier Variables, the file classifiers.txt.
3. Preliminaries > New Procrustes Fit.

MorphoJ has no missing landmarks and slides no semilandmarks: specimens that lack a landmark are not
in landmarks.txt, and semilandmarks count as landmarks. landmark_names.csv tells which number is which.
"""

_Writer = Callable[[Project, Path, Sequence[Specimen], ExportOptions], WrittenFolder]

PROGRAMS: dict[str, _Writer] = {
    "geomorph": _for_geomorph,
    "ktch": _for_ktch,
    "momocs": _for_momocs,
    "morphoj": _for_morphoj,
    "stereomorph": _for_stereomorph,
}
"""The programs that a folder can be written for."""
