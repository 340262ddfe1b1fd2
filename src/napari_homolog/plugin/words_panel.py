"""The fifth panel: one attention map for each word of a sentence."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from napari.layers import Image
from qtpy.QtWidgets import QFormLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ..errors import HomologError
from ..jobs import Failure, ImageArray
from .attention_layers import show_words
from .background_run import Stopped
from .background_work import reading_words
from .choices import LayerChoice
from .layers import picture_of
from .learn_panel import NO_TORCH
from .model_choice import ModelChoice
from .run_bar import RunBar
from .session import Session

if TYPE_CHECKING:
    from ..correspondence import WordMaps


class WordsPanel(QWidget):
    """Shows what a model associates with words.

    Parameters
    ----------
    session : Session
        What the panels share.
    bar : RunBar
        Runs the work.
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
        """List the layers of the viewer."""
        self.image.refresh(self._session.viewer)

    def _show(self) -> None:
        layer = self.image.layer
        if layer is None:
            self._session.message.emit("Open an image first.")
            return
        if find_spec("torch") is None:
            self._session.message.emit(NO_TORCH)
            return
        try:
            image = ImageArray(picture_of(layer))
        except HomologError as error:
            self._session.message.emit(str(error))
            return
        self._asked = layer
        text = self.text.text().strip()
        self._bar.start(
            reading_words(self._session.model(self.model.model), image, text),
            on_outcome=self._on_outcome,
        )

    def _on_outcome(self, outcome: WordMaps | Failure | Stopped) -> None:
        if isinstance(outcome, Stopped):
            self._session.message.emit("Stopped.")
            return
        if isinstance(outcome, Failure):
            self._session.message.emit(outcome.reason)
            return
        if self._asked is None or self._asked not in self._session.viewer.layers:
            self._session.message.emit("The image was closed meanwhile; nothing is shown.")
            return
        show_words(self._session.viewer, self._asked, outcome)
        self._session.message.emit(
            f"One layer for each of {len(outcome.tokens)} words or word parts."
        )
