"""Buttons with a tooltip, which tells why if they can do nothing."""

from __future__ import annotations

from qtpy.QtGui import QAction
from qtpy.QtWidgets import QAbstractButton, QPushButton, QToolButton, QToolTip

TIP = "what it does"


def push_button(text: str, tip: str) -> QPushButton:
    """Return a button with a text and a tooltip."""
    button = QPushButton(text)
    button.setToolTip(tip)
    return button


def tool_button(text: str, tip: str) -> QToolButton:
    """Return a small button with a text and a tooltip."""
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    return button


def allow(control: QAbstractButton | QAction, why_not: str = "") -> None:
    """Let a button or an entry of a menu be pressed, or tell in its tooltip why it cannot be.

    Parameters
    ----------
    control : QAbstractButton or QAction
        Its tooltip, what it does, comes back when it can be pressed again.
    why_not : str
        Why it could do nothing now; empty if it can.
    """
    if control.property(TIP) is None:
        control.setProperty(TIP, control.toolTip())
    control.setEnabled(not why_not)
    control.setToolTip(why_not or control.property(TIP))


def show_tip(button: QAbstractButton) -> None:
    """Show a button's tooltip at once."""
    QToolTip.showText(button.mapToGlobal(button.rect().bottomLeft()), button.toolTip(), button)
