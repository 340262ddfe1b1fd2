"""Left and right specimens of a project: which are mirrored, and which landmarks change places."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..errors import ProjectError
from ..symmetry import check_pairs
from .changes import recorded
from .scheme import Pair, Scheme
from .state import specimen_name

PAIRS = "pairs"
"""Key of the scheme."""


class Sides(Scheme):
    """Which specimens are seen in a mirror image of the others; every change can be undone."""

    @property
    def symmetric_pairs(self) -> tuple[Pair, ...] | None:
        """The pairs of landmarks that change places in a mirror image.

        Empty if somebody said that there are none, as on wings; None if nobody said anything.
        """
        return self._pairs_of(PAIRS)

    def set_symmetric_pairs(self, pairs: Iterable[Pair] | None) -> None:
        """Set which landmarks change places in a mirror image, all pairs; None if it is not known.

        Raises
        ------
        LandmarkError
            If a landmark is in two pairs.
        ProjectError
            If one is no landmark of the project.
        """
        wanted = None if pairs is None else list(pairs)
        check_pairs(wanted or [])
        self._set_pairs(PAIRS, wanted, "Name the symmetric pairs of landmarks")

    def mirrored_specimens(self) -> list[int]:
        """Return the numbers of the specimens that are mirrored."""
        rows = self._database.execute(
            "SELECT id FROM specimen WHERE mirrored AND NOT removed ORDER BY id"
        )
        return [number for (number,) in rows]

    def set_mirrored(self, specimen_ids: Collection[int]) -> None:
        """Set which specimens are mirrored, all of them, as one step of the history.

        Parameters
        ----------
        specimen_ids : collection of int
            The numbers of those; all others are not mirrored.

        Raises
        ------
        ProjectError
            If there is no such specimen.
        """
        for number in specimen_ids:
            specimen_name(self._database, number)
        wanted, present = set(specimen_ids), set(self.mirrored_specimens())
        changed = sorted(wanted ^ present)
        if not changed:
            return
        with recorded(self._database, f"Mirror {len(wanted)} specimens", several=changed):
            self._database.execute_many(
                "UPDATE specimen SET mirrored = ? WHERE id = ?",
                ((number in wanted, number) for number in changed),
            )

    def mirrored_by_pose(self) -> list[int]:
        """Return the specimens that the pose search recognised on the other side.

        Predictions tell whether a specimen was recognised in its mirror image; that is relative to the
        references. Specimens without predictions are as they are.

        Raises
        ------
        ProjectError
            If nothing was located yet, or some references are mirrored and others are not.
        """
        rows = self._database.execute(
            "SELECT DISTINCT prediction.specimen_id, location.mirrored FROM prediction "
            "JOIN location ON location.id = prediction.location_id "
            "JOIN specimen ON specimen.id = prediction.specimen_id WHERE NOT specimen.removed"
        ).fetchall()
        if not rows:
            raise ProjectError(
                "No landmarks were located yet, so that no pose tells a side; locate them with a "
                "search that may mirror, or give the sides in a table."
            )
        sides = {
            bool(mirrored)
            for (mirrored,) in self._database.execute(
                "SELECT mirrored FROM specimen WHERE reference AND NOT removed"
            )
        }
        if len(sides) > 1:
            raise ProjectError(
                "Some references are mirrored and others are not, so that a pose tells no side; use "
                "references of one side, or give the sides in a table."
            )
        found = dict.fromkeys(self.mirrored_specimens(), True)
        found |= {number: bool(turned) != (True in sides) for number, turned in rows}
        return sorted(number for number, mirrored in found.items() if mirrored)

    def mirrored_by_classifier(self, column: str, value: str) -> list[int]:
        """Return the specimens that have a value in a column of classifiers.

        Parameters
        ----------
        column : str
            The column, such as ``"side"``.
        value : str
            What it says of mirrored specimens, such as ``"right"``; letter case does not count.

        Raises
        ------
        ProjectError
            If no specimen has it.
        """
        rows = self._database.execute(
            "SELECT specimen.id, json_each.value FROM specimen, json_each(specimen.classifiers) "
            "WHERE NOT removed AND json_each.key = ? ORDER BY specimen.id",
            (column,),
        ).fetchall()
        found = [number for number, own in rows if str(own).casefold() == value.casefold()]
        if not found:
            there = ", ".join(sorted({str(own) for _, own in rows})) or "nothing"
            raise ProjectError(
                f"No specimen has {value!r} in a column {column!r} of classifiers; there is {there}. "
                "Give the table with `project classify` first."
            )
        return found
