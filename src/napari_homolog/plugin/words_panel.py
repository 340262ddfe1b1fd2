"""The fifth panel: one attention map for each word of a sentence."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from napari.layers import Image
from qtpy.QtWidgets import QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from ..errors import HomologError
from ..jobs import Failure, ImageArray
from .attention_layers import show_words
from .background_run import Stopped
from .background_work import reading_words
from .buttons import allow, push_button
from .choices import LayerChoice
from .layers import picture_of
from .learn_panel import NO_TORCH
from .model_choice import ModelChoice
from .run_bar import RUNNING, RunBar
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
        self.show_button = push_button("Show the words' attention", "One layer for each word.")
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
        self.text.textChanged.connect(lambda text: self.allow())
        bar.running_changed.connect(lambda running: self.allow())
        self.refresh_layers()

    def refresh_layers(self) -> None:
        """List the layers of the viewer."""
        self.image.refresh(self._session.viewer)
        self.allow()

    def allow(self) -> None:
        """Let the button be pressed once there is an image and a text."""
        why_not = RUNNING if self._bar.running else ""
        if not why_not and find_spec("torch") is None:
            why_not = NO_TORCH
        elif not why_not and self.image.layer is None:
            why_not = "Open an image first."
        elif not why_not and not self.text.text().strip():
            why_not = "Write a text first."
        allow(self.show_button, why_not)

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
            self._session.news.emit("Stopped.")
            return
        if isinstance(outcome, Failure):
            self._session.news.emit(outcome.reason)
            return
        if self._asked is None or self._asked not in self._session.viewer.layers:
            self._session.news.emit("The image was closed meanwhile; nothing is shown.")
            return
        show_words(self._session.viewer, self._asked, outcome)
        self._session.news.emit(f"One layer for each of {len(outcome.tokens)} words or word parts.")
