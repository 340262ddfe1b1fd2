"""The tiles of the gallery: a crop of each specimen with a mark that can be dragged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPoint, QPointF, QRect, QSize, Qt, Signal
from qtpy.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from qtpy.QtWidgets import QSizePolicy, QWidget

from .aligned_crops import SIDE, CropPlace

CAPTION = 20
GAP = 8
TILE = QSize(SIDE + GAP, SIDE + CAPTION + GAP)
"""One tile with the space around it, in pixels of the screen."""

DRAG = 3
"""Pixels of the screen from which on a press is a drag."""

SELECTED = QColor(38, 139, 255)
DOUBTFUL = QColor(213, 94, 0)
DECIDED = QColor(0, 158, 115)
PLAIN = QColor(128, 128, 128)
"""Frames; the colours are told apart with any colour vision, and each has its sign in the caption."""


@dataclass(frozen=True, eq=False)
class Tile:
    """One specimen in the gallery.

    Attributes
    ----------
    specimen : int
        Its number.
    name : str
        What stands below it on the left.
    sign : str
        What stands below it on the right.
    place : CropPlace
        Where its crop lies on the image.
    point : (float, float) or None
        The landmark, (row, col) in pixels of the image; None for a missing one.
    frame : QColor
        Colour of its frame.
    fixed : bool
        Whether its landmark cannot be dragged, as that of the reference.
    crop : ndarray of uint8, shape (132, 132, 3), or None
        None while it is being cut.
    trouble : str
        Why there is no crop, if it cannot be cut.
    """

    specimen: int
    name: str
    sign: str
    place: CropPlace
    point: tuple[float, float] | None
    frame: QColor
    fixed: bool = False
    crop: NDArray[np.uint8] | None = None
    trouble: str = ""


class GalleryView(QWidget):
    """As many tiles as fit, row by row."""

    chosen = Signal(int)
    """A tile was clicked; its index."""

    opened = Signal(int)
    """A tile was double-clicked; its index."""

    dragged = Signal(int, float, float)
    """A mark was dragged; the tile's index, and (row, col) in pixels of its image."""

    resized = Signal()
    """Another number of tiles fits."""

    zoomed = Signal(int)
    """The wheel was turned: 1 to see less of each specimen, -1 to see more."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(3 * TILE.width(), 2 * TILE.height())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.tiles: list[Tile] = []
        self.selected: int | None = None
        self._press: tuple[int, QPoint] | None = None
        self._moved: QPointF | None = None

    @property
    def columns(self) -> int:
        """How many tiles fit beside each other."""
        return max(self.width() // TILE.width(), 1)

    @property
    def capacity(self) -> int:
        """How many tiles fit."""
        return self.columns * max(self.height() // TILE.height(), 1)

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show other tiles; none is selected."""
        self.tiles, self.selected = list(tiles), None
        self._press = self._moved = None
        self.update()

    def change_tile(self, index: int, tile: Tile) -> None:
        """Show one tile anew."""
        self.tiles[index] = tile
        self.update()

    def select(self, index: int | None) -> None:
        """Select a tile, or none."""
        self.selected = index
        self.update()

    def crop_rectangle(self, index: int) -> QRect:
        """Return where the crop of a tile is drawn, in pixels of the widget."""
        row, column = divmod(index, self.columns)
        corner = QPoint(column * TILE.width() + GAP // 2, row * TILE.height() + GAP // 2)
        return QRect(corner, QSize(SIDE, SIDE))

    # The mouse

    def tile_at(self, position: QPoint) -> int | None:
        """Return the index of the tile at a position in the widget."""
        column, row = position.x() // TILE.width(), position.y() // TILE.height()
        index = row * self.columns + column
        return index if column < self.columns and index < len(self.tiles) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select a tile; a drag may begin."""
        index = self.tile_at(event.position().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or index is None:
            return
        self._press = index, event.position().toPoint()
        self.chosen.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the mark with the mouse."""
        if self._press is None:
            return
        index, start = self._press
        way = event.position() - QPointF(start)
        if self._moved is None and way.manhattanLength() < DRAG:
            return
        if self._draggable(self.tiles[index]):
            self._moved = way
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Place the mark where it was dragged to."""
        press, way = self._press, self._moved
        self._press = self._moved = None
        if press is None or way is None:
            return
        tile = self.tiles[press[0]]
        place = self._mark(tile) + np.array([way.y(), way.x()])
        row, col = tile.place.to_image(place)
        self.dragged.emit(press[0], float(row), float(col))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open a tile's specimen."""
        index = self.tile_at(event.position().toPoint())
        if index is not None:
            self.opened.emit(index)

    def wheelEvent(self, event: object) -> None:
        """See more or less of each specimen."""
        turned = event.angleDelta().y()  # type: ignore[attr-defined]
        if turned:
            self.zoomed.emit(1 if turned > 0 else -1)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Tell that another number of tiles fits."""
        super().resizeEvent(event)
        self.resized.emit()

    # Drawing

    @staticmethod
    def _draggable(tile: Tile) -> bool:
        return not tile.fixed and tile.crop is not None and tile.point is not None

    @staticmethod
    def _mark(tile: Tile) -> NDArray[np.float64]:
        return tile.place.to_crop(np.asarray(tile.point, float))

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the tiles."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, tile in enumerate(self.tiles):
            self._draw(painter, index, tile)
        painter.end()

    def _draw(self, painter: QPainter, index: int, tile: Tile) -> None:
        where = self.crop_rectangle(index)
        self._draw_picture(painter, where, tile)
        chosen = index == self.selected
        painter.setPen(QPen(SELECTED if chosen else tile.frame, 4 if chosen else 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(where)
        self._draw_caption(painter, where, tile)
        if tile.point is not None and tile.crop is not None:
            row, col = self._mark(tile)
            moved = self._press is not None and self._press[0] == index and self._moved
            middle = QPointF(where.left() + col + 0.5, where.top() + row + 0.5)
            painter.setClipRect(where)
            _draw_mark(painter, middle + self._moved if moved and self._moved else middle)
            painter.setClipping(False)

    def _draw_picture(self, painter: QPainter, where: QRect, tile: Tile) -> None:
        if tile.crop is not None:
            pixels = tile.crop.tobytes()
            painter.drawImage(
                where, QImage(pixels, SIDE, SIDE, 3 * SIDE, QImage.Format.Format_RGB888)
            )
            return
        painter.setPen(self.palette().windowText().color())
        wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        inner = where.adjusted(6, 6, -6, -6)
        painter.drawText(inner, int(wrapped), tile.trouble or "…")

    def _draw_caption(self, painter: QPainter, where: QRect, tile: Tile) -> None:
        below = QRect(where.left(), where.bottom() + 2, SIDE, CAPTION)
        metrics = painter.fontMetrics()
        painter.setPen(self.palette().windowText().color())
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(below, int(middle | Qt.AlignmentFlag.AlignRight), tile.sign)
        room = SIDE - metrics.horizontalAdvance(tile.sign) - 6
        name = metrics.elidedText(tile.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(below, int(middle | Qt.AlignmentFlag.AlignLeft), name)


def _draw_mark(painter: QPainter, middle: QPointF) -> None:
    """Draw a ring with a dot in its middle that are seen on any ground."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in (("black", 3.0), ("white", 1.2)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawEllipse(middle, 8, 8)
    painter.setPen(QPen(QColor("black"), 0.8))
    painter.setBrush(QColor("white"))
    painter.drawEllipse(middle, 1.2, 1.2)


def with_crop(tile: Tile, crop: NDArray[np.uint8] | None, trouble: str = "") -> Tile:
    """Return a tile with its crop, or with the reason why there is none.

    Parameters
    ----------
    tile : Tile
        The tile.
    crop : ndarray of uint8, shape (132, 132, 3), or None
        Its crop; None as long as there is none.
    trouble : str
        Why there will be none.
    """
    return replace(tile, crop=crop, trouble=trouble)
