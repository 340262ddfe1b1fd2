"""What the user does: messages speak of the last act, and are over with the next one."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QEvent, QObject, Qt, Signal
from qtpy.QtWidgets import QWidget

HELD = {Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta}
"""Keys that do nothing by themselves."""


class Acts(QObject):
    """Tells when the user presses a button of the mouse or a key in some widgets.

    It looks only, and before the widget itself: what the widget says because of the act comes after.
    """

    acted = Signal()
    """The user begins to do something."""

    def watch(self, widget: QWidget) -> None:
        """Watch a widget and all in it, also what is put into it later."""
        for one in (widget, *widget.findChildren(QWidget)):
            one.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: Any) -> bool:  # noqa: N802
        """Look at an event of a watched widget; it goes on to the widget in any case."""
        kind = event.type()
        if kind == QEvent.Type.ChildPolished:
            if isinstance(event.child(), QWidget):
                self.watch(event.child())
        elif kind == QEvent.Type.MouseButtonPress or (
            # Qt asks so before each key, also before those that are shortcuts.
            kind == QEvent.Type.ShortcutOverride and Qt.Key(event.key()) not in HELD
        ):
            self.acted.emit()
        return False
