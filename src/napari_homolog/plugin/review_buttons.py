"""The buttons of the review, and why each of them can do nothing at present."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QPushButton

from ..project import PlacementStatus, SpecimenStatus
from .buttons import push_button
from .learn_panel import NOTHING_LEARNED
from .run_bar import RUNNING

if TYPE_CHECKING:
    from ..project import Placement, Specimen

IN_REVIEW = (SpecimenStatus.FOUND, SpecimenStatus.CORRECTED)
BY_HAND = (PlacementStatus.MANUAL, PlacementStatus.CORRECTED, PlacementStatus.ACCEPTED)

NOTHING_TO_REVIEW = "There is nothing to review yet: transfer landmarks first."
NO_SPECIMEN = "Choose a specimen in the table first."
NO_LANDMARK = "Select one landmark first, in the table or in the picture."
NOTHING_DECIDED = "Accept or correct landmarks of this specimen first."
NO_OTHER = "No other specimen is in review."
FIRST, LAST = "This is the first specimen.", "This is the last specimen."

BUTTONS = {
    "previous": ("◀", "Previous specimen (Page up)"),
    "next": ("▶", "Next specimen (Page down)"),
    "suggested": ("Most useful", "Go to the specimen whose correction helps the others most"),
    "accept": ("Accept", "The selected landmark is right (K)"),
    "missing": ("Missing", "The selected landmark is not on this specimen (J)"),
    "accept_all": (
        "Accept specimen",
        "All landmarks of this specimen are right; go on to the next (B)",
    ),
    "map": (
        "Attention",
        "Show where the attention of the selected landmark lies, whichever is selected (M)",
    ),
    "again": ("Learn again", "Use this specimen as a further reference and learn again"),
    "gallery": (
        "By landmark …",
        "Review one landmark on all specimens at once, side by side",
    ),
    "quality": (
        "Quality …",
        "Compare the specimens' shapes: outliers and swapped landmarks",
    ),
    "names": ("Names", "Write all names on the picture, or only the one pointed at (N)"),
    "legend": ("Legend", "What colours and symbols mean"),
    "export": ("Export …", "Write all landmarks as TPS, CSV, COCO or another format"),
}
"""Text and tooltip of each button."""


ARROW = 40
"""Width of the buttons with an arrow in pixels."""


def review_buttons() -> dict[str, QPushButton]:
    """Return the buttons by name."""
    buttons = {name: push_button(text, tip) for name, (text, tip) in BUTTONS.items()}
    buttons["map"].setCheckable(True)
    for name in ("previous", "next"):
        buttons[name].setFixedWidth(ARROW)
    return buttons


@dataclass(frozen=True)
class ReviewState:
    """What decides which buttons can do something.

    Attributes
    ----------
    line : sequence of Specimen
        In the order of the pass.
    current : int or None
        The specimen that is shown.
    placements : mapping of str to Placement
        Its placements.
    landmark : str or None
        The selected landmark.
    landmarks : int
        How many landmarks the project has.
    learned, running : bool
        Whether landmarks were learned, and whether something is being computed.
    """

    line: Sequence[Specimen]
    current: int | None = None
    placements: Mapping[str, Placement] = field(default_factory=dict)
    landmark: str | None = None
    landmarks: int = 0
    learned: bool = False
    running: bool = False

    def why_not(self) -> dict[str, str]:
        """Return why each button can do nothing; empty for those that can."""
        placed = [one for one in self.line if one.reference or one.status not in NOTHING_PLACED]
        in_review = {one.id for one in self.line if one.status in IN_REVIEW and not one.reference}
        decided = any(one.status in BY_HAND for one in self.placements.values())
        busy = RUNNING if self.running else ""
        shown = "" if self.current is not None else NO_SPECIMEN
        compared = len(placed) > 1 and self.landmarks > 2
        return {
            "previous": self._why_not_step(0, FIRST),
            "next": self._why_not_step(-1, LAST),
            "suggested": "" if in_review - {self.current} else NO_OTHER,
            "accept": shown or self._why_not_accept(),
            "missing": shown or self._why_not_missing(),
            "accept_all": shown or ("" if self.placements else "Nothing is placed on it yet."),
            "map": shown or ("" if self.learned else NOTHING_LEARNED) or busy,
            "again": shown or ("" if decided else NOTHING_DECIDED) or busy,
            "gallery": "" if placed else NOTHING_TO_REVIEW,
            "quality": "" if compared else "Two specimens with three landmarks or more are needed.",
            "export": "" if placed else "No landmark is placed yet.",
        }

    def _why_not_step(self, end: int, at_end: str) -> str:
        """Return why one cannot go on towards an end of the line: 0 is its head, -1 its tail."""
        if not self.line:
            return NOTHING_TO_REVIEW
        return at_end if self.line[end].id == self.current else ""

    def _why_not_accept(self) -> str:
        if self.landmark is None:
            return NO_LANDMARK
        if self.landmark not in self.placements:
            return f"{self.landmark} is not placed; click where it is."
        return ""

    def _why_not_missing(self) -> str:
        if self.landmark is None:
            return NO_LANDMARK
        placed = self.placements.get(self.landmark)
        if placed is not None and placed.status is PlacementStatus.MISSING:
            return f"{self.landmark} is marked as missing already; to place it, click where it is."
        return ""


NOTHING_PLACED = (SpecimenStatus.NEW, SpecimenStatus.FAILED)
