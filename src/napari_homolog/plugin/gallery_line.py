"""What the gallery shows: one landmark on all specimens, the least certain first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from qtpy.QtGui import QColor

from ..project import PlacementStatus
from .aligned_crops import CropPlace, crop_place, usual_reach
from .crop_cutter import SpecimenCrops
from .gallery_view import DECIDED, DOUBTFUL, PLAIN, Tile
from .review_progress import DOUBTFUL_BELOW
from .review_tables import PassOrder
from .session import Session

if TYPE_CHECKING:
    from ..project import Placement, Specimen

DECISIONS = {
    PlacementStatus.ACCEPTED: "✓",
    PlacementStatus.CORRECTED: "✓ moved",
    PlacementStatus.MANUAL: "✓ by hand",
    PlacementStatus.MISSING: "✕ missing",
}


class GalleryLine:
    """The specimens on which a landmark was found, in an order that stays during a pass.

    Parameters
    ----------
    session : Session
        What the panels share.

    Attributes
    ----------
    zoom : float
        How much less than usual is seen around a landmark.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._orders: dict[str, PassOrder[int]] = {}
        self._placed: dict[int, dict[str, Placement]] = {}
        self._reference: tuple[Specimen, NDArray[np.float64]] | None = None
        self.zoom = 1.0
        self.begin()

    def begin(self) -> None:
        """Begin another pass, with the reference as it is now."""
        self._orders.clear()
        self.reload()
        names = self.names
        marked = [
            (
                row,
                np.array([_point(marks[name] if name in marks.names else None) for name in names]),
            )
            for row, marks in self._session.references()
        ]
        there = [
            (int(np.isfinite(points).all(1).sum()), -index)
            for index, (_, points) in enumerate(marked)
        ]
        self._reference = marked[-max(there)[1]] if marked and names else None

    @property
    def names(self) -> list[str]:
        """The landmarks in their order."""
        return [one.name for one in self._session.project.landmarks]

    def reload(self, only: Collection[int] | None = None) -> None:
        """Take over what is in the project now.

        Parameters
        ----------
        only : collection of int, optional
            The specimens on which anything changed; default: whatever there is.
        """
        project = self._session.project
        if only is None:
            self._placed = {
                one.id: project.placements(one.id)
                for one in project.specimens()
                if not one.reference
            }
            return
        for number in self._placed.keys() & set(only):
            self._placed[number] = project.placements(number)

    def specimens(self, landmark: str) -> list[int]:
        """Return the specimens on which a landmark was found, in the order of the pass."""
        placed = {
            number: placements[landmark]
            for number, placements in self._placed.items()
            if landmark in placements and placements[landmark].predicted is not None
        }
        order = self._orders.setdefault(landmark, PassOrder())
        return order.arrange(placed, lambda number: _turn(placed[number]))

    def undecided(self, landmark: str) -> list[int]:
        """Return those of the specimens on which nobody has decided about the landmark."""
        return [one for one in self.specimens(landmark) if self.is_undecided(one, landmark)]

    def is_undecided(self, specimen: int, landmark: str) -> bool:
        """Return whether a landmark was found on a specimen and nobody has decided about it."""
        placed = self._placed.get(specimen, {}).get(landmark)
        return placed is not None and placed.status is PlacementStatus.PREDICTED

    # Tiles

    def reference_tile(self, landmark: str) -> Tile | None:
        """Return the tile of the reference; None if the landmark is not on it."""
        if self._reference is None:
            return None
        row, points = self._reference
        index = self.names.index(landmark)
        if not np.isfinite(points[index]).all():
            return None
        row_col = float(points[index, 0]), float(points[index, 1])
        place = crop_place(points, points, index, self._reach())
        return Tile(row.id, row.name, "reference", place, row_col, PLAIN, fixed=True)

    def tile(self, specimen: int, landmark: str) -> Tile:
        """Return the tile of a specimen as it is in the project now."""
        placements = self._placed[specimen]
        placed = placements[landmark]
        return Tile(
            specimen,
            self._session.project.specimen(specimen).name,
            _sign(placed),
            self._place(placements, landmark),
            placed.point,
            _frame(placed),
        )

    def crops(self, specimen: int) -> SpecimenCrops:
        """Return the crops of a specimen around all its landmarks: its image is read only once."""
        if self._reference is not None and specimen == self._reference[0].id:
            tiles = {name: self.reference_tile(name) for name in self.names}
            places = {name: tile.place for name, tile in tiles.items() if tile is not None}
        else:
            placements = self._placed[specimen]
            places = {
                name: self._place(placements, name)
                for name, placed in placements.items()
                if placed.point is not None or placed.predicted is not None
            }
        return SpecimenCrops(specimen, self._session.supplier(specimen), places)

    def _place(self, placements: dict[str, Placement], landmark: str) -> CropPlace:
        """Return the place of a crop: where the landmark was predicted, so that a drag leaves it."""
        names = self.names
        points = np.array([_point(placements[n].point if n in placements else None) for n in names])
        index, placed = names.index(landmark), placements[landmark]
        points[index] = _point(placed.predicted or placed.point)
        reference = points if self._reference is None else self._reference[1]
        return crop_place(reference, points, index, self._reach())

    def _reach(self) -> float:
        shape = np.empty((0, 2)) if self._reference is None else self._reference[1]
        return usual_reach(shape) / self.zoom


def _point(point: Sequence[float] | NDArray[np.float64] | None) -> NDArray[np.float64]:
    return np.full(2, np.nan) if point is None else np.asarray(point, float)


def _turn(placed: Placement) -> tuple[bool, float]:
    """Return what specimens are sorted by: undecided ones first, the least certain before others."""
    confidence = placed.confidence if placed.confidence is not None else 1.0
    return placed.status is not PlacementStatus.PREDICTED, confidence


def _doubtful(placed: Placement) -> bool:
    low = placed.confidence is not None and placed.confidence < DOUBTFUL_BELOW
    return placed.probably_missing or low


def _sign(placed: Placement) -> str:
    if placed.status in DECISIONS:
        return DECISIONS[placed.status]
    confidence = "" if placed.confidence is None else f"{placed.confidence:.0%}"
    if placed.probably_missing:
        return "missing? " + confidence
    return confidence


def _frame(placed: Placement) -> QColor:
    if placed.status is not PlacementStatus.PREDICTED:
        return DECIDED
    return DOUBTFUL if _doubtful(placed) else PLAIN
