"""Image files of a project: kept relative to it, recognised again when they moved or changed."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path

ENDS = 1 << 20
"""Bytes at either end of a file that its fingerprint is made from: whole series take too long."""


def fingerprint(path: Path) -> str:
    """Return what tells an image file from others: a hash of its length and both ends."""
    size = path.stat().st_size
    found = blake2b(str(size).encode(), digest_size=16)
    with path.open("rb") as file:
        found.update(file.read(ENDS))
        if size > ENDS:
            file.seek(max(ENDS, size - ENDS))
            found.update(file.read(ENDS))
    return found.hexdigest()


def stored(path: Path, project: Path | None) -> str:
    """Return a path as it stands in the project: relative to it, where both are on one drive."""
    path = path.absolute()
    if project is None:
        return path.as_posix()
    try:
        return Path(os.path.relpath(path, project.absolute().parent)).as_posix()
    except ValueError:
        return path.as_posix()


def resolved(text: str, project: Path | None) -> Path:
    """Return the path that `stored` stands for."""
    path = Path(text)
    if path.is_absolute() or project is None:
        return path
    return Path(os.path.normpath(project.absolute().parent / path))
