"""Colours of napari's theme, for what its style does not reach: warnings in tables, and plots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari.utils.theme import get_theme
from qtpy.QtGui import QColor

if TYPE_CHECKING:
    import napari

ON_DARK, ON_LIGHT = QColor("#ff9b85"), QColor("#a1200d")
"""Reds in which text can be read on dark and on light grounds."""


@dataclass(frozen=True)
class ThemeColours:
    """Colours of a theme.

    Attributes
    ----------
    background, text : QColor
        As napari's own widgets have them.
    doubtful : QColor
        Of text on what is doubtful; its contrast with tables is at least 4.5 to 1.
    """

    background: QColor
    text: QColor
    doubtful: QColor

    def plot_style(self) -> dict[str, str]:
        """Return what plots of matplotlib look like in the theme."""
        ground, text = self.background.name(), self.text.name()
        grounds = dict.fromkeys(("figure.facecolor", "axes.facecolor"), ground)
        names = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
        return grounds | dict.fromkeys(names, text)


def theme_colours(viewer: napari.Viewer) -> ThemeColours:
    """Return the colours of a window's theme."""
    theme = get_theme(viewer.theme)
    background, text = (QColor(one.as_hex()) for one in (theme.background, theme.text))
    doubtful = ON_DARK if background.lightnessF() < 0.5 else ON_LIGHT
    return ThemeColours(background, text, doubtful)
