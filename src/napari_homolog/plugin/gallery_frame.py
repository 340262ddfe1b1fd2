"""What stands in the window of the gallery: the landmark, the tiles, and the buttons."""

from __future__ import annotations

from qtpy.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from .buttons import push_button
from .gallery_view import GalleryView

BUTTONS = {
    "back": ("◀ Page", "The page before (Page up)"),
    "on": ("Page ▶", "The next page (Page down)"),
    "pass": (
        "All on this page are right",
        "Accept all that are shown and go on to the next page or landmark (B)",
    ),
    "accept": ("Accept", "The selected one is right (K)"),
    "missing": ("Missing", "The landmark is not on the selected specimen (J)"),
    "open": ("Open", "Open the selected specimen in the viewer (Return)"),
    "undo": ("Undo", "Take the last decision back (Ctrl+Z)"),
}
"""Text and tooltip of each button."""


class GalleryFrame(QDialog):
    """The widgets of the gallery; what they do is up to the window that inherits them.

    Parameters
    ----------
    parent : QWidget
        The dock.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Review by landmark")
        self.resize(1024, 600)
        self.landmark = QComboBox()
        self.landmark.setToolTip("The landmark that is shown (comma and full stop: the others)")
        self.landmark.setMinimumContentsLength(16)
        self.status, self.message = QLabel(), QLabel()
        self.message.setWordWrap(True)
        self.view = GalleryView()
        self.view.setToolTip(
            "Drag a mark that is not right. Double-click to open the specimen. Wheel: see more or less."
        )
        self.buttons: dict[str, QPushButton] = {}
        for name, (text, tip) in BUTTONS.items():
            self.buttons[name] = push_button(text, tip)
            # Return opens a specimen; it is not to press a button.
            self.buttons[name].setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.addLayout(self._row(self.landmark, self.status, "back", "on"))
        layout.addWidget(self.view, 1)
        first = self.buttons["pass"]
        layout.addLayout(self._row(first, self.message, "accept", "missing", "open", "undo"))

    def _row(self, first: QWidget, middle: QWidget, *buttons: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(first)
        row.addWidget(middle, 1)
        for name in buttons:
            row.addWidget(self.buttons[name])
        return row
