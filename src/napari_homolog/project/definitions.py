"""The landmarks of a project: names, order, colours, notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..errors import ProjectError
from ..landmarks import Landmarks
from .changes import recorded, set_definitions_state
from .records import LandmarkDefinition
from .state import Part, landmark_id, landmark_ids


class Definitions(Part):
    """The landmarks that a project defines; every change can be undone."""

    @property
    def landmarks(self) -> tuple[LandmarkDefinition, ...]:
        """The landmarks in their order."""
        return tuple(
            LandmarkDefinition(*row)
            for row in self._database.execute(
                "SELECT name, colour, note FROM landmark WHERE NOT removed ORDER BY position, id"
            )
        )

    def set_landmarks(self, definitions: Iterable[LandmarkDefinition | str]) -> None:
        """Define the landmarks. Known names keep their placements; others are added or removed.

        Parameters
        ----------
        definitions : iterable of LandmarkDefinition or str
            All landmarks, in their order. A name alone keeps its present colour and note.

        Raises
        ------
        LandmarkError
            If a name is empty or there are duplicate names.
        """
        known = {landmark.name: landmark for landmark in self.landmarks}
        wanted = [
            known.get(entry, LandmarkDefinition(entry)) if isinstance(entry, str) else entry
            for entry in definitions
        ]
        check_names([landmark.name for landmark in wanted])
        if tuple(wanted) == tuple(known.values()):
            return
        with recorded(self._database, "Define the landmarks"):
            ids = landmark_ids(self._database)
            removed = {
                str(ids[name]): None for name in ids.keys() - {landmark.name for landmark in wanted}
            }
            set_definitions_state(self._database, removed)
            for position, landmark in enumerate(wanted):
                if landmark.name in ids:
                    self._database.execute(
                        "UPDATE landmark SET position = ?, colour = ?, note = ? WHERE id = ?",
                        (position, landmark.colour, landmark.note, ids[landmark.name]),
                    )
                else:
                    self._database.execute(
                        "INSERT INTO landmark (position, name, colour, note) VALUES (?, ?, ?, ?)",
                        (position, landmark.name, landmark.colour, landmark.note),
                    )

    def rename_landmark(self, old: str, new: str) -> None:
        """Rename a landmark, also in placements and learned landmark sets.

        Raises
        ------
        ProjectError
            If there is no landmark of the old name.
        LandmarkError
            If the new name is empty or another landmark's.
        """
        number = landmark_id(self._database, old)
        names = (landmark.name for landmark in self.landmarks)
        check_names([new if name == old else name for name in names])
        with recorded(self._database, f"Rename {old!r} to {new!r}"):
            self._database.execute("UPDATE landmark SET name = ? WHERE id = ?", (new, number))

    def reorder_landmarks(self, names: Sequence[str]) -> None:
        """Change the order of the landmarks.

        Parameters
        ----------
        names : sequence of str
            Each landmark's name once, in the new order.

        Raises
        ------
        ProjectError
            If a name is missing or unknown.
        """
        present = [landmark.name for landmark in self.landmarks]
        if sorted(names) != sorted(present):
            raise ProjectError(
                f"The new order {', '.join(names)} does not contain each landmark once; the landmarks "
                f"are {', '.join(present)}."
            )
        self.set_landmarks(names)

    def remove_landmark(self, name: str) -> None:
        """Remove a landmark and its placements on all specimens, until this is undone."""
        number = landmark_id(self._database, name)
        with recorded(self._database, f"Remove landmark {name!r}"):
            set_definitions_state(self._database, {str(number): None})


def check_names(names: Sequence[str]) -> None:
    """Raise `LandmarkError` if a name is empty or there are duplicate names."""
    if names:
        Landmarks.from_arrays(names, np.full((len(names), 2), np.nan))
