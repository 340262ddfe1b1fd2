"""Templates of landmarks, landmarks from files of other programs, and symmetric pairs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QMenu, QPushButton

from ..errors import HomologError
from ..formats import read_specimen
from ..images import read_header
from ..project import import_specimen
from .buttons import allow
from .landmark_list import LandmarkList
from .open_specimen import OpenSpecimen
from .plot_lines import PlotLines
from .session import Session
from .symmetric_pairs import SymmetricPairs
from .templates import SUFFIX, read_template, write_template
from .wording import AS_STORED, AS_STORED_TIP, counted


class LandmarkFiles(QPushButton):
    """A button with a menu: saves and loads the list of landmarks, imports and pairs them.

    Parameters
    ----------
    session : Session
        What the panels share.
    landmarks : LandmarkList
        The list.
    reference : callable
        Returns the specimen for which landmarks are imported; None if there is none.
    """

    def __init__(
        self,
        session: Session,
        landmarks: LandmarkList,
        reference: Callable[[], OpenSpecimen | None],
    ) -> None:
        super().__init__("List")
        self._session, self._list, self._reference = session, landmarks, reference
        self.setToolTip("Save, load or import the list.")
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.load_action = menu.addAction("Load template …", self._load_template)
        self.load_action.setToolTip("Names, colours and order from a file.")
        self.save_action = menu.addAction("Save as template …", self._save_template)
        self.save_action.setToolTip("Keep names, colours and order in a file, for another project.")
        self.import_action = menu.addAction("Import landmarks (TPS, CSV, COCO …) …", self._import)
        self.import_action.setToolTip("The reference's landmarks, from a file of any program.")
        self.as_stored_action = menu.addAction(AS_STORED)
        self.as_stored_action.setCheckable(True)
        self.as_stored_action.setToolTip(AS_STORED_TIP)
        self.pairs = SymmetricPairs(session, landmarks.selected, self)
        menu.addMenu(self.pairs)
        self.lines = PlotLines(session, landmarks.selected, self)
        menu.addMenu(self.lines)
        self.setMenu(menu)

    def allow_entries(self, image: bool) -> None:
        """Let the entries be chosen that can do something.

        Parameters
        ----------
        image : bool
            Whether there is an image for which landmarks can be imported.
        """
        named = bool(self._session.project.landmarks)
        allow(self.save_action, "" if named else "The list is empty.")
        allow(self.import_action, "" if image else "Open the image first.")

    def _load_template(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Load template", "", f"Templates (*{SUFFIX})")
        if path:
            try:
                self._list.replace(read_template(Path(path)))
            except HomologError as error:
                self._session.message.emit(str(error))

    def _save_template(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save template", "", f"Templates (*{SUFFIX})")
        if path:
            target = Path(path if path.endswith(SUFFIX) else path + SUFFIX)
            write_template(target, self._session.project.landmarks)
            self._session.message.emit(f"Saved {target.name}.")

    def _import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Import landmarks")
        one = self._reference() if path else None
        if one is None:
            return
        try:
            row = self._session.project.specimen(one.specimen)
            image, orientation = row.name, 1
            if row.path is not None:
                image, orientation = str(row.path), read_header(row.path, row.plane).orientation
            found = read_specimen(
                path,
                image,
                one.shape,
                orientation=orientation,
                as_stored=self.as_stored_action.isChecked(),
            )
            found.landmarks.require_inside(*one.shape)
            import_specimen(self._session.project, one.specimen, found)
        except HomologError as error:
            self._session.message.emit(str(error))
            return
        self._session.landmarks_changed.emit()
        self._session.changed(one.specimen)
        self._session.message.emit(
            f"{counted(len(found.landmarks), 'landmark')} imported from {Path(path).name}."
        )
