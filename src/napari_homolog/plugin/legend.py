"""What the colours and symbols of landmarks mean."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from .points_style import UNSURE_BELOW, colours_of

if TYPE_CHECKING:
    from ..project import LandmarkDefinition

SYMBOLS = {
    "○": "predicted",
    "◇": "placed or corrected by hand",
    "□": "accepted",
    "◌": f"predicted, less than {UNSURE_BELOW:.0%} sure",
    "◎": "selected",
}
ROWS = 12
"""Landmarks in a column of the legend."""


def legend(landmarks: Sequence[LandmarkDefinition]) -> str:
    """Return a legend of symbols and colours, for a tooltip.

    Parameters
    ----------
    landmarks : sequence of LandmarkDefinition
        Those of the project, in their order.

    Returns
    -------
    str
        HTML as Qt reads it.
    """
    symbols = "".join(f"<tr><td>{sign}</td><td>{what}</td></tr>" for sign, what in SYMBOLS.items())
    colours = list(colours_of(landmarks).items())
    columns = [
        "<td>" + "<br>".join(_entry(*one) for one in colours[start : start + ROWS]) + "</td>"
        for start in range(0, len(colours), ROWS)
    ]
    named = f"<table cellspacing='6'><tr>{''.join(columns)}</tr></table>" if columns else ""
    return f"<p>The dot is the place.</p><table>{symbols}</table>{named}"


def _entry(name: str, colour: str) -> str:
    return f"<span style='color:{colour}'>■</span> {escape(name)}"
