"""The dock widget: five panels, from landmarks on one specimen to reviewed landmarks on all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.layers import Image
from qtpy.QtCore import QTimer
from qtpy.QtGui import QAction, QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QAbstractButton, QTabWidget, QVBoxLayout, QWidget

from ..errors import HomologError
from .acts import Acts
from .curves_bar import CurvesBar
from .dropped_files import take_dropped
from .landmarks_panel import LandmarksPanel
from .learn_panel import LearnPanel
from .learning_again import unreviewed
from .preferences import apply_log_level
from .project_bar import ProjectBar
from .read_only_notice import ReadOnlyNotice
from .review_panel import ReviewPanel
from .run_bar import RunBar
from .session import Session
from .shown_marks import ShownMarks
from .transfer_panel import TransferPanel
from .words_panel import WordsPanel

if TYPE_CHECKING:
    import napari


WELCOME = "Open an image of one specimen, then place its landmarks."

_docks: dict[int, HomologWidget] = {}
"""The dock of each window by the window's identity, also while it is closed."""


class HomologWidget(QWidget):
    """Learn the landmarks of a reference specimen, transfer them to others, and review them.

    A window has one dock: closed by its cross and opened again it is as it was, and what was running
    went on.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The window; napari passes it by this name.
    """

    def __new__(cls, napari_viewer: napari.Viewer) -> HomologWidget:
        """Return the dock of the window, if it has one already."""
        return _docks.get(id(_unwrapped(napari_viewer))) or super().__new__(cls)

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        viewer = _unwrapped(napari_viewer)
        if id(viewer) in _docks:
            return
        super().__init__()
        apply_log_level()
        self._keep_as_long_as(viewer)
        self.session = session = Session(viewer)
        self.marks = ShownMarks(session)
        self.destroyed.connect(self.marks.overlay.deleteLater)
        self.bar = RunBar()
        self.project_bar = ProjectBar(session)
        self.landmarks = LandmarksPanel(session)
        self.curves = CurvesBar(session)
        self.landmarks.add_tools(self.curves)
        self.learn = LearnPanel(session, self.bar, self.landmarks)
        self.transfer = TransferPanel(session, self.bar)
        self.review = ReviewPanel(session, self.transfer.maps, self.learn)
        self.review.transfer_button.transfer_asked.connect(
            lambda: self.transfer.transfer(unreviewed(session.project))
        )
        self.words = WordsPanel(session, self.bar)
        self.read_only_notice = ReadOnlyNotice(
            session,
            self._writing,
            (self.learn.references, self.transfer.targets.items),
        )
        self.tabs = QTabWidget()
        for title, panel in {
            "Landmarks": self.landmarks,
            "Learn": self.learn,
            "Transfer": self.transfer,
            "Review": self.review,
            "Words": self.words,
        }.items():
            self.tabs.addTab(panel, title)
        for panel_layout in (self.tabs.widget(i).layout() for i in range(self.tabs.count())):
            if panel_layout is not None:
                panel_layout.setContentsMargins(4, 6, 4, 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.addWidget(self.project_bar)
        layout.addWidget(self.read_only_notice)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.bar)
        self.setMinimumWidth(380)
        self.setAcceptDrops(True)

        session.message.connect(self.bar.say)
        session.news.connect(self.bar.announce)
        session.acted.connect(self.bar.hush)
        self.bar.model_loaded.connect(session.keep_model)
        # A job belongs to the project in which it was started.
        self.bar.running_changed.connect(self.project_bar.menu_button.setDisabled)
        self.tabs.currentChanged.connect(self._on_tab)
        for event in (viewer.layers.events.inserted, viewer.layers.events.removed):
            event.connect(self._on_layers)
        viewer.layers.events.renamed.connect(self._on_renamed)
        self._on_layers()
        # Said without napari's own notification, although the dock is not to be seen yet.
        self.bar.message.setText(WELCOME)
        self._acts = acts = Acts(self)
        acts.acted.connect(session.acted)
        for widget in (self, viewer.window._qt_window.centralWidget()):
            acts.watch(widget)

    def _writing(self) -> list[QAbstractButton | QAction]:
        """Return the buttons and entries of menus that change the project."""
        marks, files, targets = self.landmarks.list, self.landmarks.files, self.transfer.targets
        return [
            *(self.project_bar.undo_button, self.project_bar.redo_button),
            *(marks.add_button, marks.remove_button, marks.up_button, marks.down_button),
            *(marks.colour_button, files.load_action, files.import_action),
            *(self.landmarks.take_button, self.landmarks.place_button),
            *(self.curves.draw_button, self.curves.locate_button, self.curves.change_button),
            *(self.learn.learn_button, self.learn.load_button),
            *(self.transfer.layers_button, self.transfer.files_button, self.transfer.folder_button),
            *(self.transfer.box_button, self.transfer.transfer_button, targets.remove_button),
            *(self.review.buttons[name] for name in ("accept", "missing", "accept_all", "again")),
            self.review.transfer_button,
        ]

    def showEvent(self, event: Any) -> None:
        """Fit the photograph anew into the canvas, which the dock makes smaller when it opens."""
        super().showEvent(event)
        if not event.spontaneous():
            # The window is not laid out yet.
            QTimer.singleShot(0, self._fit)

    def _fit(self) -> None:
        one, viewer = self.session.current, self.session.viewer
        if one is not None and one.selected():
            return
        images = [layer for layer in viewer.layers if isinstance(layer, Image) and layer.visible]
        if images:
            self.session.camera.fit(images[-1] if one is None else one.image)

    def _keep_as_long_as(self, viewer: napari.Viewer) -> None:
        """Keep this dock while its window exists, and close its session then."""
        window, key = viewer.window._qt_window, id(viewer)
        _docks[key] = self

        def end(orphaned: bool) -> None:
            dock = _docks.pop(key, None)
            if dock is None:
                return
            dock.session.close()
            if orphaned:
                # It was closed before its window, and belongs to nobody.
                dock.deleteLater()

        window.destroyed.connect(lambda: end(orphaned=True))
        self.destroyed.connect(lambda: end(orphaned=False))

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Let files be dropped on the dock."""
        if event is not None and event.mimeData().hasUrls() and not self.bar.running:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Open the files that are dropped on the dock."""
        if event is None:
            return
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        if paths:
            try:
                take_dropped(self, paths)
            except HomologError as error:
                self.session.message.emit(str(error))

    def _on_layers(self, event: Any = None) -> None:
        self.landmarks.refresh_layers()
        for panel in (self.learn, self.transfer):
            panel.allow()
        self.words.refresh_layers()

    def _on_renamed(self, event: Any) -> None:
        """Name layers as they are called now: also the review turns a layer to another specimen."""
        for choice in (self.landmarks.image, self.landmarks.points, self.words.image):
            choice.refresh(self.session.viewer)

    def _on_tab(self, index: int) -> None:
        """Leave the placing mode with its tab; begin the review with the least certain specimen."""
        panel = self.tabs.widget(index)
        if panel is not self.landmarks:
            self.landmarks.place_button.setChecked(False)
        if panel is self.review:
            self.review.begin()


def _unwrapped(viewer: napari.Viewer) -> napari.Viewer:
    """Return the viewer itself: napari wraps it for plugins, and every layer at each access."""
    return getattr(viewer, "__wrapped__", viewer)
