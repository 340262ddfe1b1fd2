"""Image files of a project: where they are, and how one knows that they are the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


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
    """

    file_bytes: int
    modified: int
    sha256: str

    def matches(self, path: Path) -> bool:
        """Tell whether a file has the same contents; its time is trusted to spare reading it."""
        found = path.stat()
        if found.st_size != self.file_bytes:
            return False
        return found.st_mtime_ns == self.modified or digest(path) == self.sha256


def fingerprint(path: Path) -> Fingerprint:
    """Return what a file is like now."""
    found = path.stat()
    return Fingerprint(found.st_size, found.st_mtime_ns, digest(path))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def to_text(path: Path, folder: Path | None) -> str:
    """Return a path as the project keeps it: relative to its folder wherever that is possible.

    Parameters
    ----------
    path : Path
        Absolute.
    folder : Path or None
        The project's, absolute; None in memory, where paths stay absolute.
    """
    if folder is None:
        return path.as_posix()
    if path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    try:
        # Upwards the way leads through parents, which differ where a folder is a link.
        inside = os.path.relpath(path.parent.resolve(), folder.resolve())
    except ValueError:
        # Another drive: there is no way from here to there.
        return path.as_posix()
    return (Path(inside) / path.name).as_posix()


def to_path(text: str, folder: Path | None) -> Path:
    """Return the absolute path that `to_text` was given, wherever the project is now."""
    if folder is None or os.path.isabs(text):
        return Path(text)
    base = _real(folder) if text.startswith("../") else str(folder)
    return Path(os.path.normpath(os.path.join(base, text)))


@lru_cache(maxsize=8)
def _real(folder: Path) -> str:
    """Return a folder's place behind links; it stays while a project is open."""
    return os.path.realpath(folder)


def files_of_size(folder: Path, sizes: set[int]) -> Iterator[Path]:
    """Yield the files under a folder that have one of some sizes in bytes."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if path.is_file() and path.stat().st_size in sizes:
                yield path
