"""The image files of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import ImageError
from ..image_names import IMAGE_SUFFIXES, has_image_suffix

DIALOG_FILTER = f"Images ({' '.join('*' + suffix for suffix in IMAGE_SUFFIXES)})"
"""Filter of image files for file dialogs, as Qt takes it."""


@dataclass(frozen=True)
class FolderImages:
    """The image files of a folder, and what else is in it.

    Attributes
    ----------
    files : tuple of Path
        The image files, recognised by their suffixes.
    other_files : tuple of Path
        Files with other suffixes.
    folders : tuple of Path
        Folders that were not searched.
    closed_folders : tuple of Path
        Folders that may not be listed.
    """

    files: tuple[Path, ...]
    other_files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    closed_folders: tuple[Path, ...] = ()

    @property
    def skipped(self) -> str:
        """What was left out, such as ``"2 folders, 1 file of another kind"``; empty if nothing."""
        counts = (
            (len(self.folders), "folder", "folders"),
            (len(self.closed_folders), "unreadable folder", "unreadable folders"),
            (len(self.other_files), "file of another kind", "files of another kind"),
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
    return FolderImages(
        files=tuple(path for path in files if has_image_suffix(path.name)),
        other_files=tuple(path for path in files if not has_image_suffix(path.name)),
        folders=tuple(folders),
        closed_folders=tuple(closed),
    )


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
