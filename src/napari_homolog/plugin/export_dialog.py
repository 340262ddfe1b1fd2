"""The dialog that asks what is exported: one landmark file, or a folder for a program."""

from __future__ import annotations

from collections.abc import Iterable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from ..missing_landmarks import EstimationMethod
from ..project import ExportOptions, MissingLandmarks, Project, ScaleChoice, SpecimenStatus
from .buttons import allow
from .wording import SPECIMENS

ONE_FILE = ""
"""In place of a program: one landmark file."""

TARGETS = {
    ONE_FILE: (
        "One file: TPS, table, COCO …",
        "All landmarks in one file; its format is chosen with its name.",
    ),
    "geomorph": (
        "Folder for geomorph (R)",
        "TPS, sliders, links, a table of specimens, and a script for R.",
    ),
    "morphoj": (
        "Folder for MorphoJ",
        "Landmarks of complete specimens, classifiers, and what to do.",
    ),
    "momocs": (
        "Folder for Momocs (R)",
        "TPS, closed curves as outlines, a table, and a script for R.",
    ),
    "stereomorph": (
        "Folder for StereoMorph (R)",
        "A shapes file a specimen, a table, and a script for R.",
    ),
    "ktch": (
        "Folder for ktch (Python)",
        "TPS, sliders, a table of specimens, and a script for Python.",
    ),
}
"""Text and explanation of each target by the name of its program."""

EXPLAINED = 3
"""Lines of an explanation."""

MISSING: dict[str, EstimationMethod | None] = {
    "as missing": None,
    "estimated by thin-plate spline": EstimationMethod.SPLINE,
    "estimated by regression": EstimationMethod.REGRESSION,
}
"""What becomes of missing landmarks, in words."""

SPELLINGS: dict[str, str | None] = {
    "as the format usually does": None,
    "NA, for geomorph (TPS files)": "geomorph",
    "nan, for ktch (TPS files)": "ktch",
}
"""How missing landmarks are spelled, in words."""

SCALES = {
    "where they are known": ScaleChoice.KNOWN,
    "of all specimens, or no file": ScaleChoice.ALL,
    "none, pixels only": ScaleChoice.NONE,
}
"""Whether scales are written, in words."""


class ExportDialog(QDialog):
    """Asks what is exported of which specimens, and what becomes of missing and mirrored ones.

    Parameters
    ----------
    project : Project
        Whose landmarks are exported. What it has none of is not asked about.
    parent : QWidget
        The panel.
    """

    def __init__(self, project: Project, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export landmarks")
        self._project = project
        self.target = QComboBox()
        for program, (text, tip) in TARGETS.items():
            self.target.addItem(text, program)
            self.target.setItemData(self.target.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.explanation = QLabel()
        self.explanation.setWordWrap(True)
        # The dialog must not jump with the length of the text.
        self.explanation.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.explanation.setMinimumHeight(EXPLAINED * self.fontMetrics().lineSpacing())
        self.statuses = self._boxes_of_statuses(project)
        self.missing = _choice_of(
            MISSING,
            "Estimates follow from the other specimens; they are marked, and listed in a table beside.",
        )
        self.spelled = _choice_of(SPELLINGS, "No spelling in TPS files is read by all programs.")
        self.scales = _choice_of(SCALES, "TPS files get the scales of all specimens, or none.")
        self.leave_out_missing = QCheckBox("What is probably absent, as missing")
        self.leave_out_missing.setToolTip(
            "Located landmarks whose part is more probably absent than not, unless accepted."
        )
        self.one_orientation = QCheckBox("Mirrored specimens as their mirror images")
        self.one_orientation.setToolTip(
            "Superimposition turns specimens, but does not reflect them."
        )
        self.semilandmarks = QCheckBox("Semilandmarks as further landmarks, with sliders")
        self.semilandmarks.setToolTip(
            "Otherwise curves are written as curves, where the format can."
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export_button = buttons.addButton("Export …", QDialogButtonBox.ButtonRole.AcceptRole)
        self.export_button.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.form = QFormLayout()
        self.form.addRow("What", self.target)
        self.form.addRow("", self.explanation)
        for number, box in enumerate(self.statuses.values()):
            self.form.addRow("" if number else "Specimens", box)
        self.form.addRow("Missing landmarks", self.missing)
        self.form.addRow("Spelling", self.spelled)
        self.form.addRow("Scales", self.scales)
        layout = QVBoxLayout(self)
        layout.addLayout(self.form)
        layout.addWidget(self.leave_out_missing)
        layout.addWidget(self.one_orientation)
        layout.addWidget(self.semilandmarks)
        layout.addWidget(buttons)
        self.setFixedWidth(400)
        self.target.currentIndexChanged.connect(self._on_target)
        # Shape analysis needs one orientation; with nothing mirrored there is nothing to ask.
        sided = bool(project.mirrored_specimens())
        self.one_orientation.setVisible(sided)
        self.one_orientation.setChecked(sided and project.symmetric_pairs is not None)
        self._on_target()

    def _boxes_of_statuses(self, project: Project) -> dict[SpecimenStatus, QCheckBox]:
        """Return a ticked box for each status, if specimens to export have several."""
        counts = {
            status: count
            for status, count in project.summary().items()
            if count and status is not SpecimenStatus.NEW
        }
        boxes: dict[SpecimenStatus, QCheckBox] = {}
        for status, count in counts.items() if len(counts) > 1 else ():
            boxes[status] = box = QCheckBox(f"{SPECIMENS[status]} ({count})")
            box.setChecked(True)
            box.toggled.connect(self._allow)
        return boxes

    @property
    def chosen_statuses(self) -> tuple[SpecimenStatus, ...]:
        """The statuses of the specimens to export; empty for all."""
        chosen = tuple(status for status, box in self.statuses.items() if box.isChecked())
        return () if len(chosen) == len(self.statuses) else chosen

    @property
    def program(self) -> str:
        """The program for which a folder is written; `ONE_FILE` for a landmark file."""
        return str(self.target.currentData())

    @property
    def options(self) -> ExportOptions:
        """How landmarks are written, but for the format of a landmark file."""
        return ExportOptions(
            leave_out_missing=self.leave_out_missing.isChecked(),
            missing=MissingLandmarks(
                MISSING[self.missing.currentText()],
                SPELLINGS[self.spelled.currentText()] if self.program == ONE_FILE else None,
            ),
            scales=SCALES[self.scales.currentText()],
            one_orientation=self.one_orientation.isChecked(),
            semilandmarks=self.program == ONE_FILE and self.semilandmarks.isChecked(),
        )

    def _on_target(self) -> None:
        self.explanation.setText(TARGETS[self.program][1])
        curves = bool(self._project.curve_definitions)
        self.semilandmarks.setVisible(curves and self.program == ONE_FILE)
        self.form.setRowVisible(self.spelled, self.program == ONE_FILE)

    def _allow(self) -> None:
        """Let the button be pressed while there is something to export."""
        any_chosen = any(box.isChecked() for box in self.statuses.values())
        allow(self.export_button, "" if any_chosen else "Choose which specimens.")


def _choice_of(texts: Iterable[str], tip: str) -> QComboBox:
    choice = QComboBox()
    choice.addItems(list(texts))
    choice.setToolTip(tip)
    return choice
