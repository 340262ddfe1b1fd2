"""The reference beside the target: the neighbourhood of the selected landmark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QColor, QImage, QPainter, QPen, QPixmap
from qtpy.QtWidgets import QLabel

SHARE = 0.3
"""Side of the neighbourhood as a share of the image's longer side."""

SIDE = 180
"""Of the inset in pixels of the screen."""


class ReferenceInset(QLabel):
    """A small picture that follows the landmark, with a ring at its position."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(SIDE, SIDE)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setToolTip("The landmark on the reference.")
        self._key: Any = None
        self._picture: NDArray[np.uint8] | None = None

    def show_landmark(
        self,
        key: Any,
        picture: Callable[[], NDArray[Any]],
        point: NDArray[np.float64],
    ) -> None:
        """Show the neighbourhood of a point.

        Parameters
        ----------
        key
            Identifies the picture: one that is shown already is not read again.
        picture : callable
            Returns the reference's picture.
        point : ndarray, shape (2,)
            (row, col) in pixels.
        """
        if key != self._key:
            from ..images import as_rgb

            self._picture = np.ascontiguousarray((as_rgb(picture()) * 255).round().astype(np.uint8))
            self._key = key
        if self._picture is not None:
            self.setPixmap(_neighbourhood(self._picture, point))

    def show_nothing(self, why: str) -> None:
        """Show a few words instead of a picture."""
        self.setPixmap(QPixmap())
        self.setText(why)

    def forget(self) -> None:
        """Clear the inset; the next picture is read again."""
        self._key = self._picture = None
        self.show_nothing("")


def _neighbourhood(picture: NDArray[np.uint8], point: NDArray[np.float64]) -> QPixmap:
    """Return a square crop around a point, grey outside the image, with a ring at the point."""
    half = max(8, round(SHARE * max(picture.shape[:2]) / 2))
    row, col = (round(float(one)) for one in point)
    crop = np.full((2 * half + 1, 2 * half + 1, 3), 60, np.uint8)
    top, left = row - half, col - half
    rows = slice(max(top, 0), min(row + half + 1, picture.shape[0]))
    cols = slice(max(left, 0), min(col + half + 1, picture.shape[1]))
    crop[rows.start - top : rows.stop - top, cols.start - left : cols.stop - left] = picture[
        rows, cols
    ]
    side = len(crop)
    image = QImage(crop.tobytes(), side, side, 3 * side, QImage.Format.Format_RGB888)
    shown = QPixmap.fromImage(image).scaled(
        SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    painter = QPainter(shown)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    scale = SIDE / side
    middle = QPointF((float(point[1]) - left + 0.5) * scale, (float(point[0]) - top + 0.5) * scale)
    for colour, width in (("black", 4), ("white", 2)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawEllipse(middle, 8, 8)
    painter.end()
    return shown
