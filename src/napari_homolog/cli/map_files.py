"""Files of attention maps, none of which is written over a map of another image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..files import make_folder
from ..image_names import comparable, split_path
from .options import file_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class MapFolder:
    """A folder of attention maps, of which each file states its image.

    What the files of an image are called shows as much of its path as no other image's maps in the
    folder do, those of earlier runs included.

    Parameters
    ----------
    folder : Path
        The folder; created if needed.
    """

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self._folder = folder
        self._images: dict[str, str] = {}
        self._files: dict[str, list[Path]] = {}
        for path in folder.glob("*.tif"):
            self._files.setdefault(comparable(path.name.partition(".")[0]), []).append(path)

    def prefix(self, image: Path, name: str) -> str:
        """Return what the files of an image begin with, from now on.

        Parameters
        ----------
        image : Path
            The image.
        name : str
            What they are called if no other image's are.
        """
        stated, parts = _stated(image), split_path(_stated(image))
        paths = ["/".join(parts[-count:]) for count in range(1, len(parts) + 1)]
        candidates = [name, *paths, *(f"{paths[-1]}_{number}" for number in range(2, 1000))]
        for candidate in map(file_name, candidates):
            key = comparable(candidate)
            if self._images.get(key, stated) == stated and self._is_of(key, stated):
                self._images[key] = stated
                return candidate
        raise AssertionError("a thousand images cannot have one path")

    def write(self, prefix: str, image: Path, name: str, attention: NDArray[np.float32]) -> Path:
        """Write a map, atomically, and return its file.

        Parameters
        ----------
        prefix : str
            What `prefix` returned for the image.
        image : Path
            The image.
        name : str
            What the map is called, a part of a file name.
        attention : ndarray of float32, shape (rows, cols)
            The map.
        """
        from ..contact_sheet import save_map

        path = self._folder / f"{prefix}.{name}.tif"
        save_map(path, attention, image=_stated(image))
        return path

    def _is_of(self, key: str, image: str) -> bool:
        """Return whether the files of a name that were there before are all of an image."""
        from ..contact_sheet import image_of_map

        return all(image_of_map(path) == image for path in self._files.get(key, []))


def _stated(image: Path) -> str:
    return image.absolute().as_posix()
