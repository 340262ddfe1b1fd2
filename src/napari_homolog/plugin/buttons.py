"""Buttons with a tooltip, which tells why if they can do nothing."""

from __future__ import annotations

from qtpy.QtGui import QAction
from qtpy.QtWidgets import QAbstractButton, QPushButton, QToolButton, QToolTip

TIP, WHY_NOT, LOCKED = "what it does", "why not", "why locked"


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
    control.setProperty(WHY_NOT, why_not)
    why_not = control.property(LOCKED) or why_not
    control.setEnabled(not why_not)
    control.setToolTip(why_not or control.property(TIP))


def lock(control: QAbstractButton | QAction, why: str) -> None:
    """Keep a button or an entry of a menu from being pressed whatever `allow` says, and tell why.

    Parameters
    ----------
    control : QAbstractButton or QAction
        It is as `allow` left it when it is unlocked.
    why : str
        The reason; empty to unlock it.
    """
    control.setProperty(LOCKED, why)
    allow(control, control.property(WHY_NOT) or "")


def show_tip(button: QAbstractButton) -> None:
    """Show a button's tooltip at once."""
    QToolTip.showText(button.mapToGlobal(button.rect().bottomLeft()), button.toolTip(), button)
