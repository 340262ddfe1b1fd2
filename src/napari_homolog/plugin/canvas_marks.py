"""Landmarks as they are drawn over the picture: outlined marks of constant size, and their names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from qtpy.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen
from qtpy.QtWidgets import QWidget

from .points_style import MARK_SIZE

OUTLINE, LETTERS = QColor(0, 0, 0, 230), QColor("white")
REACH = 12
"""Pixels of the screen within which the mouse is at a mark."""

FONT_SIZE = 10


@dataclass(frozen=True)
class Mark:
    """A landmark on the canvas.

    Attributes
    ----------
    name : str
        Of the landmark.
    place : (float, float)
        (x, y) in pixels of the canvas.
    colour : str
        Its own.
    symbol : str
        As napari calls it: ``"disc"``, ``"diamond"`` or ``"square"``; all are drawn hollow.
    sure : bool
        Whether it is drawn with a full line; else with a broken one.
    selected : bool
        Whether it is selected.
    """

    name: str
    place: tuple[float, float]
    colour: str
    symbol: str = "disc"
    sure: bool = True
    selected: bool = False

    def at(self, x: float, y: float) -> Mark:
        """Return the mark at another place."""
        return replace(self, place=(x, y))


def paint_marks(painter: QPainter, marks: Sequence[Mark]) -> None:
    """Draw marks: an outlined, hollow shape in the landmark's colour, and a dot at the very place."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark in marks:
        middle, shape = QPointF(*mark.place), _shape(mark)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if mark.selected:
            around = QRectF(0, 0, MARK_SIZE + 10, MARK_SIZE + 10)
            around.moveCenter(middle)
            for colour, width in ((OUTLINE, 4.0), (LETTERS, 2.0)):
                painter.setPen(QPen(colour, width))
                painter.drawEllipse(around)
        painter.setPen(QPen(OUTLINE, 4.2))
        painter.drawPath(shape)
        line = QPen(QColor(mark.colour), 2.2)
        if not mark.sure:
            line.setDashPattern([1.6, 1.4])
            line.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(line)
        painter.drawPath(shape)
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, radius in ((OUTLINE, 2.2), (QColor(mark.colour), 1.2)):
            painter.setBrush(colour)
            painter.drawEllipse(middle, radius, radius)


def _shape(mark: Mark) -> QPainterPath:
    x, y = mark.place
    half, path = MARK_SIZE / 2, QPainterPath()
    if mark.symbol == "square":
        path.addRect(x - half, y - half, MARK_SIZE, MARK_SIZE)
    elif mark.symbol == "diamond":
        path.moveTo(x, y - half)
        for right, down in ((half, 0), (0, half), (-half, 0)):
            path.lineTo(x + right, y + down)
        path.closeSubpath()
    else:
        path.addEllipse(QPointF(x, y), half, half)
    return path


def place_names(
    marks: Sequence[Mark],
    sizes: Sequence[tuple[float, float]],
    always: Collection[str],
    canvas: tuple[float, float],
) -> dict[str, tuple[float, float]]:
    """Return where names stand beside their marks, so that none covers another name or a mark.

    Parameters
    ----------
    marks : sequence of Mark
        All that are drawn; the first ones choose their places first.
    sizes : sequence of (float, float)
        Width and height of each name in pixels.
    always : collection of str
        Names that are shown even where there is no room.
    canvas : (float, float)
        Width and height of the canvas in pixels; no name is cut by its edge.

    Returns
    -------
    dict of str to (float, float)
        Left and upper edge, (x, y) in pixels, of each name for which there is room.
    """
    half, whole = MARK_SIZE / 2 + 2, QRectF(0, 0, *canvas)
    taken = [QRectF(one.place[0] - half, one.place[1] - half, 2 * half, 2 * half) for one in marks]
    places = {}
    order = sorted(range(len(marks)), key=lambda index: marks[index].name not in always)
    for index in order:
        mark, (width, height) = marks[index], sizes[index]
        x, y = mark.place
        near, above, below = half + 2, y - half - height, y + half
        corners = [
            *((x + near, y - height / 2), (x - near - width, y - height / 2)),
            *((x - width / 2, above), (x - width / 2, below)),
            *((x + near, above), (x + near, below)),
            *((x - near - width, above), (x - near - width, below)),
        ]
        for left, top in corners:
            box = QRectF(left, top, width, height)
            if whole.contains(box) and not any(box.intersects(other) for other in taken):
                break
        else:
            if mark.name not in always:
                continue
            box = QRectF(*corners[0], width, height)
        taken.append(box)
        places[mark.name] = (box.left(), box.top())
    return places


def paint_names(
    painter: QPainter, marks: Sequence[Mark], font: QFont, everyone: bool, pointed: str | None
) -> None:
    """Write names beside marks in white letters with a dark outline.

    Parameters
    ----------
    painter : QPainter
        On the canvas.
    marks : sequence of Mark
        The marks that are drawn.
    font : QFont
        Of the names.
    everyone : bool
        Write all names for which there is room; else only those that are selected or pointed at.
    pointed : str or None
        The landmark at which the mouse is.
    """
    always = {one.name for one in marks if one.selected or one.name == pointed}
    metrics = QFontMetricsF(font)
    named = [one for one in marks if everyone or one.name in always]
    others = [one for one in marks if one not in named]
    sizes = [(metrics.horizontalAdvance(one.name), metrics.height()) for one in named]
    sizes += [(0.0, 0.0)] * len(others)
    canvas = (painter.device().width(), painter.device().height())
    places = place_names([*named, *others], sizes, always, canvas)
    for name in (one.name for one in named if one.name in places):
        left, top = places[name]
        letters = QPainterPath()
        letters.addText(QPointF(left, top + metrics.ascent()), font, name)
        outline = QPen(OUTLINE, 3.5)
        outline.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(letters, outline)
        painter.fillPath(letters, LETTERS)


class CanvasMarks(QWidget):
    """Draws the landmarks over napari's canvas; the mouse goes through it to the canvas.

    napari's own points have neither an outline nor readable names on light and dark pictures alike.

    Parameters
    ----------
    canvas : QWidget
        napari's canvas, on which this lies.
    marks : callable
        Returns the marks to draw, and whether all names are to be written.
    """

    def __init__(self, canvas: QWidget, marks: Callable[[], tuple[list[Mark], bool]]) -> None:
        super().__init__(canvas)
        self._marks = marks
        self.pointed: str | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        canvas.installEventFilter(self)
        self.setGeometry(canvas.rect())
        self.show()

    def eventFilter(self, watched: QObject, event: Any) -> bool:  # noqa: N802
        """Follow the size of the canvas and the mouse on it."""
        kind = event.type()
        if kind == QEvent.Type.Resize:
            self.resize(event.size())
        elif kind == QEvent.Type.MouseMove:
            self._point_at(event.position().x(), event.position().y())
        elif kind == QEvent.Type.Leave:
            self._set_pointed(None)
        return False

    def _point_at(self, x: float, y: float) -> None:
        marks, _ = self._marks()
        if not marks:
            return
        distances = np.hypot(*(np.array([one.place for one in marks]) - (x, y)).T)
        nearest = int(distances.argmin())
        self._set_pointed(marks[nearest].name if distances[nearest] <= REACH else None)

    def _set_pointed(self, name: str | None) -> None:
        if name != self.pointed:
            self.pointed = name
            self.update()

    def paintEvent(self, event: Any) -> None:
        """Draw the marks and their names; Qt asks for it whenever the canvas is drawn."""
        marks, everyone = self._marks()
        if not marks:
            return
        painter = QPainter(self)
        paint_marks(painter, marks)
        font = QFont(self.font())
        font.setPointSize(FONT_SIZE)
        font.setBold(True)
        paint_names(painter, marks, font, everyone, self.pointed)
        painter.end()
