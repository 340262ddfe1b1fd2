"""Writing the project's landmarks to a file that the user chooses."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QWidget

from ..errors import HomologError
from ..formats import FORMATS, Format
from ..project import ExportOptions, export_landmarks
from .session import Session
from .wording import counted


def export_by_dialog(session: Session, parent: QWidget) -> None:
    """Ask for a file and a format, write the landmarks of all specimens, and tell what came of it."""
    filters = _dialog_filters()
    name, kind = QFileDialog.getSaveFileName(parent, "Export landmarks", "", ";;".join(filters))
    if not name:
        return
    chosen = filters.get(kind)
    path = Path(name)
    if chosen is not None and path.suffix.lower() not in chosen.suffixes:
        path = path.with_name(path.name + chosen.suffixes[0])
    project = session.project
    try:
        options = ExportOptions(format=chosen.name if chosen else None)
        count = export_landmarks(project, path, project.specimens(), options)
    except HomologError as error:
        session.message.emit(str(error))
    else:
        session.message.emit(f"The landmarks of {counted(count, 'specimen')} are in {path}.")


def _dialog_filters() -> dict[str, Format]:
    """Return the landmark formats by what file dialogs call them."""
    return {f"{one.title} (*{one.suffixes[0]})": one for one in FORMATS if one.can_write}
