"""DeepLabCut's table: a row for each image, columns by scorer, individual, body part and x or y."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError, LandmarkError
from ..landmarks import Landmarks
from .file_specimen import (
    ImageSize,
    Specimen,
    joined,
    require_same_landmarks,
    require_some,
    says_more,
    size_of,
    tell,
)
from .text_files import one_line
from .tps_lines import FAR

DATA = "labeled-data"
"""Folder of a DeepLabCut project in which labelled images lie, each in a folder of its series."""

SCORER = "homolog"
"""Who marked, where the file's name does not tell (``CollectedData_NAME``)."""


@dataclass(frozen=True)
class Frame:
    """The table, however it is stored.

    Attributes
    ----------
    scorer : str
        Who marked.
    columns : list of (str, str, str)
        Individual (empty in files of single animals), body part, and ``x``, ``y`` or
        ``likelihood``.
    rows : list of tuple of str
        The parts of each image's path, or the number of a film's frame.
    values : ndarray of float64, shape (rows, columns)
        Pixels, x to the right and y downwards; NaN where missing.
    header : str
        Where in the file the body parts stand, for messages.
    places : tuple of str
        Where each row stands.
    """

    scorer: str
    columns: list[tuple[str, str, str]]
    rows: list[tuple[str, ...]]
    values: NDArray[np.float64]
    header: str = ""
    places: tuple[str, ...] = ()

    @property
    def individuals(self) -> list[str]:
        """The individuals, in the columns' order."""
        return list(dict.fromkeys(individual for individual, _, _ in self.columns))


def specimens_of(path: Path, frame: Frame, image_size: ImageSize) -> list[Specimen]:
    """Return a table's specimens: one for each image, or for each individual on it.

    Raises
    ------
    FormatError
        With the place of everything that is wrong, up to 20 findings.

    Warns
    -----
    FormatWarning
        If a likelihood is not within 0 and 1; it is then cut to that range.
    """
    problems = _problems_of_columns(path, frame)
    if problems:
        raise joined(problems)
    several = len(frame.individuals) > 1
    specimens = []
    beyond = 0
    for row, place, values in zip(frame.rows, frame.places, frame.values, strict=True):
        for individual in frame.individuals:
            names, points, likelihood = _marks(frame.columns, individual, values)
            problems += _problems_of_points(f"{path}, {place}", names, points)
            # An individual without any point is not on this image.
            if problems or (several and np.isnan(points).all()):
                continue
            likelihood[np.isnan(points[:, 0])] = math.nan
            beyond += int(((likelihood < 0) | (likelihood > 1)).sum())
            image, frame_number = _image_of(row)
            try:
                landmarks = Landmarks.from_arrays(names, points)
            except LandmarkError as error:
                problems.append(f"{path}, {place}: {error}")
                continue
            specimens.append(
                Specimen(
                    image,
                    landmarks,
                    " ".join(filter(None, (frame_number, individual))) or None,
                    confidence=None if np.isnan(likelihood).all() else likelihood.clip(0, 1),
                    image_size=size_of(image, image_size) if image else None,
                )
            )
    if problems:
        raise joined(problems)
    if not specimens:
        raise FormatError(f"{path}: no point is marked on any image.")
    if beyond:
        tell(f"{path}: {beyond} likelihoods are not within 0 and 1; cut to that range.")
    return specimens


def frame_of(path: Path, specimens: Sequence[Specimen]) -> tuple[Frame, list[str]]:
    """Return specimens as a table, and what of them is left out.

    Images that occur once make a table of single animals. If some occur more often, their
    specimens become individuals, by identifier where all images share the same few identifiers.

    Raises
    ------
    FormatError
        If there is none, one has no image, or specimens of an individual differ in their landmarks.
    """
    require_some(path, specimens)
    groups: dict[tuple[str, ...], list[Specimen]] = {}
    for specimen in specimens:
        groups.setdefault(_row_of(path, specimen), []).append(specimen)
    most = max(map(len, groups.values()))
    if most == 1:
        placed = [("", row, group[0]) for row, group in groups.items()]
        lost = any(says_more(one.identifier, one.image) for one in specimens)
    else:
        by_identifier = _shared_identifiers(list(groups.values()), most)
        placed = [
            ((one.identifier or "") if by_identifier else f"individual{n}", row, one)
            for row, group in groups.items()
            for n, one in enumerate(group, 1)
        ]
        lost = not by_identifier and any(says_more(one.identifier, one.image) for one in specimens)
    individuals: dict[str, list[Specimen]] = {}
    for individual, _, specimen in placed:
        individuals.setdefault(individual, []).append(specimen)
    for members in individuals.values():
        require_same_landmarks(path, members, "DeepLabCut has one set of body parts")
    columns = [
        (one_line(individual), one_line(name), coordinate)
        for individual, members in individuals.items()
        for name in members[0].landmarks.names
        for coordinate in ("x", "y")
    ]
    starts = _starts(individuals)
    values = np.full((len(groups), len(columns)), math.nan)
    order = {row: index for index, row in enumerate(groups)}
    for individual, row, specimen in placed:
        flat = specimen.landmarks.points[:, ::-1].ravel()
        values[order[row], starts[individual] : starts[individual] + len(flat)] = flat
    frame = Frame(_scorer(path), columns, list(groups), values)
    problems = _problems_of_columns(path, frame)
    if problems:
        raise joined(problems)
    return frame, ["identifiers"] if lost else []


def _problems_of_columns(path: Path, frame: Frame) -> list[str]:
    problems, place = [], f"{path}, {frame.header}" if frame.header else str(path)
    for index, (individual, part, coordinate) in enumerate(frame.columns):
        where = f"{part!r} of {individual!r}" if individual else repr(part)
        if coordinate not in ("x", "y", "likelihood"):
            problems.append(
                f"{place}: {coordinate[:20]!r} of {where}; expected x, y or likelihood."
            )
        elif not part:
            problems.append(f"{place}: a column has no body part.")
        if frame.columns.index((individual, part, coordinate)) < index:
            problems.append(f"{place}: body part {where} stands twice.")
    there = set(frame.columns)
    for individual, part in dict.fromkeys((i, p) for i, p, _ in frame.columns):
        if not {(individual, part, "x"), (individual, part, "y")} <= there:
            problems.append(f"{place}: body part {part!r} needs the columns x and y.")
    return list(dict.fromkeys(problems))


def _marks(
    columns: list[tuple[str, str, str]], individual: str, values: NDArray[np.float64]
) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    """Return an individual's body parts on an image, their (row, col) and their likelihoods."""
    held = {column: value for column, value in zip(columns, values, strict=True)}
    names = list(dict.fromkeys(part for who, part, _ in columns if who == individual))
    points = [[held[individual, name, axis] for axis in ("y", "x")] for name in names]
    likelihood = [held.get((individual, name, "likelihood"), math.nan) for name in names]
    return names, np.array(points), np.array(likelihood)


def _problems_of_points(place: str, names: list[str], points: NDArray[np.float64]) -> list[str]:
    problems = []
    for name, (row, col) in zip(names, points.tolist(), strict=True):
        if math.isnan(row) != math.isnan(col):
            there, lacking = ("y", "x") if math.isnan(col) else ("x", "y")
            problems.append(f"{place}: {name} has {there} but no {lacking}.")
        elif max(abs(row), abs(col)) > FAR:
            problems.append(f"{place}: {name} is not at a finite position in an image.")
    return problems


def _image_of(row: tuple[str, ...]) -> tuple[str, str]:
    """Return an image's path, or the number of a frame."""
    parts = [part for part in row if part]
    if len(parts) == 1 and parts[0].isdecimal():
        return "", parts[0]
    return "/".join(parts), ""


def _row_of(path: Path, specimen: Specimen) -> tuple[str, ...]:
    parts = [
        one_line(part)
        for part in re.split(r"[/\\]", specimen.image)
        if part.strip() not in ("", ".")
    ]
    if not parts:
        raise FormatError(
            f"{path}: a specimen has no image's name, and DeepLabCut knows specimens by their image."
        )
    folder = parts[-2] if len(parts) > 1 else path.absolute().parent.name or "images"
    return DATA, folder, parts[-1]


def _shared_identifiers(groups: list[list[Specimen]], most: int) -> bool:
    """Return whether identifiers are a few individuals that occur again on the images."""
    named = [[one.identifier or "" for one in group] for group in groups]
    apart = all(all(names) and len(set(names)) == len(names) for names in named)
    return apart and len({name for names in named for name in names}) == most


def _starts(individuals: dict[str, list[Specimen]]) -> dict[str, int]:
    """Return at which column each individual starts."""
    starts, column = {}, 0
    for individual, members in individuals.items():
        starts[individual] = column
        column += 2 * len(members[0].landmarks)
    return starts


def _scorer(path: Path) -> str:
    match = re.fullmatch(r"CollectedData_(.+)", path.stem)
    return match[1] if match else SCORER
