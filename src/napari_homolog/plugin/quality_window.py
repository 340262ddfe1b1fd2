"""A window that compares the specimens' shapes: distances to the mean, outliers, swapped pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..errors import LandmarkError
from ..landmarks import Landmarks
from ..project import Specimen
from ..shapes import Slip, Superimposition, find_slips, superimpose
from .session import Session

LEAST_LANDMARKS = 3


class QualityWindow(QDialog):
    """Shows which specimens and landmarks do not fit the others.

    Parameters
    ----------
    session : Session
        What the panels share.
    look_at : callable
        Opens a specimen, given its number.
    parent : QWidget
        The dock.
    """

    def __init__(self, session: Session, look_at: Callable[[int], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Quality of the series")
        self.resize(900, 560)
        self._look_at = look_at
        self._rows, shapes = _with_shape(session)
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.slips = QListWidget()
        self.slips.setToolTip("Click to look at the specimen.")
        self.slips.setMaximumWidth(280)
        self.slips.itemClicked.connect(self._on_clicked)
        self.figure = Figure(layout="constrained")
        self.canvas = FigureCanvasQTAgg(self.figure)
        layout = QVBoxLayout(self)
        layout.addWidget(self.verdict)
        row = QHBoxLayout()
        row.addWidget(self.canvas, 1)
        row.addWidget(self.slips)
        layout.addLayout(row, 1)
        try:
            series = superimpose(shapes)
        except LandmarkError as error:
            self.verdict.setText(f"There is nothing to compare yet. {error}")
            return
        self._show(series, find_slips(series))

    def _show(self, series: Superimposition, found: list[Slip]) -> None:
        for slip in found:
            specimen = self._rows[slip.specimen]
            what = " and ".join(slip.landmarks) + (" swapped?" if slip.swapped else "")
            item = QListWidgetItem(f"{specimen.name}: {what}", self.slips)
            item.setData(Qt.ItemDataRole.UserRole, specimen.id)
            item.setToolTip(f"{slip.residual:.0%} of the centroid size away from the mean")
        self.verdict.setText(
            f"{len(self._rows)} specimens, mean Procrustes distance to the mean shape "
            f"{series.distances.mean():.3f}. "
            + (f"To look at again: {len(found)}." if found else "No landmark stands out.")
        )
        _draw(self.figure, series, found, [one.name for one in self._rows])
        self.canvas.draw()

    def _on_clicked(self, item: QListWidgetItem) -> None:
        self._look_at(item.data(Qt.ItemDataRole.UserRole))


def _with_shape(session: Session) -> tuple[list[Specimen], list[Landmarks]]:
    """Return the specimens with enough landmarks, and these."""
    rows, shapes = [], []
    known = session.project.specimens() if session.project.landmarks else []
    for row in known:
        found = session.project.landmarks_of(row.id)
        if found.present.sum() >= LEAST_LANDMARKS:
            rows.append(row)
            shapes.append(found)
    return rows, shapes


def _draw(figure: Figure, series: Superimposition, found: list[Slip], names: list[str]) -> None:
    """Draw the specimens over one another, and each one's distance to the mean."""
    left, right = figure.subplots(1, 2)
    flagged = {(slip.specimen, name) for slip in found for name in slip.landmarks}
    for index, name in enumerate(series.names):
        left.scatter(series.shapes[:, index, 1], series.shapes[:, index, 0], s=8, alpha=0.6)
        left.annotate(
            name, series.mean[index, ::-1], fontsize=7, ha="center", va="bottom", color="0.3"
        )
        for specimen in range(len(series.shapes)):
            if (specimen, name) in flagged:
                row, col = series.shapes[specimen, index]
                left.scatter(col, row, s=60, facecolors="none", edgecolors="red")
    left.scatter(series.mean[:, 1], series.mean[:, 0], marker="+", color="black")
    left.set_title("specimens on their mean", fontsize=10)
    left.set(aspect="equal", xticks=[], yticks=[])
    left.invert_yaxis()
    order = np.argsort(series.distances)[::-1][:25][::-1]
    bad: Any = [any(slip.specimen == index for slip in found) for index in order]
    right.barh(
        [names[index] for index in order],
        series.distances[order],
        color=["tab:red" if one else "tab:blue" for one in bad],
    )
    right.tick_params(labelsize=7)
    right.set_title("Procrustes distance to the mean", fontsize=10)
