"""A digitised series, images and projects that are dropped on the dock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import napari
import numpy as np
import pytest
from hands import focus
from PIL import Image
from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QApplication

from napari_homolog.plugin.dock import HomologWidget


def drop(dock: HomologWidget, *paths: Path) -> None:
    """Drop files on the dock, as a file manager does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(20, 20), copy, data, left, none)
    QApplication.sendEvent(dock, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(dock, QDropEvent(QPointF(20, 20), copy, data, left, none))


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Two digitised pictures, 60 pixels high."""
    blocks = []
    for number in range(2):
        Image.fromarray(np.full((60, 80, 3), 90, np.uint8)).save(tmp_path / f"w{number}.png")
        blocks.append(f"LM=2\n10 {20 + number}\n30 40\nIMAGE=w{number}.png\n")
    file = tmp_path / "series.tps"
    file.write_text("".join(blocks))
    return file


def test_a_digitised_series_becomes_a_project_of_references(
    dock: HomologWidget, viewer: napari.Viewer, series: Path
) -> None:
    drop(dock, series)
    project = dock.session.project
    references = dock.session.references()
    assert [one.name for one, _ in references] == ["w0", "w1"]
    assert [marks["1"].tolist() for _, marks in references] == [[40, 10], [39, 10]]
    assert dock.bar.message.text() == "series.tps: 2 references. Go on to Learn."
    current = dock.session.current
    assert current is not None
    assert current.name == "w0"
    assert len(project.landmarks) == 2


def test_a_series_with_a_missing_picture_leaves_the_project_as_it_is(
    dock: HomologWidget, series: Path
) -> None:
    (series.parent / "w1.png").unlink()
    before = dock.session.project
    drop(dock, series)
    assert dock.session.project is before
    assert "w1.png" in dock.bar.message.text()


def test_images_and_folders_become_targets(dock: HomologWidget, series: Path) -> None:
    drop(dock, series.parent)
    assert [one.name for one in dock.session.project.specimens()] == ["w0", "w1"]
    assert dock.tabs.currentWidget() is dock.transfer
    drop(dock, series.parent / "w0.png")
    assert len(dock.session.project.specimens()) == 2
    other = series.parent / "notes.docx"
    other.touch()
    drop(dock, other)
    assert "notes.docx is no project" in dock.bar.message.text()


def test_a_project_is_opened(dock: HomologWidget, series: Path, tmp_path: Path) -> None:
    drop(dock, series)
    dock.project_bar.save(tmp_path / "mine.homolog")
    dock.project_bar.new_action.trigger()
    assert not dock.session.project.specimens()
    drop(dock, tmp_path / "mine.homolog")
    assert len(dock.session.references()) == 2


def test_names_are_pasted_into_the_list(dock: HomologWidget, qtbot: Any) -> None:
    listed = dock.landmarks.list
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    clipboard.setText("tip\n  base \n\nnotch\ttip\n")
    focus(listed.table, qtbot)
    qtbot.keyClick(listed.table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    names = [one.name for one in dock.session.project.landmarks]
    assert names == ["tip", "base", "notch"]
    focus(listed.table, qtbot)
    qtbot.keyClick(listed.table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert [one.name for one in dock.session.project.landmarks] == names
    assert "in the list already" in dock.bar.message.text()
