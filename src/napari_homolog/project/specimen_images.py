"""The images of a project's specimens: adding them, and recognising changed and moved files."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..errors import ImageError
from ..files import is_file
from ..image_names import distinct_names, stem_of
from ..images import Plane, file_digest, image_size, pixel_hash, pixel_size, read_image
from .image_files import Fingerprint, files_of_size, fingerprint, to_path, to_plane, to_text
from .records import ChangedImage, ImageTrouble, Specimen
from .specimens import folder_of, insert_specimen, select_specimens
from .state import Part, free_name, is_text, specimen_row


class SpecimenImages(Part):
    """What a project knows of its images."""

    def add_image(
        self, path: str | Path, name: str | None = None, plane: Plane | None = None
    ) -> int:
        """Add a specimen with its image file, and its scale if the file tells it.

        Parameters
        ----------
        path : str or Path
            The image. The project stores its path, not the image itself.
        name : str, optional
            The specimen's name. Default: the file name without its suffix; where another specimen has
            that name, with its folder or its suffix, whatever tells them apart, else with a number.
        plane : Plane, optional
            Which page or channels of the file; required if it holds several pictures.

        Returns
        -------
        int
            The specimen's number.

        Raises
        ------
        ImageError
            If the file is missing or no image, or has several pictures of which none is chosen.
        ProjectError
            If the name is another specimen's.
        """
        path = Path(path).absolute()
        _check_name(path)
        (height, width), scale = image_size(path, plane), pixel_size(path)
        values: dict[str, object] = {"height": height, "width": width}
        values |= self._columns(path, fingerprint(path))
        if plane is not None:
            values |= {"plane": plane.text}
        if scale is not None:
            values |= {"scale": scale.size, "unit": scale.unit}
        with self._database.transaction():
            chosen = self._name_for(path) if name is None else name
            return insert_specimen(self._database, chosen, values)

    def add_picture(
        self, name: str, size: tuple[int, int], *, pixel_hash: str | None = None
    ) -> int:
        """Add a specimen whose picture has no file.

        Parameters
        ----------
        name : str
            The specimen's name.
        size : (int, int)
            Height and width of the picture in pixels.
        pixel_hash : str, optional
            `napari_homolog.images.pixel_hash` of the picture, by which `find_pixels` finds it again.

        Returns
        -------
        int
            The specimen's number.

        Raises
        ------
        ProjectError
            If the name is another specimen's.
        """
        values = {"height": int(size[0]), "width": int(size[1]), "pixel_hash": pixel_hash}
        return insert_specimen(self._database, name, values)

    def free_name(self, name: str) -> str:
        """Return a name for a new specimen, followed by a number if another specimen has that name."""
        return free_name(self._database, name)

    def find_image(self, path: str | Path, plane: Plane | None = None) -> Specimen | None:
        """Return the first specimen with an image file, or None.

        Parameters
        ----------
        path : str or Path
            The file.
        plane : Plane, optional
            Which page or channels of it. Default: whichever was added.
        """
        if not is_text(str(path)):
            return None
        text = to_text(Path(path).absolute(), folder_of(self._database))
        found = select_specimens(self._database, "AND path = ? ORDER BY id", (text,))
        return next((one for one in found if plane in (None, one.plane)), None)

    def find_pixels(self, pixel_hash: str) -> Specimen | None:
        """Return the first specimen whose picture is known to have some pixels, or None.

        Parameters
        ----------
        pixel_hash : str
            `napari_homolog.images.pixel_hash` of the pixels.
        """
        condition = "AND pixel_hash = ? ORDER BY id"
        return next(iter(select_specimens(self._database, condition, (pixel_hash,))), None)

    def fingerprint_of(self, specimen_id: int) -> Fingerprint:
        """Return the fingerprint that a specimen's image file had when it was added."""
        columns = "file_bytes, file_modified, sha256, pixel_hash, plane"
        size, modified, sha256, pixels, plane = specimen_row(self._database, columns, specimen_id)
        return Fingerprint(size, modified, sha256, pixels, to_plane(plane))

    def pixel_hash_of(self, specimen_id: int) -> str | None:
        """Return the hash of a specimen's pixels; it is computed when first asked for.

        Returns
        -------
        str or None
            `napari_homolog.images.pixel_hash` of the picture that was added. None if it is not
            known and the file is gone or has changed.

        Raises
        ------
        ProjectError
            If there is no such specimen.
        ImageError
            If the file cannot be read.
        """
        known = self.fingerprint_of(specimen_id)
        (text,) = specimen_row(self._database, "path", specimen_id)
        path = None if text is None else to_path(text, folder_of(self._database))
        if known.pixel_hash is not None or path is None:
            return known.pixel_hash
        if not is_file(path) or not known.has_file(path):
            return None
        pixels = pixel_hash(read_image(path, known.plane))
        if not self._database.read_only:
            self.set_pixel_hash(specimen_id, pixels)
        return pixels

    def set_pixel_hash(self, specimen_id: int, pixel_hash: str) -> None:
        """Store the hash of a specimen's pixels where they have just been read.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        pixel_hash : str
            `napari_homolog.images.pixel_hash` of its picture.
        """
        with self._database.transaction():
            self._database.execute(
                "UPDATE specimen SET pixel_hash = ? WHERE id = ?", (pixel_hash, specimen_id)
            )

    def changed_images(self) -> list[ChangedImage]:
        """Return the images that are missing, or are not what they were when they were added.

        The contents of a missing file are searched for in the project's folder and all below.
        """
        folder = folder_of(self._database)
        changed: list[ChangedImage] = []
        missing: list[tuple[Specimen, Fingerprint]] = []
        for specimen in select_specimens(self._database, "AND path IS NOT NULL ORDER BY id"):
            assert specimen.path is not None
            known = self.fingerprint_of(specimen.id)
            if not is_file(specimen.path):
                missing.append((specimen, known))
            elif not _matches(known, specimen.path):
                changed.append(ChangedImage(specimen, ImageTrouble.CHANGED))
        moved = {} if folder is None else _find_contents(folder, [known for _, known in missing])
        for specimen, known in missing:
            path = moved.get(known.sha256)
            trouble = ImageTrouble.GONE if path is None else ImageTrouble.MOVED
            changed.append(ChangedImage(specimen, trouble, path))
        return sorted(changed, key=lambda change: change.specimen.id)

    def set_image(self, specimen_id: int, path: str | Path) -> None:
        """Set where a specimen's image is now, or accept the present contents of its file.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        path : str or Path
            The image file.

        Raises
        ------
        ImageError
            If the file is missing, no image, or not of the size of the specimen's picture, on
            which its landmarks are.
        """
        name, *known_size, plane = specimen_row(
            self._database, "name, height, width, plane", specimen_id
        )
        path, size = Path(path).absolute(), image_size(path, to_plane(plane))
        _check_name(path)
        if size != tuple(known_size):
            raise ImageError(
                f"{path} has {size[0]} x {size[1]} pixels, but the landmarks of {name!r} are on a "
                f"picture of {known_size[0]} x {known_size[1]}; give that picture, or add this one "
                "as another specimen."
            )
        values = self._columns(path, fingerprint(path)) | {"pixel_hash": None}
        with self._database.transaction():
            self._database.execute(
                f"UPDATE specimen SET {', '.join(f'{column} = :{column}' for column in values)} "
                "WHERE id = :id",
                {**values, "id": specimen_id},
            )

    def _name_for(self, path: Path) -> str:
        """Return the name of a new specimen with an image file."""
        name = stem_of(path.name)
        other = next(iter(select_specimens(self._database, "AND name = ?", (name,))), None)
        if other is not None and other.path not in (None, path):
            (name, _) = distinct_names([path.as_posix(), other.path.as_posix()], labels=True)
        return free_name(self._database, name)

    def _columns(self, path: Path, contents: Fingerprint) -> dict[str, object]:
        return {
            "path": to_text(path, folder_of(self._database)),
            "file_bytes": contents.file_bytes,
            "file_modified": contents.modified,
            "sha256": contents.sha256,
        }


def images_called(specimens: Iterable[Specimen]) -> dict[int, str]:
    """Return what the images of specimens are called in files, by the specimens' numbers.

    These are the file names, with as many of their folders as tells them apart, and the specimens'
    names where there is no file.
    """
    known = list(specimens)
    paths = ["" if one.path is None else one.path.as_posix() for one in known]
    names = distinct_names(paths)
    return {one.id: name or one.name for one, name in zip(known, names, strict=True)}


def _find_contents(folder: Path, wanted: Iterable[Fingerprint]) -> dict[str, Path]:
    """Return where under a folder files with these contents are, by their SHA-256."""
    contents = list(wanted)
    if not contents:
        return {}
    digests = {known.sha256 for known in contents}
    paths: dict[str, Path] = {}
    for path in files_of_size(folder, {known.file_bytes for known in contents}):
        with suppress(ImageError):
            digest = file_digest(path)
            if digest in digests:
                paths.setdefault(digest, path)
    return paths


def _matches(known: Fingerprint, path: Path) -> bool:
    """Return whether a file shows what it showed; not if it may not be read."""
    try:
        return known.matches(path)
    except ImageError:
        return False


def _check_name(path: Path) -> None:
    """Raise `ImageError` if a path cannot be stored as text."""
    if not is_text(str(path)):
        raise ImageError(
            f"{path} has characters in its name, or in the names of its folders, that are not valid "
            "Unicode; rename it."
        )
