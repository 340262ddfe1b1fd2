"""A table of the specimens: what is known of each, such as species, sex and side, to be changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMenu,
    QShortcut,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..errors import HomologError, ProjectError
from ..project import Specimen, import_classifiers
from ..project.classifiers import check_column
from .buttons import push_button
from .read_only_notice import lock_all
from .session import Session
from .wording import counted, scale_in_words

NAME, MIRRORED, SCALE = range(3)
OWN = ("Specimen", "Mirrored", "Scale")
"""The first columns; those of classifiers follow."""

ID = Qt.ItemDataRole.UserRole

MOST_VALUES = 8
"""A column with more values tells no sides."""

FILTER = "Tables (*.csv *.tsv *.txt);;All files (*)"

NO_PAIRS = (
    "Name the landmarks that change places in a mirror image (Landmarks, List, Mirror images), or say "
    "there that none do; until then shapes are compared and written as they lie."
)


class SpecimensWindow(QDialog):
    """Shows and changes the classifiers, sides and scales of all specimens.

    Parameters
    ----------
    session : Session
        What the panels share.
    parent : QWidget
        The dock.
    """

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Specimens")
        self.resize(640, 420)
        self._session = session
        self._writing = False
        self._added: list[str] = []
        self._build()
        for signal in (session.specimens_changed, session.project_changed):
            signal.connect(self.refresh)
        session.project_changed.connect(self._added.clear)
        session.message.connect(self.told.setText)
        self.refresh()

    def _build(self) -> None:
        self.table = QTableWidget(0, len(OWN))
        self.table.verticalHeader().setVisible(False)
        self.table.setToolTip("Double-click a name to see the specimen, or a cell to change it.")
        self.load_button = push_button(
            "Load table …",
            "A CSV table with a column image or specimen; its other columns are taken over.",
        )
        self.column_button = push_button("Add column …", "A column to be filled in here.")
        self.sides_button = push_button("Mirrored", "Tell which specimens are mirrored.")
        self.sides_menu = QMenu(self.sides_button)
        self.sides_menu.setToolTipsVisible(True)
        self.sides_menu.aboutToShow.connect(self._list_sides)
        self.sides_button.setMenu(self.sides_menu)
        tools = QHBoxLayout()
        for button in (self.load_button, self.column_button, self.sides_button):
            tools.addWidget(button)
        tools.addStretch()
        self.told = QLabel()
        self.told.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addLayout(tools)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.told)
        self.load_button.clicked.connect(self._load)
        self.column_button.clicked.connect(self._add_column)
        self.table.itemChanged.connect(self._on_changed)
        self.table.itemDoubleClicked.connect(self._on_double_clicked)
        QShortcut(QKeySequence.StandardKey.Undo, self).activated.connect(self._session.undo)
        QShortcut(QKeySequence.StandardKey.Redo, self).activated.connect(self._session.redo)

    @property
    def columns(self) -> list[str]:
        """The columns of classifiers: the project's, and those that were added and are empty."""
        return list(dict.fromkeys((*self._session.project.classifier_columns, *self._added)))

    def refresh(self) -> None:
        """Show the specimens as they are in the project."""
        project, columns = self._session.project, self.columns
        lock_all(self._session, (self.load_button, self.column_button, self.sides_button))
        specimens, classifiers = project.specimens(), project.all_classifiers()
        mirrored = set(project.mirrored_specimens())
        self._writing = True
        try:
            self.table.setColumnCount(len(OWN) + len(columns))
            self.table.setHorizontalHeaderLabels([*OWN, *columns])
            self.table.setRowCount(len(specimens))
            for row, one in enumerate(specimens):
                self._show(row, one, one.id in mirrored)
                own = classifiers.get(one.id, {})
                for place, column in enumerate(columns, len(OWN)):
                    self.table.setItem(row, place, QTableWidgetItem(own.get(column, "")))
            self.table.resizeColumnsToContents()
        finally:
            self._writing = False

    def _show(self, row: int, one: Specimen, mirrored: bool) -> None:
        """Show what every specimen has: its name, side and scale."""
        name, side = QTableWidgetItem(one.name), QTableWidgetItem()
        name.setData(ID, one.id)
        readable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        name.setFlags(readable)
        side.setFlags(readable | Qt.ItemFlag.ItemIsUserCheckable)
        side.setCheckState(Qt.CheckState.Checked if mirrored else Qt.CheckState.Unchecked)
        try:
            scale = scale_in_words(self._session.project.scale_of(one.id))
        except HomologError as error:
            scale = str(error)
        told = QTableWidgetItem(scale)
        told.setFlags(readable)
        told.setToolTip("Project, Scale … measures it.")
        for place, item in enumerate((name, side, told)):
            self.table.setItem(row, place, item)

    # Classifiers

    def _load(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Load table of specimens", "", FILTER)
        if name:
            self._attempt(lambda: self._take(Path(name)))

    def _take(self, file: Path) -> str:
        found = import_classifiers(self._session.project, file)
        told = f"{', '.join(found.columns)} of {counted(len(found.specimens), 'specimen')}."
        if found.unknown:
            told += f" Not in the project: {', '.join(found.unknown[:5])}"
            told += " and more." if len(found.unknown) > 5 else "."
        lacking = len(self._session.project.specimens()) - len(found.specimens)
        return told + (f" {counted(lacking, 'specimen')} not in the table." if lacking else "")

    def _add_column(self) -> None:
        name, agreed = QInputDialog.getText(self, "Add column", "Name, such as species or sex")
        name = name.strip()
        if not agreed:
            return
        self._attempt(lambda: self._new_column(name))

    def _new_column(self, name: str) -> str:
        check_column(name)
        if name.casefold() in {one.casefold() for one in self.columns}:
            raise ProjectError(f"There is a column {name!r} already; give another name.")
        self._added.append(name)
        return ""

    def _on_changed(self, item: QTableWidgetItem) -> None:
        if self._writing:
            return
        number = self.table.item(item.row(), NAME).data(ID)
        if item.column() == MIRRORED:
            on = item.checkState() == Qt.CheckState.Checked
            present = set(self._session.project.mirrored_specimens())
            self._attempt(lambda: self._mirror(present | {number} if on else present - {number}))
        elif item.column() >= len(OWN):
            column, value = self.columns[item.column() - len(OWN)], item.text()
            self._attempt(lambda: self._classify(number, column, value))

    def _classify(self, number: int, column: str, value: str) -> str:
        self._session.project.set_classifiers(number, {column: value})
        return ""

    # Sides

    def _list_sides(self) -> None:
        """Offer the values of columns with a few of them, and what the search found."""
        menu, project = self.sides_menu, self._session.project
        menu.clear()
        classifiers = project.all_classifiers().values()
        for column in project.classifier_columns:
            values = sorted({one[column] for one in classifiers if one.get(column)})
            if 1 < len(values) <= MOST_VALUES:
                under = menu.addMenu(f"By {column}")
                for value in values:
                    under.addAction(value, partial(self._mirror_by, column, value))
        found = menu.addAction("As the search found them", self._mirror_by_pose)
        found.setToolTip("If it was allowed to mirror; relative to the references.")
        menu.addAction("None", lambda: self._attempt(lambda: self._mirror(set())))

    def _mirror_by(self, column: str, value: str) -> None:
        project = self._session.project
        self._attempt(lambda: self._mirror(set(project.mirrored_by_classifier(column, value))))

    def _mirror_by_pose(self) -> None:
        self._attempt(lambda: self._mirror(set(self._session.project.mirrored_by_pose())))

    def _mirror(self, specimens: set[int]) -> str:
        project = self._session.project
        project.set_mirrored(specimens)
        told = f"{counted(len(specimens), 'specimen')} mirrored."
        return f"{told} {NO_PAIRS}" if specimens and project.symmetric_pairs is None else told

    # More

    def _attempt(self, change: Callable[[], str]) -> None:
        """Change the project, show it, and tell what came of it."""
        try:
            told = change()
        except HomologError as error:
            told = str(error)
        self._session.specimens_changed.emit()
        self._session.message.emit(told)

    def _on_double_clicked(self, item: QTableWidgetItem) -> None:
        if item.column() == NAME:
            self._session.asked.emit(item.data(ID))
