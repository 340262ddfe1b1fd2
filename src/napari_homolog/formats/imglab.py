"""Reading and writing the XML of dlib's imglab, from which ml-morph trains: y downwards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from ..errors import FormatError, LandmarkError
from ..landmarks import Landmarks
from .file_specimen import (
    ImageSize,
    Specimen,
    combined_error,
    require_specimens,
    size_of,
    warn,
)
from .placement import PlacementCheck, listed_names
from .text_files import FAR, number_of, read_text, write_text

MARGIN = 0.1
"""Share of the extent of the landmarks that a written box exceeds it by at each side."""

Part = tuple[str, tuple[float, float]]


def imglab_root(path: Path) -> ElementTree.Element:
    """Return the root element of an imglab file.

    Raises
    ------
    FormatError
        If the file is missing, is not valid XML or not imglab's.
    """
    text = read_text(path)
    if "<!ENTITY" in text:
        raise FormatError(f"{path} declares entities, which imglab never writes; not read.")
    try:
        # A string with a declaration of its encoding is refused, bytes are not.
        root = ElementTree.XML(text.encode("utf-8"), parser=ElementTree.XMLParser(encoding="utf-8"))
    except (ElementTree.ParseError, UnicodeEncodeError) as error:
        raise FormatError(f"{path}: not valid XML: {error}.") from error
    if root.tag != "dataset":
        raise FormatError(f"{path}: an XML file of {root.tag!r}; expected imglab's dataset.")
    return root


def read_imglab(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read the parts in the boxes of an imglab file.

    Parameters
    ----------
    path : Path
        The file.
    image_size : (int, int) or callable, optional
        Height and width in pixels, which the specimens get.

    Returns
    -------
    list of Specimen
        One for each box with parts. All have the parts of the whole file; those that a box lacks are
        missing. Parts called by numbers are in the order of the numbers, and without leading zeros.

    Raises
    ------
    FormatError
        With image and part of each problem, up to 20 of them.

    Warns
    -----
    FormatWarning
        About boxes without parts, which are left out, and landmarks that contradict their images.
    """
    found: list[tuple[str, list[Part]]] = []
    bare: list[str] = []
    problems: list[str] = []
    for image in imglab_root(path).iter("image"):
        name = image.get("file", "")
        for box in image.iter("box"):
            parts = _parts(box, f"{path}, image {name}", problems)
            if box.get("ignore") == "1":
                continue
            if parts:
                found.append((name, parts))
            else:
                bare.append(name)
    if problems:
        raise combined_error(problems)
    if not found:
        raise FormatError(f"{path}: no box has parts; mark landmarks in some first.")
    names = _ordered({part: None for _, parts in found for part, _ in parts})
    check = PlacementCheck(path, upward=False)
    specimens = []
    for image_name, parts in found:
        given = dict(parts)
        points = np.array([given.get(part, (math.nan, math.nan)) for part in names])
        size = size_of(image_name, image_size)
        check.add(image_name, points, size, [f"image {image_name}, part {part}" for part in names])
        try:
            landmarks = Landmarks.from_arrays(names, points)
        except LandmarkError as error:
            raise FormatError(f"{path}, image {image_name}: {error}") from error
        specimens.append(Specimen(image_name, landmarks, image_size=size))
    if bare:
        warn(
            f"{path}: {len(bare)} of {len(bare) + len(found)} boxes have no landmarks yet: "
            f"{listed_names(bare)}."
        )
    check.warn()
    return specimens


def write_imglab(path: Path, specimens: Sequence[Specimen]) -> list[str]:
    """Write specimens for dlib's imglab and shape trainer, atomically.

    Each specimen becomes a box that exceeds its landmarks by a tenth of their extent. dlib reads
    whole pixels only and sorts parts as text, so numbers get leading zeros.

    Parameters
    ----------
    path : Path
        The file.
    specimens : sequence of Specimen
        Those without any landmark are left out.

    Returns
    -------
    list of str
        What was rounded or left out.

    Raises
    ------
    FormatError
        If there is no specimen with a landmark, or the file cannot be written.

    Warns
    -----
    FormatWarning
        If dlib will sort the landmarks into another order.
    """
    require_specimens(path, specimens)
    placed = [specimen for specimen in specimens if specimen.landmarks.present.any()]
    if not placed:
        raise FormatError(f"{path}: no specimen has a landmark; give at least one.")
    root = ElementTree.Element("dataset")
    images = ElementTree.SubElement(root, "images")
    elements: dict[str, ElementTree.Element] = {}
    for specimen in placed:
        element = elements.get(specimen.image)
        if element is None:
            element = ElementTree.SubElement(images, "image", file=specimen.image)
            elements[specimen.image] = element
        element.append(_box(specimen))
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    write_text(path, f"<?xml version='1.0' encoding='UTF-8'?>\n{text}\n")
    names = [_part_names(specimen.landmarks.names) for specimen in placed]
    if any(list(parts) != sorted(parts) for parts in names):
        warn(
            f"{path}: dlib sorts parts by name as text, which is not the order of these landmarks; "
            "go by the names."
        )
    left_out = len(specimens) - len(placed)
    points = np.concatenate([specimen.landmarks.points for specimen in placed])
    lost = [f"{left_out} specimens without landmarks"] if left_out else []
    if np.nansum(np.abs(points - np.round(points))) > 0:
        lost.append("fractions of pixels")
    return lost


def _parts(box: ElementTree.Element, place: str, problems: list[str]) -> list[Part]:
    parts: dict[str, tuple[float, float]] = {}
    for part in box.iter("part"):
        name = part.get("name", "").strip()
        name = str(int(name)) if name.isascii() and name.isdecimal() and len(name) < 10 else name
        x, y = (number_of(part.get(axis, "")) for axis in ("x", "y"))
        if not name:
            problems.append(f"{place}: a part has no name.")
        elif x is None or y is None or not max(abs(x), abs(y)) <= FAR:
            problems.append(
                f"{place}, part {name}: x = {part.get('x')!r} and y = {part.get('y')!r}; expected "
                "numbers of pixels."
            )
        elif name in parts:
            problems.append(f"{place}: two parts {name!r} in one box.")
        else:
            parts[name] = y, x
    return list(parts.items())


def _ordered(names: dict[str, None]) -> list[str]:
    if all(name.isascii() and name.isdecimal() for name in names):
        return sorted(names, key=int)
    return list(names)


def _part_names(names: Sequence[str]) -> list[str]:
    """Return names of parts whose order as text is that of the numbers, if all are numbers."""
    if all(name.isascii() and name.isdecimal() for name in names):
        width = max(map(len, names))
        return [name.zfill(width) for name in names]
    return list(names)


def _box(specimen: Specimen) -> ElementTree.Element:
    marks = specimen.landmarks
    there = marks.points[marks.present]
    first, last = there.min(0), there.max(0)
    margin = MARGIN * (last - first)
    first, last = np.floor(first - margin), np.ceil(last + margin)
    if specimen.image_size is not None:
        first = np.maximum(first, 0)
        last = np.minimum(last, np.array(specimen.image_size) - 1)
    (top, left), (height, width) = first.astype(int), np.maximum(last - first + 1, 1).astype(int)
    box = ElementTree.Element(
        "box", top=str(top), left=str(left), width=str(width), height=str(height)
    )
    for name, (row, col) in zip(_part_names(marks.names), marks.points.tolist(), strict=True):
        if not math.isnan(row):
            x, y = math.floor(col + 0.5), math.floor(row + 0.5)
            ElementTree.SubElement(box, "part", name=name, x=str(x), y=str(y))
    return box
