"""The dialog that asks what is exported: one landmark file, or a folder for a program."""

from __future__ import annotations

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
from ..project import ExportOptions, MissingLandmarks, Project

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


class ExportDialog(QDialog):
    """Asks what is exported, and what becomes of missing landmarks and mirrored specimens.

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
        self.missing = QComboBox()
        for text, method in MISSING.items():
            self.missing.addItem(text, method)
        self.missing.setToolTip(
            "Estimates follow from the other specimens; they are marked, and listed in a table beside."
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
        form = QFormLayout()
        form.addRow("What", self.target)
        form.addRow("", self.explanation)
        form.addRow("Missing landmarks", self.missing)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
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

    @property
    def program(self) -> str:
        """The program for which a folder is written; `ONE_FILE` for a landmark file."""
        return str(self.target.currentData())

    @property
    def options(self) -> ExportOptions:
        """How landmarks are written, but for the format of a landmark file."""
        return ExportOptions(
            missing=MissingLandmarks(MISSING[self.missing.currentText()]),
            one_orientation=self.one_orientation.isChecked(),
            semilandmarks=self.program == ONE_FILE and self.semilandmarks.isChecked(),
        )

    def _on_target(self) -> None:
        self.explanation.setText(TARGETS[self.program][1])
        curves = bool(self._project.curve_definitions)
        self.semilandmarks.setVisible(curves and self.program == ONE_FILE)
