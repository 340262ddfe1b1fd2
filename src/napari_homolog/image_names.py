"""Matching the names of images with the names of image files and specimens.

Landmark files name images by what they were called on the machine on which they were digitised. Since
then the folder may be another one, the image may have been exported to another format, or a program
may have changed the letter case, the Unicode form or the suffix.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from .errors import AmbiguousNameError

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".gif", ".webp")
"""Suffixes of the image files that this package reads, in lower case, the most common ones first."""

RAW_SUFFIXES = (
    *(".arw", ".cr2", ".cr3", ".crw", ".dng", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw"),
    *(".rw2", ".sr2", ".srw", ".x3f"),
)
"""Suffixes of cameras' raw files, which are read where rawpy is installed."""

HEIF_SUFFIXES = (".heic", ".heif")
"""Suffixes of telephones' pictures, which are read where pillow-heif is installed."""

FOREIGN_SUFFIXES = frozenset(
    {*RAW_SUFFIXES, *HEIF_SUFFIXES, ".czi", ".jp2", ".lif", ".nd2", ".ndpi", ".psd", ".svs", ".xcf"}
)
"""Suffixes of other pictures. A landmark file may name one that has been exported since."""

_SUFFIXES = FOREIGN_SUFFIXES.union(IMAGE_SUFFIXES)


class ImageNames:
    """Matches names of images with the names of some images or specimens.

    The file name, which is the last component of a path of any operating system, is compared

    1. as it is, then without regard to letter case, then without regard to the Unicode form (a
       composed or a decomposed ``ü``);
    2. if no file name is equal, without its image suffix: ``wing.tif`` and the label ``wing`` both
       mean ``wing.jpg``.

    Where several candidates are equal, the one that shares the most further path components with
    the name is meant: of ``male/001.jpg`` and ``female/001.jpg``, ``scans/male/001.jpg`` means the
    first.

    Parameters
    ----------
    names : iterable of str
        The candidates: file names, relative or absolute paths, or labels. An empty one is never
        found.
    labels : bool
        Whether a candidate without an image suffix is a label, so that a name with any suffix can
        mean it. False for listings of folders, in which ``wing.csv`` is no image.

    Examples
    --------
    >>> names = ImageNames(["male/001.jpg", "female/001.jpg", "Wing_2.JPG"])
    >>> names.find("wing_2.tif")
    2
    >>> names.find("scans/female/001.jpg")
    1
    >>> names.find_all("001.jpg")
    (0, 1)
    """

    def __init__(self, names: Iterable[str], *, labels: bool = True) -> None:
        self._labels = labels
        self._names: list[str] = []
        self._components: list[list[str]] = []
        self._by_file_name: dict[tuple[str, ...], list[int]] = {}
        self._by_stem: dict[tuple[str, ...], list[int]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Add a candidate after those there are."""
        place, components = len(self._names), split_path(name)
        self._names.append(name)
        self._components.append(components)
        if not components:
            return
        keys = [comparable(component) for component in components]
        _enter(self._by_file_name, keys, place)
        if self._labels or has_image_suffix(components[-1]):
            _enter(self._by_stem, _without_suffix(keys), place)

    def find(self, name: str) -> int | None:
        """Return the place of the candidate that a name means, or None if there is none.

        Raises
        ------
        AmbiguousNameError
            If the name means several candidates equally well.
        """
        places = self.find_all(name)
        if len(places) > 1:
            first, second = (self._names[place] for place in places[:2])
            raise AmbiguousNameError(
                f"The image name {name!r} may mean {first!r} or {second!r}; add the folder to the "
                "name, or rename one of them."
            )
        return places[0] if places else None

    def find_all(self, name: str) -> tuple[int, ...]:
        """Return the places of all candidates that a name means equally well, in their order.

        These are several if candidates have the same name (an image that was digitised twice), or
        if the name does not decide between them.
        """
        components = split_path(name)
        if not components:
            return ()
        keys = [comparable(component) for component in components]
        places, shared = _longest_ending(self._by_file_name, keys)
        if not places:
            places, shared = _longest_ending(self._by_stem, _without_suffix(keys))
        return tuple(self._most_alike(places, components, shared))

    def _most_alike(self, places: list[int], components: list[str], shared: int) -> list[int]:
        """Return those of equally good places that are spelled most like the name."""
        if len(places) < 2:
            return places
        ending = components[-shared:]
        for is_alike in (
            lambda candidate: candidate[-shared:] == ending,
            lambda candidate: _lower(candidate[-shared:]) == _lower(ending),
            # A file in the folder itself before one in a folder below.
            lambda candidate: len(candidate) == shared,
        ):
            places = [place for place in places if is_alike(self._components[place])] or places
        return places


def distinct_names(paths: Sequence[str], *, labels: bool = False) -> list[str]:
    """Return names of files with as many of their folders as tell them apart.

    Parameters
    ----------
    paths : sequence of str
        Absolute paths, of any operating system. Equal ones get equal names.
    labels : bool
        Whether to leave out suffixes of images that are not needed to tell the files apart.

    Examples
    --------
    >>> distinct_names(["/a/male/1.jpg", "/a/female/1.jpg", "/a/male/2.jpg"])
    ['male/1.jpg', 'female/1.jpg', '2.jpg']
    >>> distinct_names(["/a/wing.jpg", "/a/wing.png", "/a/leg.png"], labels=True)
    ['wing.jpg', 'wing.png', 'leg']
    """
    parts = {path: split_path(path) for path in paths}
    if labels:
        parts = {path: _without_suffix(components) for path, components in parts.items()}
    shown = _distinct_endings(list(_alike(parts)))
    names: dict[str, str] = {}
    for keys, same in _alike(parts).items():
        for path in same:
            # Files that differ in their suffixes only are told apart by these.
            ending = (split_path(path) if len(same) > 1 else parts[path])[-shown[keys] :]
            # What names no file stays as it is.
            names[path] = "/".join(ending) or file_name_of(path)
    return [names[path] for path in paths]


def _distinct_endings(paths: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    """Return how many of their last components tell different paths apart, for each of them."""
    lengths = dict.fromkeys(paths, 1)
    while True:
        alike: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        for path, length in lengths.items():
            alike.setdefault(path[-length:], []).append(path)
        crowded = [path for same in alike.values() if len(same) > 1 for path in same]
        longer = [path for path in crowded if lengths[path] < len(path)]
        if not longer:
            return lengths
        for path in longer:
            lengths[path] += 1


def _alike(names: Mapping[str, Sequence[str]]) -> dict[tuple[str, ...], list[str]]:
    """Return the paths whose components are equal by `comparable`, together."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for path, components in names.items():
        alike.setdefault(tuple(map(comparable, components)), []).append(path)
    return alike


def split_path(path: str) -> list[str]:
    """Return the components of a path of any operating system; none if it names no file."""
    components = [part for part in re.split(r"[/\\]", path) if part not in ("", ".")]
    if "\0" in path or re.search(r"(^|[/\\])\.{0,2}$", path):
        return []
    return components


def file_name_of(path: str) -> str:
    """Return the last component of a path of any operating system."""
    return re.split(r"[/\\]", path)[-1]


def stem_of(path: str) -> str:
    """Return the last component of a path without the suffix of an image.

    Examples
    --------
    >>> stem_of("scans/A. mellifera 1.2.tif"), stem_of("A. mellifera 1.2")
    ('A. mellifera 1.2', 'A. mellifera 1.2')
    """
    name = file_name_of(path)
    stem, dot, suffix = name.rpartition(".")
    return stem if stem and f"{dot}{suffix.lower()}" in _SUFFIXES else name


def comparable(name: str) -> str:
    """Return a name in lower case and composed Unicode, by which equal names are recognised."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def has_image_suffix(path: str) -> bool:
    """Return whether a file is one that this package reads as an image, by its suffix."""
    return path.lower().endswith(IMAGE_SUFFIXES)


def _lower(components: list[str]) -> list[str]:
    return [component.casefold() for component in components]


def _without_suffix(keys: list[str]) -> list[str]:
    return [*keys[:-1], stem_of(keys[-1])]


def _enter(table: dict[tuple[str, ...], list[int]], keys: list[str], place: int) -> None:
    """Enter a candidate under its last component, its last two, and so on."""
    for count in range(1, len(keys) + 1):
        table.setdefault(tuple(keys[-count:]), []).append(place)


def _longest_ending(
    table: dict[tuple[str, ...], list[int]], keys: list[str]
) -> tuple[list[int], int]:
    """Return what is entered under the longest ending of a path, and how long that ending is."""
    for count in range(len(keys), 0, -1):
        places = table.get(tuple(keys[-count:]))
        if places:
            return places, count
    return [], 0
