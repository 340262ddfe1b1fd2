"""Files that are dropped on the dock: a project, a digitised series, or images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..formats import SUFFIXES
from ..images import images_in_folder, suffixes_with_libraries
from ..project import SUFFIX

if TYPE_CHECKING:
    from .dock import HomologWidget


def take_dropped(dock: HomologWidget, paths: Sequence[Path]) -> None:
    """Open what was dropped: a project or a landmark file alone, or images and folders of them.

    Parameters
    ----------
    dock : HomologWidget
        The dock.
    paths : sequence of Path
        The files and folders.
    """
    first = paths[0]
    suffix = first.suffix.lower()
    if len(paths) == 1 and suffix == SUFFIX:
        dock.project_bar.open(first)
        return
    if len(paths) == 1 and suffix in SUFFIXES:
        dock.project_bar.open_digitised(first)
        return
    images = [path for path in paths if path.suffix.lower() in suffixes_with_libraries()]
    for folder in (path for path in paths if path.is_dir()):
        images += images_in_folder(str(folder)).files
    if not images:
        dock.session.message.emit(
            f"{first.name} is no project, landmark file, image, or folder of images."
        )
        return
    dock.tabs.setCurrentWidget(dock.transfer)
    dock.transfer.add_files(images)
