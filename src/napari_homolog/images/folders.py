"""The image files of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

from ..errors import ImageError
from ..image_names import (
    HEIF_SUFFIXES,
    IMAGE_SUFFIXES,
    RAW_SUFFIXES,
    comparable,
    has_image_suffix,
    stem_of,
)

LIBRARIES = {"rawpy": RAW_SUFFIXES, "pillow_heif": HEIF_SUFFIXES}
"""Suffixes of the pictures that libraries read that need not be installed."""


def suffixes_with_libraries() -> tuple[str, ...]:
    """Return the suffixes of image files that can be read with the libraries that are installed."""
    more = (suffixes for name, suffixes in LIBRARIES.items() if find_spec(name) is not None)
    return (*IMAGE_SUFFIXES, *chain.from_iterable(more))


def dialog_filter() -> str:
    """Return the filter of image files for file dialogs, as Qt takes it."""
    return f"Images ({' '.join('*' + suffix for suffix in suffixes_with_libraries())})"


INSTALL = '(to read it: pip install "napari-homolog[raw,heic]")'


@dataclass(frozen=True)
class FolderImages:
    """The image files of a folder, and what else is in it.

    Attributes
    ----------
    files : tuple of Path
        The image files, recognised by their suffixes. Camera raw files and HEIF count where they can be
        read, and where no other image of the same name is beside them.
    other_files : tuple of Path
        Files with other suffixes.
    folders : tuple of Path
        Folders that were not searched.
    closed_folders : tuple of Path
        Folders that may not be listed.
    twins : tuple of Path
        Camera raw files and HEIF beside another image of the same name, which counts in their place.
    need_library : tuple of Path
        Camera raw files and HEIF for which a library is not installed.
    """

    files: tuple[Path, ...] = ()
    other_files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    closed_folders: tuple[Path, ...] = ()
    twins: tuple[Path, ...] = ()
    need_library: tuple[Path, ...] = ()

    @property
    def skipped(self) -> str:
        """What was left out, such as ``"2 folders, 1 file of another kind"``; empty if nothing."""
        counts = (
            (len(self.folders), "folder", "folders"),
            (len(self.closed_folders), "unreadable folder", "unreadable folders"),
            (len(self.other_files), "file of another kind", "files of another kind"),
            (
                len(self.twins),
                "raw file beside an image of its name",
                "raw files beside images of their names",
            ),
            (
                len(self.need_library),
                f"camera raw or HEIF file {INSTALL}",
                f"camera raw or HEIF files {INSTALL}",
            ),
        )
        return ", ".join(
            f"{count} {singular if count == 1 else plural}"
            for count, singular, plural in counts
            if count
        )


def images_in_folder(folder: str | Path, *, recursive: bool = False) -> FolderImages:
    """Return the image files of a folder, and what was left out. Hidden files do not count.

    Parameters
    ----------
    folder : str or Path
        The folder.
    recursive : bool
        Whether to search the folders below too; hidden ones and links to folders are left out.

    Raises
    ------
    ImageError
        If there is no such folder, or it cannot be listed.
    """
    files, folders = list_folder(Path(folder))
    closed: list[Path] = []
    if recursive:
        below = list(folders)
        folders = []
        while below:
            folder = below.pop(0)
            try:
                more, inner = list_folder(folder)
            except ImageError:
                closed.append(folder)
                continue
            files += more
            below = inner + below
    kinds: dict[str, list[Path]] = {}
    plain = {_without_suffix(path) for path in files if has_image_suffix(path.name)}
    readable = suffixes_with_libraries()
    for path in files:
        kinds.setdefault(_kind(path, plain, readable), []).append(path)
    sorted_out = {kind: tuple(paths) for kind, paths in kinds.items()}
    return FolderImages(**sorted_out, folders=tuple(folders), closed_folders=tuple(closed))


def _kind(path: Path, plain: set[tuple[Path, str]], readable: tuple[str, ...]) -> str:
    """Return which attribute of `FolderImages` a file belongs to."""
    suffix = path.suffix.lower()
    if has_image_suffix(path.name):
        return "files"
    if suffix not in (*RAW_SUFFIXES, *HEIF_SUFFIXES):
        return "other_files"
    if _without_suffix(path) in plain:
        return "twins"
    return "files" if suffix in readable else "need_library"


def _without_suffix(path: Path) -> tuple[Path, str]:
    return path.parent, comparable(stem_of(path.name))


def list_folder(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the files and the folders in a folder, sorted, without hidden ones and linked folders.

    Raises
    ------
    ImageError
        If there is no such folder, or it cannot be listed.
    """
    try:
        if not folder.is_dir():
            raise ImageError(f"There is no folder {folder}; give the folder that holds the images.")
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        files = [path for path in paths if path.is_file()]
        folders = [path for path in paths if path.is_dir() and not path.is_symlink()]
    except OSError as error:
        raise ImageError(
            f"The folder {folder} cannot be listed ({error.strerror}); check its permissions."
        ) from error
    return files, folders
