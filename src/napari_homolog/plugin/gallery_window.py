"""A window in which one landmark is reviewed on all specimens at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

import numpy as np
from qtpy.QtCore import QSignalBlocker, Qt, QTimer
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QShortcut, QWidget

from ..errors import HomologError
from .buttons import allow
from .crop_cutter import CropCutter
from .gallery_frame import GalleryFrame
from .gallery_line import GalleryLine
from .gallery_view import Tile, with_crop
from .read_only_notice import lock_all
from .review_keys import FAR, KEYS, NUDGES
from .session import Session
from .wording import counted

ZOOM_STEP, ZOOMS = 1.25, (0.3, 4.0)
"""Of the wheel: one step, and the least and largest zoom."""

NONE_UNDECIDED = "Select an undecided specimen first."


class GalleryWindow(GalleryFrame):
    """Shows one landmark on many specimens, aligned, so that a misplaced one stands out.

    One key accepts all of a page that were shown; nothing is accepted that moved since it was shown.

    Parameters
    ----------
    session : Session
        What the panels share.
    look_at : callable
        Opens a specimen for review, given its number.
    parent : QWidget
        The dock.
    """

    def __init__(self, session: Session, look_at: Callable[[int], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._look_at = session, look_at
        self.line = GalleryLine(session)
        self.cutter = CropCutter(self)
        self._first = 0
        self._connect()
        self._bind_keys()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(lambda: self._on_changed())
        session.specimens_changed.connect(self._later)
        session.project_changed.connect(self.close)
        self.cutter.cut.connect(self._on_cut)
        self.cutter.failed.connect(self._on_failed)
        self.begin()

    def _connect(self) -> None:
        self.landmark.currentIndexChanged.connect(self._on_landmark)
        self.view.chosen.connect(self._choose)
        self.view.opened.connect(self._open)
        self.view.dragged.connect(self._on_dragged)
        self.view.resized.connect(self._show_page)
        self.view.zoomed.connect(self._on_zoomed)

    def _actions(self) -> dict[str, Callable[[], None]]:
        return {
            "previous": lambda: self.turn_page(-1),
            "next": lambda: self.turn_page(1),
            "previous landmark": lambda: self.turn_landmark(-1),
            "next landmark": lambda: self.turn_landmark(1),
            "accept_all": self.pass_page,
            "accept": self.accept,
            "missing": self.mark_missing,
            "undo": self._session.undo,
            "redo": self._session.redo,
        }

    def _bind_keys(self) -> None:
        actions = self._actions()
        for name, action in actions.items():
            QShortcut(QKeySequence(KEYS[name]), self).activated.connect(action)
        QShortcut(QKeySequence(Qt.Key.Key_Return), self).activated.connect(self.open_selected)
        for key, (row, col) in NUDGES.items():
            for own, times in ((key, 1), (f"Shift+{key}", FAR)):
                nudge = partial(self.nudge, row * times, col * times)
                QShortcut(QKeySequence(own), self).activated.connect(nudge)
        for name, pressed in {
            "back": "previous",
            "on": "next",
            "pass": "accept_all",
            "accept": "accept",
            "missing": "missing",
            "undo": "undo",
        }.items():
            self.buttons[name].clicked.connect(actions[pressed])
        self.buttons["open"].clicked.connect(self.open_selected)

    # Pages

    @property
    def shown_landmark(self) -> str:
        """The landmark that is shown; empty if the project has none."""
        return self.landmark.currentData() or ""

    @property
    def _room(self) -> int:
        """How many specimens fit on a page beside the reference."""
        return max(self.view.capacity - 1, 1)

    def begin(self) -> None:
        """Begin a pass with the first landmark that is undecided somewhere."""
        self.line.begin()
        names = self.line.names
        blocker = QSignalBlocker(self.landmark)
        self.landmark.clear()
        for name in names:
            self.landmark.addItem(name, name)
        blocker.unblock()
        open_ones = [index for index, name in enumerate(names) if self.line.undecided(name)]
        if open_ones:
            self.landmark.setCurrentIndex(open_ones[0])
        self._first = 0
        self._show_page()
        if not open_ones:
            self._say("Nothing is to be reviewed: transfer landmarks first, or all are decided.")

    def _on_landmark(self) -> None:
        self._first = 0
        self._show_page()

    def _page(self) -> list[int]:
        if not self.shown_landmark:
            return []
        every = self.line.specimens(self.shown_landmark)
        self._first = min(self._first, max(len(every) - 1, 0)) // self._room * self._room
        return every[self._first : self._first + self._room]

    def _show_page(self) -> None:
        """Show the page anew, as it is in the project now."""
        name, page = self.shown_landmark, self._page()
        reference = self.line.reference_tile(name) if name else None
        tiles = [] if reference is None else [reference]
        tiles += [self.line.tile(one, name) for one in page]
        self.view.show_tiles([self._with_crop(tile) for tile in tiles])
        self._ask_for_crops([tile.specimen for tile in tiles])
        self._tell_status()
        self._say("")

    def _with_crop(self, tile: Tile) -> Tile:
        return with_crop(tile, self.cutter.crop(tile.specimen, self.shown_landmark, tile.place))

    def _ask_for_crops(self, shown: list[int]) -> None:
        """Cut what is shown, then what comes next."""
        every = self.line.specimens(self.shown_landmark) if self.shown_landmark else []
        after = every[self._first + self._room : self._first + 2 * self._room]
        wanted = []
        for specimen in [*shown, *after]:
            try:
                wanted.append(self.line.crops(specimen))
            except HomologError as error:
                self._on_failed(specimen, str(error))
        self.cutter.ask(wanted)

    def _tell_status(self) -> None:
        name = self.shown_landmark
        every = self.line.specimens(name) if name else []
        pages = max(-(-len(every) // self._room), 1)
        left = len(self.line.undecided(name)) if name else 0
        told = f"page {self._first // self._room + 1} of {pages}, {left} of {len(every)} undecided"
        self.status.setText(told if every else "found on no specimen")
        for index in range(self.landmark.count()):
            one = self.landmark.itemData(index)
            count = len(self.line.undecided(one))
            self.landmark.setItemText(index, f"{one} ({count} left)" if count else f"{one} ✓")
        self._enable_buttons()

    def _enable_buttons(self) -> None:
        chosen = self._selected()
        undecided = any(self._acceptable(tile) for tile in self.view.tiles)
        for name, (possible, why_not) in {
            "pass": (undecided, "All on this page are decided."),
            "accept": (chosen is not None and self._acceptable(chosen), NONE_UNDECIDED),
            "missing": (chosen is not None and not chosen.fixed, NONE_UNDECIDED),
            "undo": (self._session.project.can_undo, "Nothing to undo."),
        }.items():
            allow(self.buttons[name], "" if possible else why_not)
            lock_all(self._session, [self.buttons[name]])
        self.buttons["open"].setEnabled(chosen is not None)
        every = self.line.specimens(self.shown_landmark) if self.shown_landmark else []
        self.buttons["back"].setEnabled(self._first > 0)
        self.buttons["on"].setEnabled(self._first + self._room < len(every))

    def _acceptable(self, tile: Tile) -> bool:
        """Return whether a tile's landmark is undecided."""
        return not tile.fixed and self.line.is_undecided(tile.specimen, self.shown_landmark)

    def turn_page(self, by: int) -> None:
        """Show the next page (1) or the one before (-1)."""
        every = self.line.specimens(self.shown_landmark) if self.shown_landmark else []
        first = self._first + by * self._room
        if 0 <= first < len(every):
            self._first = first
            self._show_page()

    def turn_landmark(self, by: int) -> None:
        """Show the next landmark (1) or the one before (-1)."""
        if self.landmark.count():
            self.landmark.setCurrentIndex(
                (self.landmark.currentIndex() + by) % self.landmark.count()
            )

    # What changes

    def _later(self) -> None:
        # Many specimens may change at once.
        self._soon.start(0)

    def _on_changed(self, only: Collection[int] | None = None) -> None:
        """Show what was decided; what was placed anew meanwhile stays as it was shown.

        Of many specimens all but those that changed need not be read again.
        """
        if not self.isVisible():
            return
        if self.line.names != [self.landmark.itemData(i) for i in range(self.landmark.count())]:
            self.begin()
            return
        self.line.reload(only)
        name, there = self.shown_landmark, set(self.line.specimens(self.shown_landmark))
        if any(not tile.fixed and tile.specimen not in there for tile in self.view.tiles):
            self._show_page()
            return
        for index, tile in enumerate(self.view.tiles):
            if tile.fixed:
                continue
            now = self.line.tile(tile.specimen, name)
            moved = self.line.is_undecided(tile.specimen, name) and now.point != tile.point
            if not moved:
                # Where the crop lies is left as it is, so that a drag does not move the picture.
                kept = replace(tile, sign=now.sign, frame=now.frame, point=now.point)
                self.view.change_tile(index, kept)
        self._tell_status()

    def _on_cut(self, specimen: int) -> None:
        self._show_crop(specimen, "")

    def _on_failed(self, specimen: int, reason: str) -> None:
        self._show_crop(specimen, reason)

    def _show_crop(self, specimen: int, trouble: str) -> None:
        for index, tile in enumerate(self.view.tiles):
            if tile.specimen == specimen and tile.crop is None:
                crop = self.cutter.crop(specimen, self.shown_landmark, tile.place)
                self.view.change_tile(index, with_crop(tile, crop, trouble))

    def _on_zoomed(self, by: int) -> None:
        low, high = ZOOMS
        self.line.zoom = float(np.clip(self.line.zoom * ZOOM_STEP**by, low, high))
        self._show_page()

    # Decisions

    def _selected(self) -> Tile | None:
        index = self.view.selected
        return None if index is None else self.view.tiles[index]

    def _choose(self, index: int) -> None:
        self.view.select(index)
        self._enable_buttons()

    def pass_page(self) -> None:
        """Accept what the page shows, and go on: to the next page that has something to decide."""
        name = self.shown_landmark
        undecided = [tile for tile in self.view.tiles if self._acceptable(tile)]
        hidden = [tile for tile in undecided if tile.crop is None and not tile.trouble]
        if hidden:
            self._say(f"{_specimens(len(hidden))} not shown yet; wait a moment.")
            return
        shown = [tile for tile in undecided if tile.crop is not None]
        right = [tile.specimen for tile in shown if self._as_in_project(tile)]
        if not self._do(partial(self._session.project.accept_on, right, name), right):
            return
        left = len(undecided) - len(right)
        if left:
            self._show_page()
            self._say(f"{_specimens(left)} placed anew or not to be seen: look again.")
        else:
            self._go_on()

    def _as_in_project(self, tile: Tile) -> bool:
        """Return whether the mark is shown where the project has it."""
        placed = self._session.project.placements(tile.specimen).get(self.shown_landmark)
        return placed is not None and placed.point == tile.point

    def _go_on(self) -> None:
        """Show the next page of this landmark, or of another one, with something undecided."""
        names = self.line.names
        start = self.landmark.currentIndex()
        for step in range(len(names)):
            index = (start + step) % len(names)
            every, left = self.line.specimens(names[index]), self.line.undecided(names[index])
            after = [one for one in left if step or every.index(one) >= self._first] or left
            if after:
                if step:
                    self.landmark.setCurrentIndex(index)
                self._first = every.index(after[0])
                self._show_page()
                return
        self._show_page()
        self._say("All landmarks are reviewed. Export them in the dock.")

    def accept(self) -> None:
        """Accept the landmark on the selected specimen, and select the next one."""
        index, tile = self.view.selected, self._selected()
        if index is None or tile is None or not self._acceptable(tile):
            self._say("Select a specimen that is undecided first.")
            return
        if not self._as_in_project(tile):
            self._show_page()
            self._say(f"{tile.name} was placed anew: look again.")
            return
        accept = partial(self._session.project.accept, tile.specimen, self.shown_landmark)
        if self._do(accept, [tile.specimen]) and index + 1 < len(self.view.tiles):
            self._choose(index + 1)

    def mark_missing(self) -> None:
        """Mark the landmark as missing from the selected specimen."""
        tile = self._selected()
        if tile is None or tile.fixed:
            self._say("Select a specimen first.")
            return
        mark = partial(self._session.project.mark_missing, tile.specimen, self.shown_landmark)
        self._do(mark, [tile.specimen])

    def nudge(self, row: float, col: float) -> None:
        """Move the selected specimen's landmark by some pixels of its image."""
        index, tile = self.view.selected, self._selected()
        if index is not None and tile is not None and tile.point is not None and not tile.fixed:
            self._on_dragged(index, tile.point[0] + row, tile.point[1] + col)

    def _on_dragged(self, index: int, row: float, col: float) -> None:
        tile = self.view.tiles[index]
        size = self._session.project.specimen(tile.specimen).size
        inside = np.clip((row, col), 0, np.subtract(size, 1))
        point = float(inside[0]), float(inside[1])
        place = partial(self._session.project.place, tile.specimen, self.shown_landmark, point)
        self._do(place, [tile.specimen])

    def _do(self, decision: Callable[[], None], specimens: Collection[int]) -> bool:
        """Decide, and tell everybody; return whether it could be done."""
        self._say("")
        # Others may have changed, too, and not be shown yet.
        only = None if self._soon.isActive() else specimens
        try:
            decision()
        except HomologError as error:
            self._say(str(error))
            return False
        self._session.changed(*specimens)
        self._soon.stop()
        self._on_changed(only)
        return True

    def _open(self, index: int) -> None:
        self._look_at(self.view.tiles[index].specimen)

    def open_selected(self) -> None:
        """Open the selected specimen in the viewer."""
        if self.view.selected is not None:
            self._open(self.view.selected)

    def _say(self, message: str) -> None:
        self.message.setText(message)


def _specimens(count: int) -> str:
    return f"{counted(count, 'specimen')} {'is' if count == 1 else 'are'}"
