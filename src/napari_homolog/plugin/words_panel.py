"""The fifth panel: a sentence in, one attention map for each of its words out."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from napari.layers import Image
from qtpy.QtWidgets import QFormLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ..errors import HomologError
from .attention_layers import show_words
from .choices import LayerChoice
from .layers import picture_of
from .learn_panel import NO_TORCH
from .model_choice import ModelChoice
from .run_bar import RunBar
from .session import Session
from .workers import Refusal, reading_words

if TYPE_CHECKING:
    from ..correspondence import WordMaps
    from ..diffusion import Backbone


class WordsPanel(QWidget):
    """Shows what a model takes words for.

    Parameters
    ----------
    session : Session
        What the panels share.
    bar : RunBar
        Runs the worker.
    """

    def __init__(self, session: Session, bar: RunBar) -> None:
        super().__init__()
        self._session, self._bar = session, bar
        self._asked: Image | None = None
        self.image = LayerChoice(Image, "The image to look at.")
        self.model = ModelChoice()
        self.text = QLineEdit()
        self.text.setPlaceholderText("a bird's left eye")
        self.text.setToolTip("A sentence in English; one map is made for each of its words.")
        self.show_button = QPushButton("Show the words' attention")
        about = QLabel("Where does the model look when it reads a word?")
        about.setWordWrap(True)
        form = QFormLayout()
        form.addRow("Image", self.image)
        form.addRow("Model", self.model)
        form.addRow("Text", self.text)
        layout = QVBoxLayout(self)
        layout.addWidget(about)
        layout.addLayout(form)
        layout.addWidget(self.show_button)
        layout.addStretch()
        self.show_button.clicked.connect(self._show)
        self.text.returnPressed.connect(self._show)
        bar.running_changed.connect(lambda running: self.show_button.setEnabled(not running))
        self.refresh_layers()

    def refresh_layers(self) -> None:
        """Show what layers there are."""
        self.image.refresh(self._session.viewer)

    def _show(self) -> None:
        layer = self.image.layer
        if layer is None:
            self._session.told.emit("Open an image first.")
            return
        if find_spec("torch") is None:
            self._session.told.emit(NO_TORCH)
            return
        try:
            picture = picture_of(layer)
        except HomologError as error:
            self._session.told.emit(str(error))
            return
        self._asked = layer
        self._bar.start(
            reading_words,
            self._session.model(self.model.model),
            lambda: picture,
            self.text.text().strip(),
            returned=self._on_read,
        )

    def _on_read(self, outcome: tuple[Backbone, WordMaps] | Refusal | Any) -> None:
        if isinstance(outcome, Refusal):
            self._session.told.emit(outcome.message)
            return
        self._session.backbone, found = outcome
        if self._asked is None or self._asked not in self._session.viewer.layers:
            self._session.told.emit("The image was closed meanwhile; nothing is shown.")
            return
        show_words(self._session.viewer, self._asked, found)
        self._session.told.emit(f"One layer for each of {len(found.tokens)} words or word parts.")
