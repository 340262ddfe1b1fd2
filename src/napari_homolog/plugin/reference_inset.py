"""The reference beside the target: the selected landmark in the scale and turn of the canvas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, Qt, Signal
from qtpy.QtGui import QColor, QImage, QPainter, QTransform
from qtpy.QtWidgets import QDialog, QVBoxLayout, QWidget

from .canvas_marks import Mark, paint_marks

if TYPE_CHECKING:
    import napari

SIDE = 150
"""Least side of the inset in pixels of the screen."""

GROUND = QColor(60, 60, 60)


@dataclass(frozen=True, eq=False)
class ReferenceSight:
    """A landmark on a reference, and how the specimen beside it lies.

    Attributes
    ----------
    name : str
        The reference's.
    picture : ndarray of uint8, shape (height, width, 3)
        RGB.
    point : ndarray, shape (2,)
        The landmark, (row, col) in pixels of the reference.
    linear : ndarray, shape (2, 2)
        What one pixel of the reference, as a column (row, col), is in the world of the canvas.
    mark : Mark
        How the landmark is drawn.
    """

    name: str
    picture: NDArray[np.uint8]
    point: NDArray[np.float64]
    linear: NDArray[np.float64]
    mark: Mark


class ReferenceView(QWidget):
    """Draws a landmark on the reference in the middle, as large and turned as on the canvas.

    Parameters
    ----------
    viewer : napari.Viewer
        The window, whose zoom is followed.
    """

    clicked = Signal()
    """The user clicked on it."""

    def __init__(self, viewer: napari.Viewer) -> None:
        super().__init__()
        self._viewer = viewer
        self._sight: ReferenceSight | None = None
        self._image: QImage | None = None
        self._why = ""
        viewer.scene.camera.events.zoom.connect(self._on_zoom)
        self.destroyed.connect(lambda: viewer.scene.camera.events.zoom.disconnect(self._on_zoom))

    def _on_zoom(self, event: Any = None) -> None:
        self.update()

    def show_sight(self, sight: ReferenceSight | None, why: str = "") -> None:
        """Show a landmark, or else a few words that say why there is none."""
        before = None if self._sight is None else self._sight.picture
        self._sight, self._why = sight, why
        if sight is None:
            self._image = None
        elif self._image is None or sight.picture is not before:
            height, width = sight.picture.shape[:2]
            form = QImage.Format.Format_RGB888
            self._image = QImage(sight.picture.tobytes(), width, height, 3 * width, form).copy()
        self.update()

    def to_view(self) -> QTransform:
        """Return what maps (x, y) in pixels of the reference to pixels of this widget."""
        way = QTransform()
        if self._sight is None:
            return way
        (down, down_right), (right_down, right) = (
            self._sight.linear * self._viewer.scene.camera.zoom
        )
        row, col = map(float, self._sight.point)
        way.translate(self.width() / 2, self.height() / 2)
        # Qt writes points as rows, and x before y.
        way = QTransform(right, down_right, right_down, down, 0, 0) * way
        return QTransform.fromTranslate(-col, -row) * way

    def paintEvent(self, event: Any) -> None:
        """Draw the reference and its landmark, or the words."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), GROUND)
        if self._sight is None or self._image is None:
            painter.setPen(QColor("white"))
            painter.drawText(
                self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._why
            )
            painter.end()
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setTransform(self.to_view())
        # Pixel centres are at integers.
        painter.drawImage(QPointF(-0.5, -0.5), self._image)
        painter.resetTransform()
        paint_marks(painter, [self._sight.mark.at(self.width() / 2, self.height() / 2)])
        painter.end()

    def mousePressEvent(self, event: Any) -> None:
        """Tell that it was clicked."""
        self.clicked.emit()


class ReferenceInset(ReferenceView):
    """The landmark on the reference, in the panel; a click shows it in a window of any size.

    Parameters
    ----------
    viewer : napari.Viewer
        The window.
    """

    def __init__(self, viewer: napari.Viewer) -> None:
        super().__init__(viewer)
        self.setMinimumSize(SIDE, SIDE)
        self._key: Any = None
        self._picture: NDArray[np.uint8] | None = None
        self._window: QDialog | None = None
        self._large: ReferenceView | None = None
        self._tell("")
        self.clicked.connect(self.enlarge)

    def _tell(self, name: str) -> None:
        what = f"The landmark on the reference {name}" if name else "The landmark on the reference"
        self.setToolTip(f"{what}, as large and turned as on the canvas. Click to enlarge it.")

    def show_landmark(
        self,
        key: Any,
        picture: Callable[[], NDArray[Any]],
        sight: Callable[[NDArray[np.uint8]], ReferenceSight],
    ) -> None:
        """Show a landmark.

        Parameters
        ----------
        key
            Identifies the picture: one that is shown already is not read again.
        picture : callable
            Returns the reference's picture.
        sight : callable
            Returns what to show, given the picture as RGB.
        """
        if key != self._key or self._picture is None:
            from ..images import as_rgb

            self._picture = np.ascontiguousarray((as_rgb(picture()) * 255).round().astype(np.uint8))
            self._key = key
        found = sight(self._picture)
        self._tell(found.name)
        self.show_sight(found)

    def show_nothing(self, why: str) -> None:
        """Show a few words instead of a picture."""
        self.show_sight(None, why)

    def show_sight(self, sight: ReferenceSight | None, why: str = "") -> None:
        """Show a landmark here, and in the window if it is open."""
        super().show_sight(sight, why)
        if self._large is not None and self._window is not None:
            self._large.show_sight(sight, why)
            self._window.setWindowTitle(_title(sight))

    def forget(self) -> None:
        """Clear the inset; the next picture is read again."""
        self._key = self._picture = None
        self.show_nothing("")

    def enlarge(self) -> None:
        """Show the same in a window of its own, which follows."""
        if self._window is None:
            self._window = QDialog(self)
            self._large = ReferenceView(self._viewer)
            layout = QVBoxLayout(self._window)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.addWidget(self._large)
            self._window.resize(520, 520)
        self._window.show()
        self._window.raise_()
        self.show_sight(self._sight, self._why)


def _title(sight: ReferenceSight | None) -> str:
    return "Reference" if sight is None else f"{sight.mark.name} on {sight.name}"
