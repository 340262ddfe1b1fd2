"""Which specimen of a project a file means by the name of an image or of a specimen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import ProjectError
from ..image_names import ImageNames
from .records import Specimen

SHOWN = 5
"""Names listed in notes and errors."""


class SpecimenNames:
    """The specimens of a project, by the names that files may give them.

    Parameters
    ----------
    specimens : sequence of Specimen
        Those that may be meant.
    """

    def __init__(self, specimens: Sequence[Specimen]) -> None:
        self._specimens = list(specimens)
        self._images = ImageNames(
            specimen.name if specimen.path is None else specimen.path.as_posix()
            for specimen in specimens
        )
        self._names = ImageNames(specimen.name for specimen in specimens)

    def find(self, text: str) -> list[Specimen]:
        """Return the specimens that an image's name means, else those of that name."""
        places = self._images.find_all(text) or self._names.find_all(text)
        return [self._specimens[place] for place in places]

    def match(self, image: str, name: str, file: Path) -> Specimen | None:
        """Return the specimen that a row of a file describes; None if it is not in the project.

        Parameters
        ----------
        image, name : str
            The names of its image and of the specimen in the file; empty where it has none.
        file : Path
            The file, for the message.

        Raises
        ------
        ProjectError
            If several specimens are meant equally well.
        """
        matches = self.find(image) or (self.find(name) if not image else [])
        if len(matches) > 1:
            wanted = name or image
            matches = [specimen for specimen in matches if specimen.name == wanted] or matches
        if len(matches) > 1:
            raise ProjectError(
                f"{file}: {image or name!r} may be each of the specimens "
                f"{listed([specimen.name for specimen in matches])} of the project; give their names "
                "as identifiers, as `project export` writes them."
            )
        return matches[0] if matches else None


def listed(names: Sequence[str]) -> str:
    """Return the first few names of a list, as a message shows them."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(repr(name) for name in names[:SHOWN]) + more
