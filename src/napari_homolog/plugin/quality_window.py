"""A window that compares the specimens' shapes: distances to the mean, outliers, components."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib import rc_context
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ..errors import LandmarkError
from ..figures import draw_distances, draw_shapes
from ..procrustes import (
    DigitisingOutlier,
    Superimposition,
    digitising_outliers,
    generalised_procrustes_analysis,
)
from ..project.specimen_shapes import with_shape
from .session import Session
from .shape_space_view import ShapeSpaceView
from .theme_colours import theme_colours
from .wording import counted

ENOUGH = 8
"""Fewer specimens do not tell what is usual: in six of them one misplaced landmark moves the mean."""


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
        self._rows, shapes = with_shape(session.project)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.outliers = QListWidget()
        self.outliers.setToolTip("Landmarks that stand out. Click to look at the specimen.")
        self.outliers.setMaximumWidth(280)
        self.outliers.hide()
        self.outliers.itemClicked.connect(self._on_clicked)
        self._colours = theme_colours(session.viewer)
        self.figure = Figure(layout="constrained", facecolor=self._colours.background.name())
        self.canvas = FigureCanvasQTAgg(self.figure)
        distances = QWidget()
        layout = QVBoxLayout(distances)
        layout.addWidget(self.summary)
        row = QHBoxLayout()
        row.addWidget(self.canvas, 1)
        row.addWidget(self.outliers)
        layout.addLayout(row, 1)
        self.space = ShapeSpaceView(session.project, look_at, self._colours)
        self.tabs = QTabWidget()
        self.tabs.addTab(distances, "Distances")
        self.tabs.addTab(self.space, "Shape space")
        QVBoxLayout(self).addWidget(self.tabs)
        try:
            series = generalised_procrustes_analysis(shapes)
        except LandmarkError as error:
            self.summary.setText(f"There is nothing to compare yet. {error}")
            return
        self._show(series, digitising_outliers(series))

    def _show(self, series: Superimposition, found: list[DigitisingOutlier]) -> None:
        self.outliers.setVisible(bool(found))
        for slip in found:
            specimen = self._rows[slip.specimen]
            what = " and ".join(slip.landmarks) + (" swapped?" if slip.swapped else "")
            item = QListWidgetItem(f"{specimen.name}: {what}", self.outliers)
            item.setData(Qt.ItemDataRole.UserRole, specimen.id)
            item.setToolTip(f"{slip.residual:.0%} of the centroid size away from the mean")
        self.summary.setText(
            f"{counted(len(self._rows), 'specimen')}, mean Procrustes distance to the mean shape "
            f"{series.distances.mean():.3f}. " + _verdict(len(self._rows), len(found))
        )
        with rc_context(self._colours.plot_style()):
            left, right = self.figure.subplots(1, 2)
            draw_shapes(left, series, found)
            draw_distances(right, series, found, [one.name for one in self._rows])
        self.canvas.draw()

    def _on_clicked(self, item: QListWidgetItem) -> None:
        self._look_at(item.data(Qt.ItemDataRole.UserRole))


def _verdict(specimens: int, outliers: int) -> str:
    if outliers:
        return f"To look at again: {outliers}."
    if specimens < ENOUGH:
        return (
            f"{specimens} specimens are too few to tell whether a landmark is misplaced; review "
            f"{ENOUGH} or more."
        )
    return "No landmark stands out."
