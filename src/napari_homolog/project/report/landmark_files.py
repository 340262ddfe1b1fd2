"""Landmark files by other digitisers, matched to the specimens and landmarks of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ... import formats
from ...errors import ProjectError
from ...formats import ANY_SIZE
from ..landmark_import import placed_by_hand
from ..records import PlacementStatus, Point, Specimen
from ..specimen_images import images_called
from ..specimen_names import SpecimenNames, listed


@dataclass(frozen=True, eq=False)
class FileContents:
    """Contents of a landmark file about the specimens of a project.

    Attributes
    ----------
    repeats : list of mapping of str to mapping of str to (float, float)
        Points (row, col) by specimen and landmark. A specimen that occurs twice in the file was
        digitised twice: the second digitisation is in the second mapping.
    accepted : list of set of (str, str)
        For each repeat, the specimens and landmarks that are accepted predictions.
    scales : mapping of str to float
        Real units per pixel, by specimen.
    notes : list of str
        Messages about parts that were ignored.
    """

    repeats: list[dict[str, dict[str, Point]]]
    accepted: list[set[tuple[str, str]]]
    scales: dict[str, float]
    notes: list[str]


def read_digitisation(
    file: Path, specimens: Sequence[Specimen], landmarks: Sequence[str], defined: Sequence[str]
) -> FileContents:
    """Read a digitisation of the specimens of a project.

    Parameters
    ----------
    file : Path
        In a format that `napari_homolog.read_landmarks` reads; predicted landmarks are ignored.
    specimens : sequence of Specimen
        Specimens of the project; those of the file are matched by the names of their images.
    landmarks : sequence of str
        Landmarks of the project that are read.
    defined : sequence of str
        All of its landmarks, those of the scale bar among them. A file with numbered landmarks has
        these or those in their order.

    Returns
    -------
    FileContents

    Raises
    ------
    ProjectError
        If the file has none of the specimens or landmarks, or nothing placed by hand, or if a
        specimen is ambiguous.
    FormatError
        If the file cannot be read.
    """
    known = _Known(specimens)
    rows = formats.read_landmarks(file, image_size=known.size_of)
    matched = [(row, known.match(row.image, row.identifier or "", file)) for row in rows]
    unmatched = [row.image or row.identifier or "" for row, own in matched if own is None]
    if len(unmatched) == len(rows):
        images = listed(list(images_called(specimens).values()))
        raise ProjectError(
            f"{file} has none of the project's specimens: it names the images {listed(unmatched)}, the "
            f"project has {images}; give a file on these images."
        )
    names, unknown = _landmarks(file, rows, landmarks, defined)
    contents = FileContents([], [], {}, [])
    for what, ignored in (("specimens", unmatched), ("landmarks", unknown)):
        if ignored:
            names_ignored = listed(list(dict.fromkeys(ignored)))
            contents.notes.append(
                f"Ignored in {file.name}, not in the project: {what} {names_ignored}."
            )
    for row, specimen in matched:
        if specimen is not None:
            _add(contents, row, specimen.name, names)
    if not contents.repeats:
        raise ProjectError(
            f"{file} has only predictions and no landmarks placed by hand; give a file with the "
            "landmarks of a person."
        )
    return contents


def _add(
    contents: FileContents, row: formats.Specimen, specimen: str, names: Mapping[str, str]
) -> None:
    """Add the points of one row of a file to the first repeat that lacks its specimen."""
    points = {
        names[name]: point
        for name, point in placed_by_hand(row).items()
        if point is not None and name in names
    }
    if not points:
        return
    repeat = sum(specimen in earlier for earlier in contents.repeats)
    if repeat == len(contents.repeats):
        contents.repeats.append({})
        contents.accepted.append(set())
    contents.repeats[repeat][specimen] = points
    for name, status in zip(row.landmarks.names, row.status or (), strict=False):
        if status == PlacementStatus.ACCEPTED and names.get(name) in points:
            contents.accepted[repeat].add((specimen, names[name]))
    if row.scale is not None:
        contents.scales.setdefault(specimen, row.scale)


def _landmarks(
    file: Path,
    rows: Sequence[formats.Specimen],
    landmarks: Sequence[str],
    defined: Sequence[str],
) -> tuple[dict[str, str], list[str]]:
    """Return the project's names of the file's landmarks, and those that the project lacks."""
    names = list(dict.fromkeys(name for row in rows for name in row.landmarks.names))
    shared = {name: name for name in names if name in landmarks}
    if shared:
        return shared, [name for name in names if name not in defined]
    for ordered in (landmarks, defined):
        if names == [str(number + 1) for number in range(len(ordered))]:
            named = zip(names, ordered, strict=True)
            return {number: name for number, name in named if name in landmarks}, []
    raise ProjectError(
        f"{file} has the {len(names)} landmarks {listed(names)}, the project has the "
        f"{len(landmarks)} landmarks {listed(landmarks)}; use the same names, or as many numbered "
        "landmarks."
    )


class _Known(SpecimenNames):
    """The specimens of a project by their names, and the sizes of their images."""

    def __init__(self, specimens: Sequence[Specimen]) -> None:
        super().__init__(specimens)
        self._sizes = {specimen.size for specimen in specimens}

    def size_of(self, text: str) -> tuple[int, int] | None:
        """Return the height and width of an image of the project; None if ambiguous."""
        sizes = {specimen.size for specimen in self.find(text)}
        if not sizes and text:
            return ANY_SIZE
        # Without a name it may be any image; this does not matter if all have one size.
        sizes = sizes or self._sizes
        return next(iter(sizes)) if len(sizes) == 1 else None
