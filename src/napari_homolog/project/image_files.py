"""The image files of a project: their paths, and how changed files are recognised."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..errors import ImageError
from ..images import Picture, file_digest


@dataclass(frozen=True)
class Fingerprint:
    """What an image file was like when it was added.

    Attributes
    ----------
    file_bytes : int
        Size of the file.
    modified : int
        When it was last written, in nanoseconds since 1970.
    sha256 : str
        Of its contents, in hexadecimal.
    pixel_hash : str or None
        `napari_homolog.images.pixel_hash` of its pixels; None where they have not been read yet.
    """

    file_bytes: int
    modified: int
    sha256: str
    pixel_hash: str | None = None

    def has_file(self, path: Path) -> bool:
        """Return whether a file has the same contents.

        A file of the same size and time of change is taken as the same without reading it.
        """
        status = path.stat()
        if status.st_size != self.file_bytes:
            return False
        return status.st_mtime_ns == self.modified or file_digest(path) == self.sha256

    def matches(self, path: Path) -> bool:
        """Return whether a file shows the same picture.

        Another file of the same pixels, such as one whose metadata were edited, does if the pixels
        were read before.
        """
        if self.has_file(path):
            return True
        try:
            return self.pixel_hash is not None and self.pixel_hash == (
                Picture.from_file(path).pixel_hash
            )
        except ImageError:
            return False


def fingerprint(path: Path) -> Fingerprint:
    """Return the fingerprint of a file as it is now."""
    status = path.stat()
    return Fingerprint(status.st_size, status.st_mtime_ns, file_digest(path))


def to_text(path: Path, folder: Path | None) -> str:
    """Return a path as it is stored in the project: relative to its folder wherever possible.

    Parameters
    ----------
    path : Path
        Absolute.
    folder : Path or None
        The project's folder, absolute; None in memory, where paths stay absolute.
    """
    if folder is None:
        return path.as_posix()
    if path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    try:
        # "Upwards" means another folder where one of them is a link, so that links are resolved.
        parent = os.path.relpath(path.parent.resolve(), folder.resolve())
    except ValueError:
        # On another drive no relative path exists.
        return path.as_posix()
    return (Path(parent) / path.name).as_posix()


def to_path(text: str, folder: Path | None) -> Path:
    """Return the absolute path that `to_text` was given, wherever the project is now."""
    if folder is None or os.path.isabs(text):
        return Path(text)
    base = _real(folder) if text.startswith("../") else str(folder)
    return Path(os.path.normpath(os.path.join(base, text)))


@lru_cache(maxsize=8)
def _real(folder: Path) -> str:
    """Return a folder with links resolved, which is slow on network drives."""
    return os.path.realpath(folder)


def files_of_size(folder: Path, sizes: set[int]) -> Iterator[Path]:
    """Yield the files under a folder that have one of some sizes in bytes."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_file() and path.stat().st_size in sizes:
                yield path
