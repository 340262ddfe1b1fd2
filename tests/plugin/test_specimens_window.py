"""The table of specimens in a real window: columns, sides and symmetric pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hands import SIZE
from qtpy.QtCore import QItemSelectionModel, Qt
from qtpy.QtWidgets import QFileDialog, QInputDialog

from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.plugin.landmark_list import MIRROR
from napari_homolog.plugin.specimens_window import MIRRORED, OWN
from napari_homolog.project import MeasuredScale, Project

ENDS = {"left eye": (60.0, 30.0), "right eye": (60.0, 130.0), "snout": (100.0, 80.0)}


@pytest.fixture
def heads(dock: HomologWidget, viewer: Any) -> Project:
    project = dock.session.project
    project.set_landmarks(ENDS)
    for number in range(4):
        specimen = project.add_picture(f"head_{number}", SIZE)
        project.place_many(specimen, ENDS)
    dock.session.refresh()
    return project


def open_table(dock: HomologWidget, qtbot: Any) -> Any:
    dock.project_bar.specimens_action.trigger()
    window = dock.project_bar.specimens
    qtbot.waitUntil(window.isVisible)
    return window


def texts(window: Any, column: int) -> list[str]:
    return [window.table.item(row, column).text() for row in range(window.table.rowCount())]


def type_into(window: Any, qtbot: Any, row: int, column: int, text: str) -> None:
    """Double-click a cell, write, and press Enter."""
    table = window.table
    middle = table.visualItemRect(table.item(row, column)).center()
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(table.viewport(), left, pos=middle)
    qtbot.mouseDClick(table.viewport(), left, pos=middle)
    qtbot.wait(20)
    editor = table.focusWidget()
    assert editor is not None
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.wait(20)


def test_columns_are_loaded_edited_and_undone(
    dock: HomologWidget,
    heads: Project,
    click: Any,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    heads.measure_scales({2: MeasuredScale.between((0, 0), (0, 100), 5, "mm")})
    window = open_table(dock, qtbot)
    assert texts(window, 0) == ["head_0", "head_1", "head_2", "head_3"]
    assert texts(window, 2) == ["", "0.05 mm per pixel, two points", "", ""]
    file = tmp_path / "heads.csv"
    file.write_text("specimen,species,sex\nhead_0,minor,f\nhead_2,major,m\nhead_9,major,m\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(file), ""))
    click(window.load_button)
    assert heads.classifiers(3) == {"species": "major", "sex": "m"}
    assert texts(window, len(OWN)) == ["minor", "", "major", ""]
    assert "Not in the project: head_9. 2 specimens not in the table." in window.told.text()
    type_into(window, qtbot, 1, len(OWN), "minor")
    assert heads.classifiers(2) == {"species": "minor"}
    dock.session.undo()
    assert texts(window, len(OWN)) == ["minor", "", "major", ""]
    dock.session.undo()
    assert window.table.columnCount() == len(OWN)
    # A column that is added here is kept while it is empty, and in the project once it is not.
    monkeypatch.setattr(QInputDialog, "getText", lambda *a, **k: ("status", True))
    click(window.column_button)
    assert "cannot be called 'status'" in window.told.text()
    assert window.table.columnCount() == len(OWN)
    assert heads.classifier_columns == ()
    monkeypatch.setattr(QInputDialog, "getText", lambda *a, **k: ("site", True))
    click(window.column_button)
    type_into(window, qtbot, 3, window.table.columnCount() - 1, "Kiel")
    assert heads.classifiers(4) == {"site": "Kiel"}
    file.write_text("specimen,scale\nhead_0,2\n")
    click(window.load_button)
    assert "no column of classifiers" in window.told.text()
    window.close()


def test_sides_are_told_by_hand_or_by_a_column_and_ask_for_pairs(
    dock: HomologWidget, heads: Project, click: Any, qtbot: Any
) -> None:
    heads.classify({number: {"side": "LR"[number % 2]} for number in (1, 2, 3, 4)})
    window = open_table(dock, qtbot)
    table = window.table
    box = table.visualItemRect(table.item(1, MIRRORED))
    left = Qt.MouseButton.LeftButton
    place = box.center()
    place.setX(box.left() + 10)
    qtbot.mouseClick(table.viewport(), left, pos=place)
    assert heads.mirrored_specimens() == [2]
    assert "Name the landmarks that change places" in window.told.text()
    window.sides_menu.aboutToShow.emit()
    by_side = window.sides_menu.actions()[0]
    assert by_side.text() == "By side"
    (right,) = [one for one in by_side.menu().actions() if one.text() == "R"]
    right.trigger()
    assert heads.mirrored_specimens() == [1, 3]
    assert table.item(0, MIRRORED).checkState() == Qt.CheckState.Checked
    dock.session.undo()
    assert heads.mirrored_specimens() == [2]
    window.close()

    landmarks, pairs = dock.landmarks.list.table, dock.landmarks.files.pairs
    assert landmarks.isColumnHidden(MIRROR)
    pairs.aboutToShow.emit()
    assert not pairs.pair_action.isEnabled()
    for row, held in (
        (0, Qt.KeyboardModifier.NoModifier),
        (1, Qt.KeyboardModifier.ControlModifier),
    ):
        middle = landmarks.visualItemRect(landmarks.item(row, 0)).center()
        qtbot.mouseClick(landmarks.viewport(), left, held, middle)
    pairs.aboutToShow.emit()
    pairs.pair_action.trigger()
    assert heads.symmetric_pairs == (("left eye", "right eye"),)
    assert not landmarks.isColumnHidden(MIRROR)
    assert [landmarks.item(row, MIRROR).text() for row in range(3)] == ["right eye", "left eye", ""]
    # A landmark changes places with one other.
    landmarks.clearSelection()
    for row, held in (
        (1, Qt.KeyboardModifier.NoModifier),
        (2, Qt.KeyboardModifier.ControlModifier),
    ):
        middle = landmarks.visualItemRect(landmarks.item(row, 0)).center()
        qtbot.mouseClick(landmarks.viewport(), left, held, middle)
    pairs.pair_action.trigger()
    assert "is in two symmetric pairs" in dock.bar.message.text()
    dock.session.undo()
    assert heads.symmetric_pairs is None
    assert landmarks.isColumnHidden(MIRROR)
    pairs.none_action.trigger()
    assert heads.symmetric_pairs == ()


def test_lines_in_plots_are_set_between_selected_landmarks(
    dock: HomologWidget, heads: Project
) -> None:
    table, lines = dock.landmarks.list.table, dock.landmarks.files.lines

    def select(*rows: int) -> None:
        table.clearSelection()
        for row in rows:
            flags = QItemSelectionModel.SelectionFlag
            table.selectionModel().select(table.model().index(row, 0), flags.Select | flags.Rows)
        lines.aboutToShow.emit()

    select(0)
    assert not lines.link_action.isEnabled()
    assert not lines.unlink_action.isEnabled()
    select(0, 1)
    lines.link_action.trigger()
    lines.link_action.trigger()
    assert heads.links == (("left eye", "right eye"),)
    select(1, 2)
    lines.link_action.trigger()
    assert len(heads.links) == 2
    assert lines.there.text() == "left eye to right eye"
    select(0)
    lines.unlink_action.trigger()
    assert len(heads.links) == 1
    dock.session.undo()
    dock.session.undo()
    assert heads.links == (("left eye", "right eye"),)
