"""The keys of the review: on the picture and in the panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from napari.layers import Points
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QShortcut, QWidget

KEYS = {
    "next": "PgDown",
    "previous": "PgUp",
    "next landmark": ".",
    "previous landmark": ",",
    "accept": "K",
    "missing": "J",
    "accept_all": "B",
    "names": "N",
    "attention": "M",
    "undo": "Ctrl+Z",
    "redo": "Ctrl+Shift+Z",
}
"""What each key does, by the name of the action; as Qt writes keys."""

NUDGES = {
    "Up": (-1, 0),
    "Down": (1, 0),
    "Left": (0, -1),
    "Right": (0, 1),
}
"""How far the arrow keys move the selected point, (row, col) in pixels; ten times as far with Shift."""

FAR = 10

NAPARI_NAMES = {"Ctrl+Z": "Control-Z", "Ctrl+Shift+Z": "Control-Shift-Z"} | {
    "PgDown": "PageDown",
    "PgUp": "PageUp",
}
"""What napari calls them, where it differs."""


def bind_on_layer(layer: Points, actions: Mapping[str, Callable[[], None]]) -> None:
    """Bind the keys of some actions on a layer: they work over the picture while it is active."""
    for name, action in actions.items():
        key = NAPARI_NAMES.get(KEYS[name], KEYS[name])
        layer.bind_key(key, lambda _layer, call=action: call(), overwrite=True)


def bind_nudges(layer: Points, nudge: Callable[[float, float], None]) -> None:
    """Bind the arrow keys on a layer to a function that moves the selected point by (row, col)."""
    for key, (row, col) in NUDGES.items():
        for own, times in ((key, 1), (f"Shift-{key}", FAR)):
            layer.bind_key(
                own,
                lambda _layer, row=row * times, col=col * times: nudge(row, col),
                overwrite=True,
            )


def bind_on_panel(panel: QWidget, actions: Mapping[str, Callable[[], None]]) -> None:
    """Bind the keys on the panel: they work while a table or a button has the focus."""
    for name, key in KEYS.items():
        shortcut = QShortcut(QKeySequence(key), panel)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(actions[name])
