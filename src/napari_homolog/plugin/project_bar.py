"""The head of the dock: the open project, undo and redo."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QWidget,
)

from ..errors import HomologError, ProjectAccessError
from ..project import Project, import_landmarks
from .buttons import allow, push_button
from .drafts import discard, is_draft, left_behind, new_draft, put_away
from .scale_window import ScaleWindow
from .session import Session
from .specimens_window import SpecimensWindow
from .wording import AS_STORED, AS_STORED_TIP, counted

LISTED = 20
"""Specimens of a draft that its tooltip lists."""

FILTER = "Homolog projects (*.homolog)"


class ProjectBar(QWidget):
    """Opens and saves projects; undoes and redoes decisions.

    Parameters
    ----------
    session : Session
        What the panels share.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.specimens: SpecimensWindow | None = None
        self.scale: ScaleWindow | None = None
        self.name = QLabel()
        self.menu_button = push_button("Project", "Open, save or recover a project.")
        menu = QMenu(self.menu_button)
        self.new_action = menu.addAction("New", self._new)
        self.open_action = menu.addAction("Open …", self._open)
        self.digitised_action = menu.addAction("New from a digitised series …", self._digitised)
        self.digitised_action.setToolTip(
            "A TPS file or another landmark file with its images beside it: all its specimens become "
            "references."
        )
        self.as_stored_action = menu.addAction(AS_STORED)
        self.as_stored_action.setCheckable(True)
        self.as_stored_action.setToolTip(AS_STORED_TIP)
        menu.setToolTipsVisible(True)
        self.save_action = menu.addAction("Save as …", self._save)
        self.recover_menu = menu.addMenu("Recover unsaved work")
        self.recover_menu.setToolTipsVisible(True)
        self.recover_menu.aboutToShow.connect(self._list_drafts)
        menu.addSeparator()
        self.specimens_action = menu.addAction("Specimens …", self._show_specimens)
        self.specimens_action.setToolTip("Species, sex, side and other columns of each specimen.")
        self.scale_action = menu.addAction("Scale …", self._show_scale)
        self.scale_action.setToolTip("Measure the real size of pixels on the pictures.")
        self.menu_button.setMenu(menu)
        self.undo_button = QToolButton()
        self.undo_button.setText("↶")
        self.undo_button.setToolTip("Undo the last decision (Ctrl+Z on the points)")
        self.redo_button = QToolButton()
        self.redo_button.setText("↷")
        self.redo_button.setToolTip("Do it again (Ctrl+Shift+Z on the points)")
        self.undo_button.clicked.connect(session.undo)
        self.redo_button.clicked.connect(session.redo)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.menu_button)
        row.addWidget(self.name, 1)
        row.addWidget(self.undo_button)
        row.addWidget(self.redo_button)
        session.project_changed.connect(self.refresh)
        session.specimens_changed.connect(self.refresh)
        session.landmarks_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the project's name and whether there is something to undo."""
        project = self._session.project
        draft = is_draft(project)
        self.name.setText("not saved yet" if draft or not project.path else project.path.name)
        self.name.setToolTip(f"{'A draft, kept in ' if draft else ''}{project.path}")
        allow(self.undo_button, "" if project.can_undo else "Nothing to undo.")
        allow(self.redo_button, "" if project.can_redo else "Nothing to redo.")

    def _new(self) -> None:
        try:
            self._session.use_project(new_draft())
        except HomologError as error:
            self._session.message.emit(str(error))

    def _list_drafts(self) -> None:
        self.recover_menu.clear()
        drafts = [one for one in left_behind() if one.path != self._session.project.path]
        for draft in drafts:
            action = self.recover_menu.addAction(draft.title, partial(self.open, draft.path))
            action.setToolTip("\n".join(draft.specimens[:LISTED]))
        if not drafts:
            self.recover_menu.addAction("None").setEnabled(False)

    def _open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open project", "", FILTER)
        if path:
            self.open(Path(path))

    def open(self, path: Path) -> None:
        """Open a project from a file."""
        present = self._session.project.path
        if present is not None and present.resolve() == path.resolve():
            self._session.message.emit(f"{path.name} is open here already.")
            return
        try:
            self._session.use_project(_opened(path))
        except HomologError as error:
            self._session.message.emit(str(error))
            return
        changed = self._session.project.changed_images()
        told = f"Opened {path.name}."
        if changed:
            told += f" {counted(len(changed), 'image')} moved or changed since."
        self._session.message.emit(told)

    def _digitised(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "New project from a landmark file")
        if path:
            self.open_digitised(Path(path))

    def open_digitised(self, path: Path) -> None:
        """Begin a project with all specimens of a landmark file as references.

        Nothing is changed if the file or one of its images cannot be read.

        Parameters
        ----------
        path : Path
            The file; its images are beside it.
        """
        session = self._session
        draft = new_draft()
        try:
            as_stored = self.as_stored_action.isChecked()
            import_landmarks(draft, path, path.parent, as_stored=as_stored, references=True)
        except HomologError as error:
            put_away(draft)
            session.message.emit(str(error))
            return
        session.use_project(draft)
        references = [one.id for one, _ in session.references()]
        if references:
            session.look_at(references[0])
        count = counted(len(references), "reference")
        session.message.emit(f"{path.name}: {count}. Go on to Learn.")

    def _show_specimens(self) -> None:
        if self.specimens is None:
            self.specimens = SpecimensWindow(self._session, self)
        self.specimens.show()
        self.specimens.raise_()

    def _show_scale(self) -> None:
        if self.scale is None:
            self.scale = ScaleWindow(self._session, self)
        self.scale.show()
        self.scale.raise_()

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save project", "", FILTER)
        if path:
            self.save(Path(path).with_suffix(".homolog"))

    def save(self, path: Path) -> None:
        """Save the project to a file and continue there."""
        project = self._session.project
        before, draft = project.path, is_draft(project)
        try:
            project.save_as(path)
        except HomologError as error:
            self._session.message.emit(str(error))
            return
        if draft and before is not None:
            discard(before)
        # What was looked at only can be changed from now on.
        self._session.project_changed.emit()
        self._session.refresh()
        self._session.message.emit(f"Every decision is kept in {path.name} from now on.")


def _opened(path: Path) -> Project:
    """Open a project; one that cannot be written where it is, for reading only."""
    try:
        return Project.open(path)
    except ProjectAccessError as error:
        try:
            return Project.open(path, read_only=True)
        except HomologError:
            raise error from None
