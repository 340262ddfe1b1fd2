"""DeepLabCut tables: a row per image; columns per scorer, individual, body part and coordinate."""

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
    combined_error,
    is_informative,
    require_same_landmarks,
    require_specimens,
    size_of,
    warn,
)
from .placement import PlacementCheck
from .text_files import FAR, one_line

DATA = "labeled-data"
"""Folder of a DeepLabCut project that holds the labelled images, one folder per series."""

SCORER = "homolog"
"""The scorer, unless the file is called ``CollectedData_NAME``."""


@dataclass(frozen=True)
class Frame:
    """A table, as CSV or HDF5.

    Attributes
    ----------
    scorer : str
        Who digitised.
    columns : list of (str, str, str)
        Individual (empty in files of single animals), body part, and ``x``, ``y`` or
        ``likelihood``.
    rows : list of tuple of str
        The components of each image's path, or the number of a video frame.
    values : ndarray of float64, shape (rows, columns)
        Pixels, x to the right and y downwards; NaN where missing.
    header : str
        Where in the file the body parts are, for messages.
    places : tuple of str
        Where each row is in the file.
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
    """Return the specimens of a table: one for each image, or for each individual on it.

    Parameters
    ----------
    path : Path
        The file, for messages.
    frame : Frame
        The table.
    image_size : (int, int) or callable, optional
        Height and width in pixels, which the specimens get.

    Raises
    ------
    FormatError
        With the place of each problem, up to 20 of them.

    Warns
    -----
    FormatWarning
        If a likelihood is not within 0 and 1; it is clipped to that range. About landmarks that
        contradict their images.
    """
    problems = _problems_of_columns(path, frame)
    if problems:
        raise combined_error(problems)
    columns = _columns_by_individual(frame.columns)
    several = len(columns) > 1
    specimens = []
    clipped, check = 0, PlacementCheck(path, upward=False)
    for row, place, values in zip(frame.rows, frame.places, frame.values, strict=True):
        for individual, parts in columns.items():
            names, points, likelihood = _marks(parts, values)
            problems += _problems_of_points(f"{path}, {place}", names, points)
            # An individual without any point is not on this image.
            if problems or (several and np.isnan(points).all()):
                continue
            likelihood[np.isnan(points[:, 0])] = math.nan
            clipped += int(((likelihood < 0) | (likelihood > 1)).sum())
            image, frame_number = _image_of(row)
            try:
                landmarks = Landmarks.from_arrays(names, points)
            except LandmarkError as error:
                problems.append(f"{path}, {place}: {error}")
                continue
            size = size_of(image, image_size) if image else None
            if size is not None:
                check.add(image, landmarks.points, size, [f"{place}, {name}" for name in names])
            specimens.append(
                Specimen(
                    image,
                    landmarks,
                    " ".join(filter(None, (frame_number, individual))) or None,
                    confidence=None if np.isnan(likelihood).all() else likelihood.clip(0, 1),
                    image_size=size,
                )
            )
    if problems:
        raise combined_error(problems)
    if not specimens:
        raise FormatError(f"{path}: no point is labelled on any image; label some first.")
    check.warn()
    if clipped:
        warn(
            f"{path}: {clipped} likelihoods are not within 0 and 1; they were clipped to that range."
        )
    return specimens


def frame_of(path: Path, specimens: Sequence[Specimen]) -> tuple[Frame, list[str]]:
    """Return specimens as a table, and what is left out of them.

    If each image occurs once, it is a table of single animals. Otherwise the specimens of an image
    become individuals, by identifier if all images share the same few identifiers.

    Raises
    ------
    FormatError
        If there is no specimen, one has no image, or those of an individual differ in their landmarks.
    """
    require_specimens(path, specimens)
    groups: dict[tuple[str, ...], list[Specimen]] = {}
    for specimen in specimens:
        groups.setdefault(_row_of(path, specimen), []).append(specimen)
    most = max(map(len, groups.values()))
    if most == 1:
        placed = [("", row, group[0]) for row, group in groups.items()]
        lost = any(is_informative(specimen) for specimen in specimens)
    else:
        by_identifier = _shared_identifiers(list(groups.values()), most)
        placed = [
            ((specimen.identifier or "") if by_identifier else f"individual{n}", row, specimen)
            for row, group in groups.items()
            for n, specimen in enumerate(group, 1)
        ]
        lost = not by_identifier and any(is_informative(specimen) for specimen in specimens)
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
        raise combined_error(problems)
    return frame, ["identifiers"] if lost else []


def _problems_of_columns(path: Path, frame: Frame) -> list[str]:
    problems, place = [], f"{path}, {frame.header}" if frame.header else str(path)
    seen = set[tuple[str, str, str]]()
    for individual, part, coordinate in frame.columns:
        where = f"{part!r} of {individual!r}" if individual else repr(part)
        if coordinate not in ("x", "y", "likelihood"):
            problems.append(
                f"{place}: {coordinate[:20]!r} of {where}; expected x, y or likelihood."
            )
        elif not part:
            problems.append(f"{place}: a column has no body part.")
        if (individual, part, coordinate) in seen:
            problems.append(f"{place}: duplicate body part {where}.")
        seen.add((individual, part, coordinate))
    present = set(frame.columns)
    for individual, part in dict.fromkeys((i, p) for i, p, _ in frame.columns):
        if not {(individual, part, "x"), (individual, part, "y")} <= present:
            problems.append(f"{place}: body part {part!r} needs the columns x and y.")
    return list(dict.fromkeys(problems))


Parts = dict[str, dict[str, int]]
"""Body parts, and the columns of their coordinates."""


def _columns_by_individual(columns: list[tuple[str, str, str]]) -> dict[str, Parts]:
    found: dict[str, Parts] = {}
    for index, (individual, part, coordinate) in enumerate(columns):
        found.setdefault(individual, {}).setdefault(part, {})[coordinate] = index
    return found


def _marks(
    parts: Parts, values: NDArray[np.float64]
) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    """Return an individual's body parts on an image, their (row, col) and their likelihoods."""
    points = values[[[columns["y"], columns["x"]] for columns in parts.values()]]
    likelihood = [
        values[columns["likelihood"]] if "likelihood" in columns else math.nan
        for columns in parts.values()
    ]
    return list(parts), points, np.array(likelihood)


def _problems_of_points(place: str, names: list[str], points: NDArray[np.float64]) -> list[str]:
    problems = []
    for name, (row, col) in zip(names, points.tolist(), strict=True):
        if math.isnan(row) != math.isnan(col):
            present, missing = ("y", "x") if math.isnan(col) else ("x", "y")
            problems.append(f"{place}: {name} has {present} but no {missing}.")
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
            f"{path}: a specimen has no image name, by which DeepLabCut identifies it; give it one."
        )
    folder = parts[-2] if len(parts) > 1 else path.absolute().parent.name or "images"
    return DATA, folder, parts[-1]


def _shared_identifiers(groups: list[list[Specimen]], most: int) -> bool:
    """Return whether identifiers name a few individuals that recur on the images."""
    identifiers = [[specimen.identifier or "" for specimen in group] for group in groups]
    distinct = all(all(names) and len(set(names)) == len(names) for names in identifiers)
    return distinct and len({name for names in identifiers for name in names}) == most


def _starts(individuals: dict[str, list[Specimen]]) -> dict[str, int]:
    """Return the first column of each individual."""
    starts, column = {}, 0
    for individual, members in individuals.items():
        starts[individual] = column
        column += 2 * len(members[0].landmarks)
    return starts


def _scorer(path: Path) -> str:
    match = re.fullmatch(r"CollectedData_(.+)", path.stem)
    return match[1] if match else SCORER
