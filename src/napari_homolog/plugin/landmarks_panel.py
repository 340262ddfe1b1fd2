"""The first panel: the list of landmarks, and their positions on the reference."""

from __future__ import annotations

from napari.layers import Image, Points
from qtpy.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ..errors import HomologError
from .buttons import allow, push_button
from .choices import LayerChoice
from .landmark_list import LandmarkList
from .landmark_list_files import LandmarkFiles
from .layers import landmarks_of
from .open_specimen import OpenSpecimen
from .session import Session
from .wording import counted

OPEN_AN_IMAGE = "Open an image first: drop a file on the window."

NO_POINTS = "There is no Points layer of yours; this is for points that you have already."

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
        self._build()
        for signal in (session.landmarks_changed, session.project_changed, session.current_changed):
            signal.connect(self.refresh)
        session.placements_changed.connect(self._on_placements)
        self.refresh_layers()

    def _build(self) -> None:
        self.image = LayerChoice(Image, "The image on which you mark the landmarks.")
        self.points = LayerChoice(Points, "A Points layer that you have already.")
        self.take_button = push_button(
            "Take over",
            "Use the points of this layer as landmarks of the image; names come from the feature "
            "'name', otherwise the points are numbered.",
        )
        points = QHBoxLayout()
        points.addWidget(self.points, 1)
        points.addWidget(self.take_button)
        form = QFormLayout()
        form.addRow("Reference", self.image)
        form.addRow("Points", points)

        self.list = LandmarkList(self._session)
        self.table = self.list.table
        self.files = LandmarkFiles(self._session, self.list, self.reference)
        self.list.tools.insertWidget(self.list.tools.count() - 1, self.files)
        self.place_button = QPushButton("Place landmarks")
        self.place_button.setCheckable(True)
        self.place_button.setToolTip(
            "Click on the image to place one landmark after the other; press again to stop."
        )
        self.next_label = QLabel()
        self.next_label.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.place_button)
        layout.addWidget(self.next_label)

        self.take_button.clicked.connect(self._take_over)
        self.place_button.toggled.connect(self._place)

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
        self.refresh()

    def refresh(self) -> None:
        """Show which buttons can be used, and what is to be placed next."""
        image = self.image.layer is not None
        points = "" if self.points.layer is not None else NO_POINTS
        allow(self.take_button, points if image else OPEN_AN_IMAGE)
        placeable = image or bool(self._session.project.references())
        allow(self.place_button, "" if placeable else OPEN_AN_IMAGE)
        if not placeable:
            self.place_button.setChecked(False)
        self.files.allow_entries(placeable)
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
            self._session.message.emit(OPEN_AN_IMAGE)
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
            self.list.define(found.names)
            points = {name: tuple(found[name]) for name in found.names}
            self._session.project.place_many(one.specimen, points)
            layer.visible = False
            self._session.landmarks_changed.emit()
            self._session.changed(one.specimen)
            self._session.message.emit(
                f"{counted(len(found), 'landmark')} taken over from {layer.name!r}."
            )
