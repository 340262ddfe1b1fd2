"""Choosing a model: a known one, one of the hub, a folder or a file."""

from __future__ import annotations

from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..diffusion import CATALOGUE, describe
from ..errors import CheckpointError
from .preferences import preference


class ModelChoice(QWidget):
    """A drop-down list of models, with licence and size before one is downloaded."""

    def __init__(self) -> None:
        super().__init__()
        self.names = QComboBox()
        self.names.setEditable(True)
        self.names.addItems(list(CATALOGUE))
        self.names.setToolTip("A known model, a Hugging Face id, a folder or a .safetensors file.")
        self.names.setCurrentText(preference("model", "embedded"))
        self.browse_button = QToolButton()
        self.browse_button.setText("…")
        self.browse_button.setToolTip("Choose a model file (.safetensors); a folder can be typed.")
        self.terms = QLabel()
        self.terms.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.names, 1)
        row.addWidget(self.browse_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.terms)
        self.names.currentTextChanged.connect(self._tell_terms)
        self.browse_button.clicked.connect(self._browse)
        self._tell_terms(self.names.currentText())

    @property
    def model(self) -> str:
        """What was chosen or typed."""
        return self.names.currentText().strip()

    def _tell_terms(self, name: str) -> None:
        try:
            self.terms.setText(describe(name.strip()) if name.strip() else "")
        except CheckpointError as error:
            self.terms.setText(str(error))

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Model", "", "Safetensors checkpoints (*.safetensors)"
        )
        if path:
            self.names.setCurrentText(path)
