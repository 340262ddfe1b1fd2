"""The fourth panel: reviewing specimens and their landmarks, the least certain first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qtpy.QtCore import QSignalBlocker
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from ..errors import HomologError
from ..project import specimens_to_mark
from . import review_buttons as why
from .background_refinement import BackgroundRefinement
from .buttons import allow, show_tip
from .landmark_export import export_by_dialog
from .learn_panel import LearnPanel
from .learning_again import LearningAgain
from .legend import legend
from .points_style import colours_of
from .reference_inset import ReferenceInset
from .reference_sight import show_reference
from .review_keys import bind_on_layer, bind_on_panel
from .review_progress import progress_line
from .review_tables import LandmarkTable, PassOrder, SpecimenTable, place_in_line
from .session import Session
from .target_maps import TargetMaps
from .theme_colours import theme_colours

if TYPE_CHECKING:
    from ..project import Specimen
    from .gallery_window import GalleryWindow
    from .open_specimen import OpenSpecimen
    from .quality_window import QualityWindow


class ReviewPanel(QWidget):
    """Reviews predictions.

    Parameters
    ----------
    session : Session
        What the panels share.
    maps : TargetMaps
        The attention on the specimens.
    learn : LearnPanel
        Learns again.
    """

    def __init__(self, session: Session, maps: TargetMaps, learn: LearnPanel) -> None:
        super().__init__()
        self._session, self._maps, self._learn = session, maps, learn
        self._seen: set[int] = set()
        self._order = PassOrder[int]()
        self._rows: list[Specimen] = []
        self._quality: QualityWindow | None = None
        self._gallery: GalleryWindow | None = None
        self._build()
        bind_on_panel(self, self._actions())
        session.specimens_changed.connect(self.refresh)
        session.current_changed.connect(self._on_current)
        session.project_changed.connect(self._forget)
        session.placements_changed.connect(self._on_placements)
        session.picked.connect(self._on_picked)
        session.asked.connect(self._on_asked)
        self.refinement = BackgroundRefinement(
            session, lambda: [one.id for one in self._line()], parent=self
        )
        self.refinement.told.connect(self.refining.setText)
        session.learned_changed.connect(self._allow)
        learn.running_changed.connect(self._allow)
        session.viewer.events.theme.connect(self._on_theme)
        self._on_theme()

    def _build(self) -> None:
        self.specimens = SpecimenTable()
        self.landmarks = LandmarkTable()
        self.inset = ReferenceInset(self._session.viewer)
        self.buttons = why.review_buttons()
        deciding = QVBoxLayout()
        for name in ("accept", "missing", "accept_all", "map"):
            deciding.addWidget(self.buttons[name])
        beside = QHBoxLayout()
        beside.addWidget(self.inset, 1)
        beside.addLayout(deciding, 1)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.refining = QLabel()
        self.refining.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addWidget(self.specimens, 2)
        layout.addLayout(self._row_of("previous", "next", "suggested", "gallery"))
        layout.addWidget(self.landmarks, 3)
        layout.addLayout(beside)
        layout.addLayout(self._row_of("again", "quality", "export"))
        below = self._row_of("names", "legend")
        below.insertWidget(0, self.summary, 1)
        layout.addLayout(below)
        layout.addWidget(self.refining)
        self.transfer_button = LearningAgain(self._session, self._learn)
        layout.addWidget(self.transfer_button)

        self.specimens.itemSelectionChanged.connect(self._on_specimen_chosen)
        self.landmarks.itemSelectionChanged.connect(self._on_landmark_chosen)
        self.buttons["previous"].clicked.connect(lambda: self.step(-1))
        self.buttons["next"].clicked.connect(lambda: self.step(1))
        self.buttons["suggested"].clicked.connect(self._look_at_suggested)
        self.buttons["accept"].clicked.connect(self.accept)
        self.buttons["missing"].clicked.connect(self.mark_missing)
        self.buttons["accept_all"].clicked.connect(self.accept_specimen)
        self.buttons["map"].clicked.connect(self._follow_attention)
        self.buttons["names"].clicked.connect(self._session.switch_names)
        self.buttons["legend"].clicked.connect(lambda: show_tip(self.buttons["legend"]))
        self.buttons["again"].clicked.connect(self.transfer_button.learn_again)
        self.buttons["gallery"].clicked.connect(self._show_gallery)
        self.buttons["quality"].clicked.connect(self._show_quality)
        self.buttons["export"].clicked.connect(self._export)

    def _row_of(self, *names: str) -> QHBoxLayout:
        row = QHBoxLayout()
        for name in names:
            row.addWidget(self.buttons[name])
        return row

    def _on_theme(self, event: object = None) -> None:
        """Write what is doubtful so that it can be read on the theme's ground."""
        for table in (self.specimens, self.landmarks):
            table.doubtful = theme_colours(self._session.viewer).doubtful
        self.refresh()
        self._show_landmarks()

    def _forget(self) -> None:
        self._seen.clear()
        self._order.begin()
        self.inset.forget()

    # Specimens

    def _line(self) -> list[Specimen]:
        """Return the specimens in the order of the present pass, the references last."""
        project = self._session.project
        rows, least = {one.id: one for one in project.specimens()}, project.least_confidences()
        order = self._order.arrange(rows, lambda number: place_in_line(rows[number], least))
        return [rows[number] for number in order]

    def _in_review(self) -> list[int]:
        """Return the specimens of the pass that are still to be reviewed."""
        return [one.id for one in self._line() if one.status in why.IN_REVIEW and not one.reference]

    def refresh(self) -> None:
        """Show the specimens."""
        project, current = self._session.project, self._session.current
        least = project.least_confidences()
        self._rows = self._line()
        self.specimens.show_specimens(
            self._rows,
            least,
            project.probably_not_found(),
            current.specimen if current else None,
        )
        self.summary.setText(progress_line(project))
        self._allow()

    def _allow(self) -> None:
        """Let the buttons be pressed that can do something; the others tell why not."""
        one = self._session.current
        state = why.ReviewState(
            self._rows,
            one.specimen if one is not None else None,
            one.placements() if one is not None else {},
            self.landmarks.chosen(),
            len(self._session.project.landmarks),
            self._session.learned is not None,
            self._learn.running,
        )
        for name, why_not in state.why_not().items():
            allow(self.buttons[name], why_not)

    def _on_specimen_chosen(self) -> None:
        specimen = self.specimens.chosen()
        if specimen is not None:
            self.look_at(specimen, self.landmarks.chosen())

    def look_at(self, specimen: int, landmark: str | None = None) -> None:
        """Open a specimen for review, or tell why it cannot be opened.

        Parameters
        ----------
        specimen : int
            Which one.
        landmark : str, optional
            Which landmark to look at. Default: the one that is the least certain.
        """
        try:
            one = self._session.look_at(specimen)
        except HomologError as error:
            self._session.message.emit(str(error))
            return
        self._seen.add(specimen)
        bind_on_layer(one.points, self._actions())
        if self.landmarks.rowCount():
            names = self.landmarks.names()
            self.landmarks.choose(names.index(landmark) if landmark in names else 0)
            # The row may have been selected before, on another specimen.
            self._on_landmark_chosen()

    def begin(self) -> None:
        """Begin a pass: show the specimen under review, else the least certain one."""
        self._order.begin()
        self.refresh()
        order = self._in_review() or [one.id for one in self._line()]
        current = self._session.current
        if order and (current is None or current.specimen not in self._seen):
            self.look_at(order[0])

    def _on_asked(self, specimen: int) -> None:
        if specimen in {one.id for one in self._session.project.specimens()}:
            self.look_at(specimen)

    def step(self, by: int) -> None:
        """Go to the next specimen (1) or the one before (-1)."""
        order, current = [one.id for one in self._line()], self._session.current
        if not order:
            self._session.message.emit(why.NOTHING_TO_REVIEW)
            return
        if current is None or current.specimen not in order:
            self.look_at(order[0])
            return
        place = order.index(current.specimen) + by
        if 0 <= place < len(order):
            self.look_at(order[place], self.landmarks.chosen())
        else:
            self._session.message.emit(why.LAST if by > 0 else why.FIRST)

    def _look_at_suggested(self) -> None:
        """Go to the specimen whose correction helps most, but not to the one that is shown."""
        current = self._session.current
        shown = None if current is None else current.specimen
        suggested = specimens_to_mark(self._session.project, 2)
        others = [one.id for one in suggested if one.id != shown]
        if others:
            self.look_at(others[0])
        else:
            self._session.message.emit(why.NO_OTHER)

    # Landmarks

    def _on_current(self) -> None:
        self.landmarks.order.begin()
        self.refresh()
        self._show_landmarks()

    def _on_placements(self, specimen: int) -> None:
        one = self._session.current
        if one is not None and one.specimen == specimen:
            self._show_landmarks()

    def _show_landmarks(self) -> None:
        self.buttons["legend"].setToolTip(legend(self._session.project.landmarks))
        one = self._session.current
        if one is None:
            self.landmarks.show_landmarks({}, {})
        else:
            colours = colours_of(self._session.project.landmarks)
            self.landmarks.show_landmarks(colours, one.placements())
        self._allow()

    def _on_landmark_chosen(self) -> None:
        chosen, one = self.landmarks.chosen(), self._session.current
        self._allow()
        if one is None or chosen is None:
            return
        one.select(chosen)
        place = one.place_of(chosen)
        if place is not None:
            self._session.camera.go_to(one.image, place)
        if one.awaited == chosen and self.isVisible():
            self._session.message.emit(f"{chosen} is not placed; click where it is.")
        self._look_closer(chosen, one.specimen)

    def _look_closer(self, landmark: str, specimen: int) -> None:
        """Show what helps to judge a landmark that was selected."""
        show_reference(self._session, self.inset, landmark, specimen)
        self._maps.selected(specimen, landmark)

    def _on_picked(self, specimen: int, names: list[str]) -> None:
        """Select the row of the landmark that was picked in the picture; none if there are several."""
        one = self._session.current
        if one is None or one.specimen != specimen:
            return
        blocker = QSignalBlocker(self.landmarks)
        if len(names) == 1:
            self.landmarks.choose(self.landmarks.names().index(names[0]))
        else:
            self.landmarks.clearSelection()
        blocker.unblock()
        if len(names) == 1:
            self._look_closer(names[0], specimen)
        self._allow()

    def step_landmark(self, by: int) -> None:
        """Select the next landmark (1) or the one before (-1)."""
        count = self.landmarks.rowCount()
        if count:
            row = self.landmarks.chosen_row
            self.landmarks.choose(0 if row is None else (row + by) % count)

    # Decisions

    def accept(self) -> None:
        """Accept the selected landmark and select the next one."""
        self._decide(lambda one, name: self._session.project.accept(one.specimen, name))

    def mark_missing(self) -> None:
        """Mark the selected landmark as missing from this specimen."""
        self._decide(lambda one, name: self._session.project.mark_missing(one.specimen, name))

    def _decide(self, decision: Callable[[OpenSpecimen, str], None]) -> None:
        one, chosen = self._session.current, self.landmarks.chosen()
        if one is None or chosen is None:
            self._session.message.emit(why.NO_LANDMARK)
            return
        try:
            decision(one, chosen)
        except HomologError as error:
            self._session.message.emit(str(error))
            return
        self._session.changed(one.specimen)
        self.step_landmark(1)

    def accept_specimen(self) -> None:
        """Accept all landmarks of the specimen and show the next one of the pass that is left."""
        one = self._session.current
        if one is None:
            self._session.message.emit(why.NO_SPECIMEN)
            return
        try:
            self._session.project.accept(one.specimen)
        except HomologError as error:
            self._session.message.emit(str(error))
            return
        self._session.changed(one.specimen)
        left = set(self._in_review())
        order = [row.id for row in self._line()]
        place = order.index(one.specimen)
        after = [number for number in order[place:] + order[:place] if number in left]
        if after:
            self.look_at(after[0])
        else:
            self._session.message.emit("All specimens are reviewed. Export the landmarks.")

    def _actions(self) -> dict[str, Callable[[], None]]:
        """Return the actions of the review's keys."""
        return {
            "next": lambda: self.step(1),
            "previous": lambda: self.step(-1),
            "next landmark": lambda: self.step_landmark(1),
            "previous landmark": lambda: self.step_landmark(-1),
            "accept": self.accept,
            "missing": self.mark_missing,
            "accept_all": self.accept_specimen,
            "names": self._session.switch_names,
            "attention": self.buttons["map"].click,
            "undo": self._session.undo,
            "redo": self._session.redo,
        }

    # More

    def _follow_attention(self, on: bool) -> None:
        one = self._session.current
        if one is not None:
            self._maps.follow(on, one.specimen, self.landmarks.chosen())

    def _show_gallery(self) -> None:
        # scikit-image's transforms take a second to import.
        from .gallery_window import GalleryWindow

        if self._gallery is None:
            self._gallery = GalleryWindow(self._session, self.look_at, parent=self)
        else:
            self._gallery.begin()
        self._gallery.show()
        self._gallery.raise_()

    def _show_quality(self) -> None:
        # Plots and shapes take a second to import.
        from .quality_window import QualityWindow

        self._quality = QualityWindow(self._session, self.look_at, parent=self)
        self._quality.show()

    def _export(self) -> None:
        self.export_dialog = export_by_dialog(self._session, self)
