"""A small window that measures the real size of pixels, beside the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from ..errors import HomologError
from ..project import Line, ScaleBar, Specimen
from ..project.scale_import import measure_points, measure_rulers, same_line, unlike_the_others
from ..rulers import UNITS
from .buttons import allow, push_button
from .read_only_notice import lock_all
from .scale_layer import ScaleLayer
from .session import Session
from .wording import counted, scale_in_words

POINTS, RULER, LANDMARKS = range(3)
WAYS = (
    ("Two points on the picture", "Known distance"),
    ("Ticks of a ruler", "From tick to tick"),
    ("Two landmarks on all pictures", "Known distance"),
)
"""The ways to a scale, and what the known length is in each."""

NO_SPECIMEN = "Show a specimen first: double-click it in Transfer, or choose it in Review."
TWO_LANDMARKS = "Define the two ends of the scale bar as landmarks first."


class ScaleWindow(QDialog):
    """Measures scales from a line on the picture, or from two landmarks of a known distance.

    Parameters
    ----------
    session : Session
        What the panels share.
    parent : QWidget
        The dock.
    """

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Scale")
        self._session = session
        self.line = ScaleLayer(session)
        self._build()
        self.line.drawn.connect(self._on_drawn)
        self.line.begun.connect(lambda: session.message.emit("Click at the other end."))
        for signal in (
            session.current_changed,
            session.specimens_changed,
            session.landmarks_changed,
            session.project_changed,
        ):
            signal.connect(self.refresh)
        session.message.connect(self.told.setText)
        self._on_way()

    def _build(self) -> None:
        self.way = QComboBox()
        self.way.addItems([text for text, _ in WAYS])
        self.length = QDoubleSpinBox()
        self.length.setDecimals(4)
        self.length.setRange(0.0, 1e6)
        self.length.setValue(1.0)
        self.unit = QComboBox()
        self.unit.addItems(list(dict.fromkeys("um" if one == "µm" else one for one in UNITS)))
        self.unit.setCurrentText("mm")
        known = QHBoxLayout()
        known.addWidget(self.length, 1)
        known.addWidget(self.unit)
        self.length_label = QLabel()
        self.first, self.second = QComboBox(), QComboBox()
        self.ends = QWidget()
        ends = QHBoxLayout(self.ends)
        ends.setContentsMargins(0, 0, 0, 0)
        ends.addWidget(self.first, 1)
        ends.addWidget(self.second, 1)
        self.everywhere = QCheckBox("The same line on all pictures")
        self.everywhere.setToolTip("For a camera on a stand: all are measured at once.")
        self.draw_button = push_button(
            "Draw line",
            "Click at one end of the line on the picture and at the other, or drag; then go on with "
            "the next picture, or press again to stop.",
        )
        self.draw_button.setCheckable(True)
        self.set_button = push_button(
            "Set", "All scales follow from where these two landmarks are on each specimen."
        )
        self.forget_button = push_button("Forget", "Forget the scale; Ctrl+Z brings it back.")
        self.present, self.told = QLabel(), QLabel()
        for label in (self.present, self.told):
            label.setWordWrap(True)
        form = QFormLayout()
        form.addRow("From", self.way)
        form.addRow(self.length_label, known)
        buttons = QHBoxLayout()
        for button in (self.draw_button, self.set_button, self.forget_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        for widget in (self.ends, self.everywhere):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        layout.addWidget(self.present)
        layout.addWidget(self.told)
        layout.addStretch()
        self.setFixedWidth(360)
        self.way.currentIndexChanged.connect(self._on_way)
        self.draw_button.toggled.connect(self._draw)
        self.set_button.clicked.connect(self._set_bar)
        self.forget_button.clicked.connect(self._forget)

    # What is shown

    def _on_way(self) -> None:
        way = self.way.currentIndex()
        self.length_label.setText(WAYS[way][1])
        by_landmarks = way == LANDMARKS
        self.ends.setVisible(by_landmarks)
        self.set_button.setVisible(by_landmarks)
        self.everywhere.setVisible(not by_landmarks)
        self.draw_button.setVisible(not by_landmarks)
        if by_landmarks:
            self.draw_button.setChecked(False)
        self.refresh()

    def refresh(self) -> None:
        """Show what is known of the shown specimen's scale, and what can be done."""
        one, project = self._session.current, self._session.project
        names = [landmark.name for landmark in project.landmarks]
        for box, place in ((self.first, 0), (self.second, 1)):
            if [box.itemText(index) for index in range(box.count())] != names:
                chosen = box.currentText()
                box.clear()
                box.addItems(names)
                box.setCurrentText(chosen if chosen in names else "".join(names[place : place + 1]))
        allow(self.draw_button, "" if one is not None else NO_SPECIMEN)
        allow(self.set_button, "" if len(names) > 1 else TWO_LANDMARKS)
        try:
            scale = None if one is None else project.scale_of(one.specimen)
            told = scale_in_words(scale) or "not known"
        except HomologError as error:
            scale, told = None, str(error)
        nothing = "There is no scale to forget."
        by_bar = self.way.currentIndex() == LANDMARKS
        there = project.scale_bar is not None if by_bar else scale is not None
        allow(self.forget_button, "" if there else nothing)
        lock_all(self._session, (self.draw_button, self.set_button, self.forget_button))
        self.present.setText(NO_SPECIMEN if one is None else f"{one.name}: {told}.")

    def closeEvent(self, event: Any) -> None:
        """End the drawing with the window."""
        self.draw_button.setChecked(False)
        super().closeEvent(event)

    # Measuring

    def _draw(self, on: bool) -> None:
        if not on:
            self.line.leave()
            return
        self.line.draw()
        self._session.message.emit(
            "Draw a line over the ruler's short ticks, so that it crosses all of them."
            if self.way.currentIndex() == RULER
            else "Click at one end of the known distance, then at the other."
        )

    def _specimens(self) -> list[Specimen]:
        """Return whose scales are measured: the shown specimen's, or all."""
        one, project = self._session.current, self._session.project
        if self.everywhere.isChecked():
            return project.specimens()
        return [] if one is None else [project.specimen(one.specimen)]

    def _on_drawn(self, ends: NDArray[np.float64]) -> None:
        if self._session.current is None or not self.isVisible():
            return
        start, end = ((float(row), float(col)) for row, col in ends)
        specimens = self._specimens()
        lines = same_line(specimens, Line(start, end))
        length, unit = self.length.value(), self.unit.currentText()
        try:
            if self.way.currentIndex() == RULER:
                told = self._read_rulers(specimens, lines, length, unit)
            else:
                measure_points(self._session.project, lines, length, unit)
                told = self._measured(specimens)
        except HomologError as error:
            told = str(error)
        self._session.specimens_changed.emit()
        self._session.message.emit(told)

    def _read_rulers(
        self, specimens: list[Specimen], lines: dict[int, Line], length: float, unit: str
    ) -> str:
        session = self._session
        readings, unread = measure_rulers(
            session.project, lines, length, unit, picture=lambda one: session.picture(one.id)
        )
        if len(specimens) == 1:
            for reading in readings.values():
                return f"{reading.ticks:.1f} ticks. {self._measured(specimens)}"
            return next(iter(unread.values()))
        names = [one.name for one in specimens if one.id in unread]
        told = self._measured([one for one in specimens if one.id in readings])
        return f"{told} Not read: {', '.join(names)}." if names else told

    def _measured(self, specimens: list[Specimen]) -> str:
        """Return what was measured, and whose scale is unlike the others'."""
        project = self._session.project
        if len(specimens) == 1:
            told = f"{specimens[0].name}: {scale_in_words(project.scale_of(specimens[0].id))}."
        else:
            told = f"Measured on {counted(len(specimens), 'specimen')}."
        unlike = [one.name for one in unlike_the_others(project, project.specimens())]
        if unlike:
            told += f" More than a fifth off the others: {', '.join(unlike)}. Look at these."
        return told

    def _set_bar(self) -> None:
        bar = ScaleBar(
            self.first.currentText(),
            self.second.currentText(),
            self.length.value(),
            self.unit.currentText(),
        )
        try:
            self._session.project.set_scale_bar(bar)
        except HomologError as error:
            told = str(error)
        else:
            told = (
                f"Scales follow from {bar.first} to {bar.second}, which are no part of the shape. "
                "Review both on every specimen."
            )
        self._session.landmarks_changed.emit()
        self._session.specimens_changed.emit()
        self._session.message.emit(told)

    def _forget(self) -> None:
        project = self._session.project
        if self.way.currentIndex() == LANDMARKS:
            project.set_scale_bar(None)
            told = "Scales follow from no landmarks any longer."
        else:
            specimens = self._specimens()
            project.clear_scales([one.id for one in specimens])
            told = f"The scale of {counted(len(specimens), 'specimen')} is forgotten."
        self._session.specimens_changed.emit()
        self._session.message.emit(told)

    def keyPressEvent(self, event: Any) -> None:
        """Let Enter in a field press no button."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
