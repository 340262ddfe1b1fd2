"""The first panel: the list of landmarks, and their positions on the reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from napari.layers import Image, Points
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QLabel,
    QMenu,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..errors import HomologError
from ..formats import read_specimen
from ..project import LandmarkDefinition, import_specimen
from .choices import LayerChoice
from .layers import landmarks_of
from .open_specimen import OpenSpecimen
from .points_style import BY_HAND
from .rows import choose_row
from .session import Session
from .templates import SUFFIX, read_template, write_template

NAME, STATE = range(2)

IN_REVIEW = (
    "{} has located landmarks: correct them in Review, and press Learn again there to make it a "
    "further reference."
)


class LandmarksPanel(QWidget):
    """Defines landmarks and places them on a reference.

    Parameters
    ----------
    session : Session
        What the panels share.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._writing = False
        self._build()
        for signal in (session.landmarks_changed, session.project_changed, session.current_changed):
            signal.connect(self.refresh)
        session.placements_changed.connect(self._on_placements)
        session.picked.connect(self._on_picked)
        self.refresh_layers()
        self.refresh()

    def _build(self) -> None:
        self.image = LayerChoice(Image, "The image on which you mark the landmarks.")
        self.points = LayerChoice(Points, "A Points layer that you have already.")
        self.take_button = QPushButton("Take over")
        self.take_button.setToolTip(
            "Use the points of this layer as landmarks of the image; names come from the feature "
            "'name', otherwise the points are numbered."
        )
        points = QHBoxLayout()
        points.addWidget(self.points, 1)
        points.addWidget(self.take_button)
        form = QFormLayout()
        form.addRow("Reference", self.image)
        form.addRow("Points", points)

        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels(["Landmark", "State"])
        self.table.verticalHeader().setVisible(False)
        self.table.horizontalHeader().setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setMinimumHeight(160)
        self.add_button = _tool("Add", "Add a landmark to the list.")
        self.remove_button = _tool("Remove", "Remove the selected landmarks from the list.")
        self.up_button = _tool("▲", "Move the selected landmark up.")
        self.down_button = _tool("▼", "Move the selected landmark down.")
        self.colour_button = _tool("Colour", "Choose the selected landmarks' colour.")
        self.list_button = QPushButton("List")
        self.list_button.setToolTip("Save, load or import the list.")
        menu = QMenu(self.list_button)
        self.load_action = menu.addAction("Load template …", self._load_template)
        self.save_action = menu.addAction("Save as template …", self._save_template)
        self.import_action = menu.addAction("Import landmarks (TPS, CSV, COCO …) …", self._import)
        self.list_button.setMenu(menu)
        tools = QHBoxLayout()
        for button in (
            self.add_button,
            self.remove_button,
            self.up_button,
            self.down_button,
            self.colour_button,
            self.list_button,
        ):
            tools.addWidget(button)
        tools.addStretch()

        self.place_button = QPushButton("Place landmarks")
        self.place_button.setCheckable(True)
        self.place_button.setToolTip(
            "Click on the image to place one landmark after the other; press again to stop."
        )
        self.next_label = QLabel()
        self.next_label.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.table, 1)
        layout.addLayout(tools)
        layout.addWidget(self.place_button)
        layout.addWidget(self.next_label)

        self.take_button.clicked.connect(self._take_over)
        self.add_button.clicked.connect(self._add)
        self.remove_button.clicked.connect(self._remove)
        self.up_button.clicked.connect(lambda: self._shift(-1))
        self.down_button.clicked.connect(lambda: self._shift(1))
        self.colour_button.clicked.connect(self._colour)
        self.place_button.toggled.connect(self._place)
        self.table.itemChanged.connect(self._on_renamed)
        self.table.itemSelectionChanged.connect(self._on_selected)

    def add_tools(self, widget: QWidget) -> None:
        """Add what belongs to landmarks, such as their curves, below them."""
        layout = self.layout()
        if layout is not None:
            layout.addWidget(widget)

    # What is shown

    def refresh_layers(self) -> None:
        """List the layers of the viewer."""
        self.image.refresh(self._session.viewer)
        self.points.refresh(self._session.viewer)
        self.take_button.setEnabled(self.points.layer is not None)

    def refresh(self) -> None:
        """Show the list and which landmarks are placed."""
        one = self._session.current
        placements = one.placements() if one is not None else {}
        self._writing = True
        self.table.setRowCount(len(self._session.project.landmarks))
        for row, landmark in enumerate(self._session.project.landmarks):
            item = QTableWidgetItem(landmark.name)
            item.setData(Qt.ItemDataRole.UserRole, landmark.name)
            item.setIcon(_swatch(landmark.colour))
            item.setToolTip(landmark.note or "Double-click to rename.")
            self.table.setItem(row, NAME, item)
            placed = placements.get(landmark.name)
            state = QTableWidgetItem("—" if placed is None else str(placed.status.value))
            state.setFlags(state.flags() & ~Qt.ItemFlag.ItemIsEditable)
            self.table.setItem(row, STATE, state)
        self._writing = False
        self._tell_next()

    def _tell_next(self) -> None:
        one, count = self._session.current, len(self._session.project.landmarks)
        if one is None or not self.place_button.isChecked():
            self.next_label.setText("")
            return
        unplaced = one.unplaced()
        if unplaced:
            done = count - len(unplaced)
            self.next_label.setText(f"Click on <b>{unplaced[0]}</b> ({done + 1} of {count}).")
        elif one.grows or not count:
            self.next_label.setText(
                f"Click on the next landmark ({count} placed)."
                if count
                else "Click on the first landmark."
            )
        else:
            self.place_button.setChecked(False)
            self._session.message.emit(
                "All landmarks are placed. Go on to Learn, or add a landmark to the list."
            )

    def _on_placements(self, specimen: int) -> None:
        one = self._session.current
        if one is not None and one.specimen == specimen:
            self.refresh()

    # Landmarks on the reference

    def reference(self) -> OpenSpecimen | None:
        """Return the chosen image as an open reference, or tell the user what is missing."""
        known = self._session.project.references()
        if self.image.layer is None and not known:
            self._session.message.emit("Open an image first: drop a file on the window.")
            return None
        try:
            if self.image.layer is None:
                return self._session.look_at(known[0].id)
            specimen = self._session.specimen_of(self.image.layer)
            if not specimen.reference:
                if self._session.project.confidences(specimen.id):
                    self._session.message.emit(IN_REVIEW.format(specimen.name))
                    return None
                self._session.project.mark_reference(specimen.id, True)
            return self._session.look_at(specimen.id)
        except HomologError as error:
            self._session.message.emit(str(error))
            return None

    def _place(self, on: bool) -> None:
        one = self.reference() if on else self._session.current
        if one is None:
            self.place_button.setChecked(False)
            return
        # Showing the reference ends the placing where nothing is left to be placed.
        on = on and self.place_button.isChecked()
        one.grows = on and (one.grows or not self._session.project.landmarks)
        one.place_by_clicks(on)
        self._tell_next()

    def _take_over(self) -> None:
        layer = self.points.layer
        if self.image.layer is None or layer is None:
            self._session.message.emit("Choose an image and a Points layer first.")
            return
        try:
            found = landmarks_of(layer, self.image.layer)
            specimen = self._session.specimen_of(self.image.layer)
            found.require_inside(*specimen.size)
        except HomologError as error:
            self._session.message.emit(str(error))
            return
        one = self.reference()
        if one is not None:
            self.define(found.names)
            points = {name: tuple(found[name]) for name in found.names}
            self._session.project.place_many(one.specimen, points)
            layer.visible = False
            self._session.landmarks_changed.emit()
            self._session.changed(one.specimen)
            self._session.message.emit(f"{len(found)} landmarks taken over from {layer.name!r}.")

    def define(self, names: Any) -> None:
        """Add names that are not in the list yet."""
        known = list(self._session.project.landmarks)
        there = {one.name for one in known}
        known += [LandmarkDefinition(name) for name in names if name not in there]
        self._session.project.set_landmarks(known)

    # The list

    def _selected(self) -> list[str]:
        rows = sorted({index.row() for index in self.table.selectedIndexes()})
        return [self.table.item(row, NAME).data(Qt.ItemDataRole.UserRole) for row in rows]

    def _on_selected(self) -> None:
        chosen, one = self._selected(), self._session.current
        if one is not None and len(chosen) == 1 and not self._writing:
            one.select(chosen[0])

    def _on_picked(self, specimen: int, names: list[str]) -> None:
        """Select the row of the landmark that was picked in the picture."""
        one = self._session.current
        if one is None or one.specimen != specimen:
            return
        listed = [landmark.name for landmark in self._session.project.landmarks]
        self._writing = True
        self.table.clearSelection()
        if len(names) == 1:
            choose_row(self.table, listed.index(names[0]))
        self._writing = False

    def _set(self, landmarks: list[LandmarkDefinition]) -> None:
        self._session.project.set_landmarks(landmarks)
        self._session.refresh()

    def _add(self) -> None:
        name, agreed = QInputDialog.getText(self, "New landmark", "Name")
        if not agreed:
            return
        try:
            self._set([*self._session.project.landmarks, LandmarkDefinition(name.strip())])
        except HomologError as error:
            self._session.message.emit(str(error))

    def _remove(self) -> None:
        gone = set(self._selected())
        if gone:
            self._set([one for one in self._session.project.landmarks if one.name not in gone])

    def _shift(self, by: int) -> None:
        chosen, order = self._selected(), list(self._session.project.landmarks)
        if len(chosen) != 1:
            return
        place = next(i for i, one in enumerate(order) if one.name == chosen[0])
        if 0 <= place + by < len(order):
            order.insert(place + by, order.pop(place))
            self._set(order)
            choose_row(self.table, place + by)

    def _colour(self) -> None:
        chosen = set(self._selected())
        if not chosen:
            return
        colour = QColorDialog.getColor(QColor(BY_HAND), self, "Colour")
        if colour.isValid():
            self._set(
                [
                    LandmarkDefinition(one.name, colour.name(), one.note)
                    if one.name in chosen
                    else one
                    for one in self._session.project.landmarks
                ]
            )

    def _on_renamed(self, item: QTableWidgetItem) -> None:
        if self._writing or item.column() != NAME:
            return
        old, new = item.data(Qt.ItemDataRole.UserRole), item.text().strip()
        try:
            self._session.project.rename_landmark(old, new)
        except HomologError as error:
            self._session.message.emit(str(error))
        self._session.refresh()

    # Files

    def _load_template(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Load template", "", f"Templates (*{SUFFIX})")
        if path:
            try:
                self._set(read_template(Path(path)))
            except HomologError as error:
                self._session.message.emit(str(error))

    def _save_template(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save template", "", f"Templates (*{SUFFIX})")
        if path:
            target = Path(path if path.endswith(SUFFIX) else path + SUFFIX)
            write_template(target, self._session.project.landmarks)
            self._session.message.emit(f"Saved {target.name}.")

    def _import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Import landmarks")
        one = self.reference() if path else None
        if one is None:
            return
        try:
            row = self._session.project.specimen(one.specimen)
            image = str(row.path) if row.path is not None else row.name
            found = read_specimen(path, image, one.shape)
            found.landmarks.require_inside(*one.shape)
            import_specimen(self._session.project, one.specimen, found)
        except HomologError as error:
            self._session.message.emit(str(error))
            return
        self._session.landmarks_changed.emit()
        self._session.changed(one.specimen)
        self._session.message.emit(
            f"{len(found.landmarks)} landmarks imported from {Path(path).name}."
        )


def _tool(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    return button


def _swatch(colour: str | None) -> QIcon:
    picture = QPixmap(12, 12)
    picture.fill(QColor(colour or BY_HAND))
    return QIcon(picture)
