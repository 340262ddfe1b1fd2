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
    """What a project knows of its landmarks; every change can be undone."""

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
        """Define the landmarks: those of a known name stay, others are added or removed.

        Parameters
        ----------
        definitions : iterable of LandmarkDefinition or str
            All of them, in their order; a name alone keeps the colour and note that there are.

        Raises
        ------
        LandmarkError
            If a name is empty or stands twice.
        """
        known = {one.name: one for one in self.landmarks}
        wanted = [
            known.get(one, LandmarkDefinition(one)) if isinstance(one, str) else one
            for one in definitions
        ]
        check_names([one.name for one in wanted])
        if tuple(wanted) == tuple(known.values()):
            return
        with recorded(self._database, "Define the landmarks"):
            ids = landmark_ids(self._database)
            removed = {str(ids[name]): None for name in ids.keys() - {one.name for one in wanted}}
            set_definitions_state(self._database, removed)
            for position, one in enumerate(wanted):
                if one.name in ids:
                    self._database.execute(
                        "UPDATE landmark SET position = ?, colour = ?, note = ? WHERE id = ?",
                        (position, one.colour, one.note, ids[one.name]),
                    )
                else:
                    self._database.execute(
                        "INSERT INTO landmark (position, name, colour, note) VALUES (?, ?, ?, ?)",
                        (position, one.name, one.colour, one.note),
                    )

    def rename_landmark(self, old: str, new: str) -> None:
        """Give a landmark another name; placements and learned landmarks follow.

        Raises
        ------
        ProjectError
            If there is no landmark of the old name.
        LandmarkError
            If the new name is empty or another landmark's.
        """
        number = landmark_id(self._database, old)
        check_names([new if one.name == old else one.name for one in self.landmarks])
        with recorded(self._database, f"Rename {old!r} to {new!r}"):
            self._database.execute("UPDATE landmark SET name = ? WHERE id = ?", (new, number))

    def reorder_landmarks(self, names: Sequence[str]) -> None:
        """Put the landmarks into another order; `names` holds each of them once."""
        present = [one.name for one in self.landmarks]
        if sorted(names) != sorted(present):
            raise ProjectError(
                f"The new order {', '.join(names)} does not hold each landmark once; they are "
                f"{', '.join(present)}."
            )
        self.set_landmarks(names)

    def remove_landmark(self, name: str) -> None:
        """Remove a landmark with its placements on all specimens, until this is undone."""
        number = landmark_id(self._database, name)
        with recorded(self._database, f"Remove landmark {name!r}"):
            set_definitions_state(self._database, {str(number): None})


def check_names(names: Sequence[str]) -> None:
    """Raise `LandmarkError` if a name is empty or stands twice."""
    if names:
        Landmarks.from_arrays(names, np.full((len(names), 2), np.nan))
