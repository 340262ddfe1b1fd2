"""The image files of a project: their paths, and how changed files are recognised."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..errors import ImageError
from ..files import is_file
from ..images import Picture, Plane, file_digest, refused
from .database import decoding


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
    plane : Plane or None
        Which page or channels of the file were added; None for its only picture.
    """

    file_bytes: int
    modified: int
    sha256: str
    pixel_hash: str | None = None
    plane: Plane | None = None

    def has_file(self, path: Path, *, thoroughly: bool = False) -> bool:
        """Return whether a file has the same contents.

        Parameters
        ----------
        path : Path
            The file.
        thoroughly : bool
            Whether to read the file even if its size and time of change are the same.

        Raises
        ------
        ImageError
            If the file may not be read.
        """
        status = _status(path)
        if status.st_size != self.file_bytes:
            return False
        if not thoroughly and status.st_mtime_ns == self.modified:
            return True
        return file_digest(path) == self.sha256

    def matches(self, path: Path, *, thoroughly: bool = False) -> bool:
        """Return whether a file shows the same picture; see `has_file`.

        Another file of the same pixels, such as one whose metadata were edited, does if the pixels
        were read before.
        """
        if self.has_file(path, thoroughly=thoroughly):
            return True
        try:
            return self.pixel_hash is not None and self.pixel_hash == (
                Picture.from_file(path, self.plane).pixel_hash
            )
        except ImageError:
            return False


def fingerprint(path: Path) -> Fingerprint:
    """Return the fingerprint of a file as it is now; raise `ImageError` if it may not be read."""
    status = _status(path)
    return Fingerprint(status.st_size, status.st_mtime_ns, file_digest(path))


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise refused(path, error) from error


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


def to_plane(text: str | None) -> Plane | None:
    """Return the plane of a text as it is stored in the project."""
    if text is None:
        return None
    with decoding("A page or channel"):
        return Plane.from_text(text)


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
            if is_file(path) and os.path.getsize(path) in sizes:
                yield path
