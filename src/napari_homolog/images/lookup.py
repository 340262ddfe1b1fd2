"""Image files, by the names that landmark files give them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import ImageError
from ..image_names import ImageNames, comparable, split_path
from .folders import list_folder
from .header import Header
from .plane import Plane
from .reading import read_header


class ImageLookup:
    """Finds the image files that names in landmark files mean, by the rules of `ImageNames`.

    A folder is listed once. A folder below it is listed only if a name mentions it, so that
    ``male/001.jpg`` is found in the folder ``male`` as well as, if there is no such folder, beside
    the landmark file. No file outside the folder is ever found.

    Parameters
    ----------
    images : str, Path or iterable of Path
        A folder, or the image files themselves.
    plane : Plane, optional
        Which page or channels of each file; needed for the size of those that hold several pictures.

    Raises
    ------
    ImageError
        If there is no such folder, or it cannot be listed.

    Examples
    --------
    >>> lookup = ImageLookup([Path("scans/male/001.jpg"), Path("scans/female/001.jpg")])
    >>> lookup.find("D:/wings/female/001.TIF").as_posix()
    'scans/female/001.jpg'
    >>> lookup.find("002.jpg") is None
    True
    """

    def __init__(self, images: str | Path | Iterable[Path], plane: Plane | None = None) -> None:
        self._plane = plane
        self._names = ImageNames([], labels=False)
        self._paths: list[Path] = []
        self._headers: dict[Path, Header] = {}
        self._subfolders: dict[Path, dict[str, list[Path]]] = {}
        self._folder: Path | None = None
        if isinstance(images, str | Path):
            self._folder = Path(images)
            self._list(self._folder)
        else:
            for path in dict.fromkeys(images):
                # The folders above a relative path may decide between equal file names.
                self._add(path, path.absolute().as_posix())

    def find(self, name: str) -> Path | None:
        """Return the image file that a name means, or None if there is none.

        Parameters
        ----------
        name : str
            A file name, a path of any operating system, or a label without suffix.

        Raises
        ------
        AmbiguousNameError
            If the name means several files equally well; the message names two of them.
        """
        if self._folder is not None:
            parents = split_path(name)[:-1]
            for start in range(len(parents)):
                self._list_below(self._folder, parents[start:])
        place = self._names.find(name)
        return None if place is None else self._paths[place]

    def require(self, name: str) -> Path:
        """Return the image file that a name means.

        Raises
        ------
        ImageError
            If there is none.
        AmbiguousNameError
            If the name means several files equally well.
        """
        path = self.find(name)
        if path is None:
            where = "the images" if self._folder is None else self._folder
            raise ImageError(
                f"There is no image {name!r} in {where}; give the folder that holds the images."
            )
        return path

    def size_of(self, name: str) -> tuple[int, int] | None:
        """Return height and width of the image that a name means, or None if there is none.

        This is what `napari_homolog.read_landmarks` takes as `image_size`.

        Raises
        ------
        ImageError
            If the file that is meant is no image.
        AmbiguousNameError
            If the name means several files equally well.
        """
        path = self.find(name)
        return None if path is None else self._header(path).size

    def orientation_of(self, name: str) -> int:
        """Return the EXIF or TIFF orientation, 1 to 8, of the image that a name means; else 1.

        This is what `napari_homolog.read_landmarks` takes as `orientation`.

        Raises
        ------
        ImageError, AmbiguousNameError
            As for `size_of`.
        """
        path = self.find(name)
        return 1 if path is None else self._header(path).orientation

    def _header(self, path: Path) -> Header:
        if path not in self._headers:
            self._headers[path] = read_header(path, self._plane)
        return self._headers[path]

    def _add(self, path: Path, name: str) -> None:
        self._paths.append(path)
        self._names.add(name)

    def _list(self, folder: Path) -> None:
        assert self._folder is not None
        files, folders = list_folder(folder)
        for path in files:
            self._add(path, path.relative_to(self._folder).as_posix())
        self._subfolders[folder] = {}
        for path in folders:
            self._subfolders[folder].setdefault(comparable(path.name), []).append(path)

    def _list_below(self, folder: Path, names: list[str]) -> None:
        """List the folders below one that have the given names, each within the one before."""
        if not names:
            return
        for path in self._subfolders[folder].get(comparable(names[0]), []):
            if path not in self._subfolders:
                self._list(path)
            self._list_below(path, names[1:])
