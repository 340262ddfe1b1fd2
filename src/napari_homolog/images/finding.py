"""Images by the names that landmark files give them."""

from __future__ import annotations

import re
from pathlib import Path

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".gif", ".webp")
"""Suffixes under which images are looked for, the usual ones first."""


def find_image(folder: str | Path, name: str) -> Path | None:
    """Return the image in a folder that a landmark file means.

    Only the last part of the name counts, so that no file outside the folder is ever found: first
    as it stands, then in another letter case, then with another suffix of images.

    Parameters
    ----------
    folder : str or Path
        Where the images lie.
    name : str
        The image's name or path as the landmark file has it, of whatever system.

    Returns
    -------
    Path or None
        None if there is none.
    """
    folder, last = Path(folder), re.split(r"[/\\]", name)[-1]
    if last in ("", ".", "..") or "\0" in last:
        return None
    there = {path.name: path for path in sorted(folder.iterdir()) if path.is_file()}
    if last in there:
        return there[last]
    lower = {known.lower(): path for known, path in reversed(there.items())}
    if last.lower() in lower:
        return lower[last.lower()]
    # Labels without a suffix may hold a dot of their own.
    stems = (last.lower(), Path(last).stem.lower())
    names = (stem + suffix for stem in stems for suffix in SUFFIXES)
    return next((lower[known] for known in names if known in lower), None)
