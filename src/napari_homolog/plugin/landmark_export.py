"""Writing the project's landmarks to a file or a folder that the user chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QMessageBox, QWidget

from ..errors import HomologError
from ..formats import FORMATS, Format
from ..project import ExportOptions, Specimen, export_for, export_landmarks
from .export_dialog import ONE_FILE, ExportDialog
from .session import Session
from .wording import counted


def export_by_dialog(session: Session, parent: QWidget) -> ExportDialog:
    """Ask what is exported and where to, write it, and tell what came of it.

    Returns
    -------
    ExportDialog
        The dialog, which is open.
    """
    dialog = ExportDialog(session.project, parent)
    dialog.accepted.connect(lambda: _export(session, parent, dialog))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def _export(session: Session, parent: QWidget, dialog: ExportDialog) -> None:
    chosen = session.project.specimens(*dialog.chosen_statuses)
    try:
        if dialog.program == ONE_FILE:
            told = _export_file(session, parent, chosen, dialog.options)
        else:
            told = _export_folder(session, parent, chosen, dialog)
    except HomologError as error:
        told = str(error)
    if told:
        session.message.emit(told)


def _export_file(
    session: Session, parent: QWidget, specimens: Sequence[Specimen], options: ExportOptions
) -> str:
    """Write one landmark file; return what came of it, empty if no file was chosen."""
    filters = _dialog_filters()
    name, kind = QFileDialog.getSaveFileName(parent, "Export landmarks", "", ";;".join(filters))
    if not name:
        return ""
    chosen = filters.get(kind)
    path = Path(name)
    if chosen is not None and path.suffix.lower() not in chosen.suffixes:
        path = path.with_name(path.name + chosen.suffixes[0])
    options = replace(options, format=chosen.name if chosen else None)
    count = export_landmarks(session.project, path, specimens, options)
    return f"The landmarks of {counted(count, 'specimen')} are in {path}."


def _export_folder(
    session: Session, parent: QWidget, specimens: Sequence[Specimen], dialog: ExportDialog
) -> str:
    """Write a folder for a program; return what came of it, empty if no folder was chosen."""
    program = dialog.program
    name = QFileDialog.getExistingDirectory(parent, f"Folder for {program}")
    if not name:
        return ""
    folder = Path(name)
    if any(folder.iterdir()) and not _may_replace(folder, parent):
        return ""
    written = export_for(session.project, program, folder, specimens, dialog.options)
    last = written.files[-1].name
    return f"{counted(written.specimens, 'specimen')} for {program} in {folder}: begin with {last}."


def _may_replace(folder: Path, parent: QWidget) -> bool:
    """Ask whether files in a folder that is not empty may be replaced."""
    answer = QMessageBox.question(
        parent,
        "Export landmarks",
        f"{folder.name} is not empty. Files in it that are called as those to be written are "
        "replaced. Go on?",
    )
    return bool(answer == QMessageBox.StandardButton.Yes)


def _dialog_filters() -> dict[str, Format]:
    """Return the landmark formats by what file dialogs call them."""
    return {f"{one.title} (*{one.suffixes[0]})": one for one in FORMATS if one.can_write}
