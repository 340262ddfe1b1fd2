"""Landmark files by other digitisers, matched to the specimens and landmarks of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ... import formats
from ...errors import ProjectError
from ..exchange import placed_by_hand
from ..records import PlacementStatus, Point, Specimen

ANYWHERE = (10**9, 10**9)
"""Height and width of images that are not in the project: nothing lies outside, and nothing of
their specimens is kept."""

SHOWN = 5
"""Notes and errors list no more names than these."""


@dataclass(frozen=True, eq=False)
class FileContents:
    """What a landmark file holds on the specimens of a project.

    Attributes
    ----------
    times : list of mapping of str to mapping of str to (float, float)
        Points (row, col) by specimen and landmark. A specimen that stands twice in the file was
        digitised twice: the second time is in the second mapping.
    accepted : list of set of (str, str)
        For each time, the specimens and landmarks that are accepted predictions.
    scales : mapping of str to float
        Real units per pixel, by specimen.
    notes : list of str
        What was left out, in words.
    """

    times: list[dict[str, dict[str, Point]]]
    accepted: list[set[tuple[str, str]]]
    scales: dict[str, float]
    notes: list[str]


def read_digitisation(
    file: Path, specimens: Sequence[Specimen], landmarks: Sequence[str]
) -> FileContents:
    """Read what somebody digitised on the specimens of a project.

    Parameters
    ----------
    file : Path
        In a format that `napari_homolog.read_landmarks` knows. What it calls predicted is left out.
    specimens : sequence of Specimen
        Of the project; those of the file are matched to them by the names of their images.
    landmarks : sequence of str
        Of the project. A file that numbers its landmarks has them in this order.

    Returns
    -------
    FileContents

    Raises
    ------
    ProjectError
        If the file has none of the specimens or landmarks, or nothing placed by hand, or it cannot
        be told which is which.
    FormatError
        If the file cannot be read.
    """
    known = _Known(specimens)
    rows = formats.read_landmarks(file, image_size=known.size_of)
    matched = [(row, known.match(row, file)) for row in rows]
    strange = [row.image or row.identifier or "" for row, one in matched if one is None]
    if len(strange) == len(rows):
        raise ProjectError(
            f"{file} has none of the project's specimens: it names the images {_list(strange)}, the "
            f"project has {_list([_image(one) for one in specimens])}; give a file on these images."
        )
    called, unknown = _landmarks(file, rows, landmarks)
    found = FileContents([], [], {}, [])
    for what, left_out in (("specimens", strange), ("landmarks", unknown)):
        if left_out:
            names = _list(list(dict.fromkeys(left_out)))
            found.notes.append(f"Left out of {file.name}, as not in the project: {what} {names}.")
    for row, specimen in matched:
        if specimen is not None:
            _take(found, row, specimen.name, called)
    if not found.times:
        raise ProjectError(
            f"{file} has nothing that was placed by hand, only predictions; give the landmarks of "
            "somebody who digitised the specimens."
        )
    return found


def _take(
    found: FileContents, row: formats.Specimen, specimen: str, called: Mapping[str, str]
) -> None:
    """Add the points of one row of a file to the first time at which its specimen is free."""
    points = {
        called[name]: point
        for name, point in placed_by_hand(row).items()
        if point is not None and name in called
    }
    if not points:
        return
    time = sum(specimen in earlier for earlier in found.times)
    if time == len(found.times):
        found.times.append({})
        found.accepted.append(set())
    found.times[time][specimen] = points
    for name, status in zip(row.landmarks.names, row.status or (), strict=False):
        if status == PlacementStatus.ACCEPTED and called.get(name) in points:
            found.accepted[time].add((specimen, called[name]))
    if row.scale is not None:
        found.scales.setdefault(specimen, row.scale)


def _landmarks(
    file: Path, rows: Sequence[formats.Specimen], landmarks: Sequence[str]
) -> tuple[dict[str, str], list[str]]:
    """Return the project's name of each of the file's landmarks, and those that it does not have."""
    names = list(dict.fromkeys(name for row in rows for name in row.landmarks.names))
    shared = [name for name in names if name in landmarks]
    if shared:
        return {name: name for name in shared}, [name for name in names if name not in shared]
    numbers = [str(number + 1) for number in range(len(landmarks))]
    if names == numbers:
        return dict(zip(numbers, landmarks, strict=True)), []
    raise ProjectError(
        f"{file} has the {len(names)} landmarks {_list(names)}, the project has the "
        f"{len(landmarks)} landmarks {_list(landmarks)}; name them alike, or give as many numbered "
        "ones."
    )


class _Known:
    """The specimens of a project, by what files may call them."""

    def __init__(self, specimens: Sequence[Specimen]) -> None:
        self._sizes = {one.size for one in specimens}
        self._tables: list[dict[str, list[Specimen]]] = [{}, {}, {}]
        for one in specimens:
            stem = _image(one) if one.path is None else one.path.stem
            for table, key in zip(self._tables, (_image(one), one.name, stem), strict=True):
                table.setdefault(key.lower(), []).append(one)

    def find(self, text: str) -> list[Specimen]:
        """Return the specimens of an image, by its file name, or by theirs, or without suffix."""
        last = formats.file_name_of(text).lower()
        files, names, stems = self._tables
        for table, key in ((files, last), (names, last), (stems, last), (stems, Path(last).stem)):
            if key and key in table:
                return table[key]
        return []

    def size_of(self, text: str) -> tuple[int, int] | None:
        """Return the height and width of an image of the project, or None where it is doubtful."""
        sizes = {one.size for one in self.find(text)}
        if not sizes and text:
            return ANYWHERE
        # Without a name any image may be meant; that does not matter where all are of one size.
        sizes = sizes or self._sizes
        return next(iter(sizes)) if len(sizes) == 1 else None

    def match(self, row: formats.Specimen, file: Path) -> Specimen | None:
        """Return the specimen that a row of a file is of, or None."""
        named = row.identifier or ""
        found = self.find(row.image) or (self.find(named) if not row.image else [])
        if len(found) > 1:
            found = [one for one in found if one.name == named] or found
        if len(found) > 1:
            raise ProjectError(
                f"{file}: {row.image or named!r} may be each of the specimens "
                f"{_list([one.name for one in found])} of the project; give their names as "
                "identifiers, as `project export` writes them."
            )
        return found[0] if found else None


def _image(specimen: Specimen) -> str:
    return specimen.name if specimen.path is None else specimen.path.name


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(repr(name) for name in names[:SHOWN]) + more
