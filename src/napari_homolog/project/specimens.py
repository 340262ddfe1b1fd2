"""The specimens of a project and their images."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..errors import ImageError, ProjectError
from ..images import image_size, pixel_size
from .changes import noted
from .database import Database
from .image_files import Fingerprint, digest, files_of_size, fingerprint, to_path, to_text
from .records import ChangedImage, ImageTrouble, Specimen, SpecimenStatus
from .state import Part, free_name, is_taken, specimen_name, specimen_row

COLUMNS = "id, name, path, height, width, status, reason, reference, scale, unit"


class Specimens(Part):
    """What a project knows of its specimens."""

    def add_image(self, path: str | Path, name: str | None = None) -> int:
        """Add a specimen with its image file, and its scale where the file tells it.

        Parameters
        ----------
        path : str or Path
            The image; the project keeps the way to it, not the image itself.
        name : str, optional
            The specimen's name. Default: the file's without its suffix, with a number after it
            where that is taken.

        Returns
        -------
        int
            The specimen's number.

        Raises
        ------
        ImageError
            If the file is missing or no image.
        ProjectError
            If the name is another specimen's.
        """
        path = Path(path).absolute()
        size, pixel = image_size(path), pixel_size(path)
        found = fingerprint(path)
        text = to_text(path, folder_of(self._database))
        values = (text, found.file_bytes, found.modified, found.sha256)
        with self._database.transaction():
            chosen = free_name(self._database, path.stem) if name is None else name
            number = _insert(self._database, chosen, size, values)
            if pixel is not None:
                self.set_scale(number, pixel.size, pixel.unit)
            return number

    def add_picture(self, name: str, size: tuple[int, int]) -> int:
        """Add a specimen whose picture, of so many rows and columns, has no file.

        Raises
        ------
        ProjectError
            If the name is another specimen's.
        """
        return _insert(self._database, name, size, (None, None, None, None))

    def remove_specimen(self, specimen_id: int) -> None:
        """Take a specimen out of the project, until this is undone; its image file stays."""
        name = specimen_name(self._database, specimen_id)
        with noted(self._database, f"Remove specimen {name!r}", specimen_id):
            self._database.execute("UPDATE specimen SET removed = 1 WHERE id = ?", (specimen_id,))

    def specimens(self, status: SpecimenStatus | None = None) -> list[Specimen]:
        """Return all specimens, or those of one status, in the order in which they were added."""
        chosen, values = ("", ()) if status is None else ("AND status = ?", (status,))
        return self._select(f"{chosen} ORDER BY id", values)

    def specimen(self, specimen_id: int) -> Specimen:
        """Return a specimen, or raise `ProjectError` where there is none of that number."""
        return _specimen(
            specimen_row(self._database, COLUMNS, specimen_id), folder_of(self._database)
        )

    def find(self, name: str) -> Specimen | None:
        """Return the specimen of a name, or None."""
        return next(iter(self._select("AND name = ?", (name,))), None)

    def find_image(self, path: str | Path) -> Specimen | None:
        """Return the first specimen with an image file, or None."""
        text = to_text(Path(path).absolute(), folder_of(self._database))
        return next(iter(self._select("AND path = ? ORDER BY id", (text,))), None)

    def references(self) -> list[Specimen]:
        """Return the specimens from which landmarks are to be learned."""
        return self._select("AND reference ORDER BY id")

    def mark_reference(self, specimen_id: int, reference: bool = True) -> None:
        """Say whether landmarks are to be learned from a specimen."""
        name = specimen_name(self._database, specimen_id)
        what = "Take {!r} as a reference" if reference else "Take {!r} as no reference"
        with noted(self._database, what.format(name), specimen_id):
            self._database.execute(
                "UPDATE specimen SET reference = ? WHERE id = ?", (reference, specimen_id)
            )

    def summary(self) -> dict[SpecimenStatus, int]:
        """Return how many specimens there are of each status."""
        counts = dict(
            self._database.execute(
                "SELECT status, count(*) FROM specimen WHERE NOT removed GROUP BY status"
            )
        )
        return {status: counts.get(status, 0) for status in SpecimenStatus}

    def changed_images(self) -> list[ChangedImage]:
        """Return the images that are no longer where or what they were when they were added.

        A file that is gone is looked for in the project's folder and all below, by its contents.
        """
        folder = folder_of(self._database)
        changed: list[ChangedImage] = []
        gone: list[tuple[Specimen, Fingerprint]] = []
        for specimen in self.specimens():
            if specimen.path is None:
                continue
            known = self.fingerprint_of(specimen.id)
            if not specimen.path.is_file():
                gone.append((specimen, known))
            elif not known.matches(specimen.path):
                changed.append(ChangedImage(specimen, ImageTrouble.CHANGED))
        elsewhere = {} if folder is None else _found_again(folder, [known for _, known in gone])
        for specimen, known in gone:
            found = elsewhere.get(known.sha256)
            trouble = ImageTrouble.GONE if found is None else ImageTrouble.MOVED
            changed.append(ChangedImage(specimen, trouble, found))
        return sorted(changed, key=lambda one: one.specimen.id)

    def fingerprint_of(self, specimen_id: int) -> Fingerprint:
        """Return what the image file of a specimen was like when it was added."""
        columns = "file_bytes, file_modified, sha256"
        return Fingerprint(*specimen_row(self._database, columns, specimen_id))

    def set_image(self, specimen_id: int, path: str | Path) -> None:
        """Say where a specimen's image is now, or that the present contents of a file are right.

        Raises
        ------
        ImageError
            If the file is missing, no image, or not of the size of the specimen's picture, on
            which its landmarks are.
        """
        path = Path(path).absolute()
        specimen, size = self.specimen(specimen_id), image_size(path)
        if size != specimen.size:
            raise ImageError(
                f"{path} has {size[0]} x {size[1]} pixels, but the landmarks of {specimen.name!r} "
                f"are on a picture of {specimen.size[0]} x {specimen.size[1]}; give that picture, "
                "or add this one as another specimen."
            )
        found = fingerprint(path)
        with self._database.transaction():
            self._database.execute(
                "UPDATE specimen SET path = ?, file_bytes = ?, file_modified = ?, sha256 = ? "
                "WHERE id = ?",
                (
                    to_text(path, folder_of(self._database)),
                    found.file_bytes,
                    found.modified,
                    found.sha256,
                    specimen_id,
                ),
            )

    def set_scale(self, specimen_id: int, scale: float | None, unit: str | None = None) -> None:
        """Say how large a pixel of a specimen's image is.

        Parameters
        ----------
        specimen_id : int
            The specimen.
        scale : float or None
            Real units for each pixel; None: not known.
        unit : str, optional
            The unit; None where it is not known, as in TPS files.

        Raises
        ------
        ProjectError
            If there is no such specimen, or the scale is no positive number.
        """
        name = specimen_name(self._database, specimen_id)
        if scale is not None and not 0 < scale < math.inf:
            raise ProjectError(
                f"The scale of {name!r} cannot be {scale}; give a positive number of units for each "
                "pixel."
            )
        with self._database.transaction():
            self._database.execute(
                "UPDATE specimen SET scale = ?, unit = ? WHERE id = ?", (scale, unit, specimen_id)
            )

    def _select(self, condition: str, values: Sequence[object] = ()) -> list[Specimen]:
        folder = folder_of(self._database)
        rows = self._database.execute(
            f"SELECT {COLUMNS} FROM specimen WHERE NOT removed {condition}", values
        )
        return [_specimen(row, folder) for row in rows]


def folder_of(database: Database) -> Path | None:
    """Return the folder of the project file; None in memory."""
    return None if database.path is None else database.path.parent


def _insert(database: Database, name: str, size: tuple[int, int], image: tuple[object, ...]) -> int:
    if not name.strip():
        raise ProjectError(f"{name!r} is no name of a specimen; give it a name.")
    with database.transaction():
        if is_taken(database, name):
            raise ProjectError(f"The project has a specimen {name!r} already; choose another name.")
        cursor = database.execute(
            "INSERT INTO specimen (name, height, width, path, file_bytes, file_modified, sha256) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (name, int(size[0]), int(size[1]), *image),
        )
    return int(cursor.lastrowid or 0)


def _specimen(row: Sequence[Any], folder: Path | None) -> Specimen:
    number, name, path, height, width, status, reason, reference, scale, unit = row
    return Specimen(
        number,
        name,
        None if path is None else to_path(path, folder),
        (height, width),
        SpecimenStatus(status),
        reason,
        bool(reference),
        scale,
        unit,
    )


def _found_again(folder: Path, wanted: Iterable[Fingerprint]) -> dict[str, Path]:
    """Return where under a folder files with these contents are, by their SHA-256."""
    known = list(wanted)
    if not known:
        return {}
    hashes = {one.sha256 for one in known}
    found: dict[str, Path] = {}
    for path in files_of_size(folder, {one.file_bytes for one in known}):
        contents = digest(path)
        if contents in hashes:
            found.setdefault(contents, path)
    return found
