"""Reading COCO keypoints: JSON with images, categories and annotations, y downwards."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError, LandmarkError
from ..landmarks import Landmarks
from .file_specimen import ImageSize, Specimen, combined_error, size_of, warn
from .json_lists import Lists, read_lists
from .placement import PlacementCheck
from .text_files import FAR

MISSING, OCCLUDED, VISIBLE = 0, 1, 2
"""COCO's visibility flags."""

EXTRA = "homolog"
"""Key of an annotation that holds what COCO has no place for."""


def read_coco(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read COCO keypoints.

    Parameters
    ----------
    path : Path
        The file.
    image_size : (int, int) or callable, optional
        Height and width in pixels of images whose size is not in the file.

    Returns
    -------
    list of Specimen
        One for each annotation that has keypoints.

    Raises
    ------
    FormatError
        With file and line of each problem, up to 20 of them.

    Warns
    -----
    FormatWarning
        About landmarks and sizes that contradict the images, categories without keypoint names or
        with a skeleton that does not count from 1, and annotations without
        keypoints, which are left out.
    """
    return _Reader(path, image_size).read(read_lists(path))


@dataclass(frozen=True)
class _Image:
    name: str
    size: tuple[int, int] | None
    stated: bool = False


@dataclass(frozen=True)
class _Category:
    name: str
    keypoints: tuple[str, ...] | None


class _Reader:
    """Converts the lists of one file to specimens and collects the problems."""

    def __init__(self, path: Path, image_size: ImageSize) -> None:
        self._path, self._image_size = path, image_size
        self._problems: list[str] = []
        self._warnings: list[str] = []
        self._check = PlacementCheck(path, upward=False)
        self._named = True

    def read(self, lists: Lists) -> list[Specimen]:
        missing = [what for what in ("images", "annotations") if what not in lists.items]
        if missing:
            raise FormatError(
                f"{self._path}, line 1: no list of {' and no list of '.join(missing)}; expected "
                "COCO keypoints."
            )
        images = {
            key: self._image(line, item)
            for key, (line, item) in self._by_id(lists, "images").items()
        }
        self._named = bool(lists.items.get("categories"))
        if not self._named:
            self._warnings.append("line 1: there are no categories; landmarks are called 1 to n.")
        categories = {
            key: self._category(line, item)
            for key, (line, item) in self._by_id(lists, "categories").items()
        }
        annotations = self._by_id(lists, "annotations")
        specimens = [
            self._specimen(f"line {line}: annotation id {key}", item, images, categories)
            for key, (line, item) in annotations.items()
            if item.get("keypoints")
        ]
        if self._problems:
            raise combined_error(self._problems)
        if not specimens:
            raise FormatError(
                f"{self._path}: no annotation has keypoints; give a file of COCO keypoints."
            )
        if len(specimens) < len(annotations):
            count = len(annotations) - len(specimens)
            self._warnings.append(f"left out {count} annotations without keypoints.")
        for warning in self._warnings:
            warn(f"{self._path}, {warning}")
        self._check.warn()
        return [specimen for specimen in specimens if specimen is not None]

    def _problem(self, place: str, text: str) -> None:
        self._problems.append(f"{self._path}, {place}: {text}")

    def _by_id(self, lists: Lists, what: str) -> dict[Any, tuple[int, dict[str, Any]]]:
        items: dict[Any, tuple[int, dict[str, Any]]] = {}
        for line, item in lists.items.get(what, []):
            key = item.get("id") if isinstance(item, dict) else None
            if isinstance(key, bool) or not isinstance(key, int | float | str):
                self._problem(f"line {line}", f"one of the {what} has no id.")
            elif key in items:
                self._problem(
                    f"line {line}", f"{what}: id {key} is used on line {items[key][0]} already."
                )
            else:
                items[key] = line, item
        return items

    def _image(self, line: int, item: dict[str, Any]) -> _Image:
        name, size = item.get("file_name"), (item.get("height"), item.get("width"))
        if not isinstance(name, str):
            self._problem(f"line {line}", f"image id {item['id']} has no file_name.")
            return _Image("", None)
        if size == (None, None):
            return _Image(name, size_of(name, self._image_size))
        height, width = size
        if not all(type(side) is int and 0 < side < FAR for side in (height, width)):
            self._problem(
                f"line {line}",
                f"image id {item['id']} has width {width!r} and height {height!r}; expected numbers "
                "of pixels.",
            )
            return _Image(name, None)
        stated = int(item["height"]), int(item["width"])
        found = size_of(name, self._image_size)
        if found is not None:
            self._check.add_sizes(name, stated, found, f"line {line}")
        return _Image(name, stated, stated=True)

    def _category(self, line: int, item: dict[str, Any]) -> _Category:
        place = f"line {line}: category {item.get('name', item['id'])}"
        keypoints, skeleton = item.get("keypoints"), item.get("skeleton") or []
        if keypoints is None or keypoints == []:
            keypoints = None
            self._warnings.append(f"{place} has no keypoint names; they are called 1 to n.")
        elif not (isinstance(keypoints, list) and all(isinstance(k, str) for k in keypoints)):
            self._problem(place, "keypoints must be a list of names.")
            keypoints = None
        links = skeleton if isinstance(skeleton, list) else []
        ends = [end for link in links if isinstance(link, list) for end in link]
        if 0 in ends:
            self._warnings.append(
                f"{place}: the skeleton has index 0, but COCO counts from 1; links are ignored."
            )
        return _Category(str(item.get("name", "")), None if keypoints is None else tuple(keypoints))

    def _specimen(
        self,
        place: str,
        item: dict[str, Any],
        images: dict[Any, _Image],
        categories: dict[Any, _Category],
    ) -> Specimen | None:
        before = len(self._problems)
        for what, known in (("image", images), ("category", categories)):
            if what == "category" and not self._named:
                continue
            key = item.get(f"{what}_id")
            if not isinstance(key, int | float | str) or key not in known:
                many = {"image": "images", "category": "categories"}[what]
                self._problem(place, f"{what}_id {key!r} is not among the {many}.")
        if len(self._problems) > before:
            return None
        names = categories[item["category_id"]].keypoints if self._named else None
        triples = self._triples(place, item["keypoints"], names)
        if triples is None:
            return None
        x, y, flags = triples.T
        points = np.where((flags == MISSING)[:, None], math.nan, np.c_[y, x])
        image = images[item["image_id"]]
        places = [f"{place}, keypoint {n + 1}" for n in range(len(points))]
        self._check.add(image.name, points, image.size, places)
        try:
            return Specimen(
                image.name,
                Landmarks.from_arrays(
                    names or [str(index + 1) for index in range(len(points))], points
                ),
                image_size=image.size,
                size_stated=image.stated,
                occluded=flags == OCCLUDED if (flags == OCCLUDED).any() else None,
                **_extra(item.get(EXTRA, {})),
            )
        except (LandmarkError, FormatError) as error:
            self._problem(place, str(error))
            return None

    def _triples(
        self, place: str, values: Any, names: tuple[str, ...] | None
    ) -> NDArray[np.float64] | None:
        before = len(self._problems)
        if not isinstance(values, list) or len(values) % 3:
            given = len(values) if isinstance(values, list) else repr(values)[:20]
            expected = f"3 x {len(names)}" if names is not None else "x, y and visibility of each"
            self._problem(place, f"{given} numbers in keypoints, {expected} expected.")
            return None
        if names is not None and len(values) != 3 * len(names):
            self._problem(place, f"{len(values)} numbers in keypoints, 3 x {len(names)} expected.")
        for index, value in enumerate(values):
            if not _is_number(value) or not abs(value) <= FAR:
                self._problem(place, f"{str(value)[:20]} is not a position in pixels.")
            elif index % 3 == 2 and value not in (MISSING, OCCLUDED, VISIBLE):
                self._problem(place, f"visibility {value}, expected 0, 1 or 2.")
        return None if len(self._problems) > before else np.reshape(values, (-1, 3)).astype(float)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _extra(given: Any) -> dict[str, Any]:
    """Return what an annotation holds beside its keypoints, as arguments of `Specimen`."""
    if not isinstance(given, dict):
        raise FormatError(f"{EXTRA} must be an object.")
    arguments: dict[str, Any] = {}
    for what in ("identifier", "comment"):
        if not isinstance(given.get(what), str | None):
            raise FormatError(f"{EXTRA}.{what} must be text.")
        arguments[what] = given.get(what)
    scale = given.get("scale")
    if scale is not None and not (_is_number(scale) and 0 < scale < math.inf):
        raise FormatError(f"{EXTRA}.scale must be a positive number.")
    arguments["scale"] = None if scale is None else float(scale)
    for what, most in (("confidence", 1.0), ("spread", FAR)):
        values = given.get(what)
        if values is None:
            continue
        if not (
            isinstance(values, list)
            and all(v is None or (_is_number(v) and 0 <= v <= most) for v in values)
        ):
            raise FormatError(f"{EXTRA}.{what} must be numbers from 0 to {most:g}, or null.")
        arguments[what] = np.array([math.nan if v is None else float(v) for v in values])
    status = given.get("status")
    if status is not None and not (
        isinstance(status, list) and all(isinstance(word, str) for word in status)
    ):
        raise FormatError(f"{EXTRA}.status must be a list of words.")
    arguments["status"] = None if status is None else tuple(status)
    return arguments
