"""Exports in a real window: for which program, and what becomes of missing and mirrored ones."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hands import SIZE
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QMessageBox

from napari_homolog import formats
from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.plugin.export_dialog import TARGETS
from napari_homolog.project import Project, SpecimenStatus
from napari_homolog.project.analysis_folder import PROGRAMS
from napari_homolog.synthetic import generate

pytestmark = pytest.mark.filterwarnings("ignore::napari_homolog.formats.FormatWarning")


@pytest.fixture
def series(dock: HomologWidget) -> Project:
    """Six drawn fish with all landmarks, the last of them without its first one."""
    project = dock.session.project
    for number in range(6):
        marks = generate("fish", 960 + number, SIZE).landmarks
        if not number:
            project.set_landmarks(marks.names)
        specimen = project.add_picture(f"drawn {number}", SIZE)
        points = {name: tuple(marks[name]) for name in marks.names}
        if number == 5:
            points[marks.names[0]] = None
        project.place_many(specimen, points)
    dock.session.refresh()
    dock.tabs.setCurrentWidget(dock.review)
    return project


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file that is chosen whenever one is asked for."""
    chosen = tmp_path / "all.tps"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(chosen), ""))
    return chosen


def export(dock: HomologWidget, click: Any, qtbot: Any, program: str, *downs: int) -> None:
    """Open the dialog, choose a program with the keys, and press its button."""
    click(dock.review.buttons["export"])
    dialog = dock.review.export_dialog
    for _ in range(list(TARGETS).index(program)):
        qtbot.keyClick(dialog.target, Qt.Key.Key_Down)
    assert dialog.program == program
    for _ in range(sum(downs)):
        qtbot.keyClick(dialog.missing, Qt.Key.Key_Down)
    click(dialog.export_button)


def test_every_program_that_a_folder_can_be_written_for_is_offered() -> None:
    assert set(TARGETS) - {""} == set(PROGRAMS)


@pytest.mark.parametrize(
    ("program", "files"),
    [
        ("geomorph", {"landmarks.tps", "specimens.csv", "analysis.R", "landmark_names.csv"}),
        ("morphoj", {"landmarks.txt", "classifiers.txt", "README.txt", "landmark_names.csv"}),
    ],
)
def test_a_folder_for_a_program_is_written(
    dock: HomologWidget,
    series: Project,
    click: Any,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    program: str,
    files: set[str],
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: str(folder))
    export(dock, click, qtbot, program)
    assert {one.name for one in folder.iterdir()} == files
    # MorphoJ knows no missing landmarks: the sixth is left out there.
    told = "5 specimens for morphoj" if program == "morphoj" else "6 specimens for geomorph"
    assert told in dock.bar.message.text()


def test_missing_landmarks_are_estimated_if_asked(
    dock: HomologWidget,
    series: Project,
    click: Any,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    file = tmp_path / "all.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(file), ""))
    export(dock, click, qtbot, "")
    assert not formats.read_landmarks(file)[5].landmarks.present.all()
    export(dock, click, qtbot, "", 1)
    last = formats.read_landmarks(file)[5]
    assert last.status is not None
    assert last.status[0] == "estimated"
    truth = generate("fish", 965, SIZE).landmarks
    assert np.linalg.norm(last.landmarks.points[0] - truth.points[0]) < 15
    with open(tmp_path / "all_estimated.csv", encoding="utf-8") as table:
        assert len(list(csv.reader(table))) == 2


def test_specimens_are_chosen_by_how_far_their_review_is(
    dock: HomologWidget,
    series: Project,
    click: Any,
    qtbot: Any,
    file: Path,
) -> None:
    accepted = [one.id for one in series.specimens()][1:4]
    for number in accepted:
        series.accept(number)
        series.set_scale(number, 0.5)
    click(dock.review.buttons["export"])
    dialog = dock.review.export_dialog
    assert [box.text() for box in dialog.statuses.values()] == [
        "partly reviewed (3)",
        "reviewed (3)",
    ]
    for box in dialog.statuses.values():
        qtbot.keyClick(box, Qt.Key.Key_Space)
    assert not dialog.export_button.isEnabled()
    qtbot.keyClick(dialog.statuses[SpecimenStatus.ACCEPTED], Qt.Key.Key_Space)
    dialog.scales.setCurrentText("none, pixels only")
    click(dialog.export_button)
    read = formats.read_landmarks(file, image_size=SIZE)
    assert [one.identifier for one in read] == ["drawn 1", "drawn 2", "drawn 3"]
    assert [one.scale for one in read] == [None] * 3


def test_missing_landmarks_are_spelled_for_the_program_that_is_chosen(
    dock: HomologWidget,
    series: Project,
    click: Any,
    file: Path,
) -> None:
    click(dock.review.buttons["export"])
    dialog = dock.review.export_dialog
    dialog.spelled.setCurrentText("NA, for geomorph (TPS files)")
    click(dialog.export_button)
    assert file.read_text(encoding="utf-8").count("NA NA") == 1


def test_a_folder_with_files_is_written_to_only_if_the_user_agrees(
    dock: HomologWidget,
    series: Project,
    click: Any,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    own = tmp_path / "specimens.csv"
    own.write_text("mine")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: str(tmp_path))
    answers = [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(QMessageBox, "question", lambda *a, **k: answers.pop(0))
    export(dock, click, qtbot, "geomorph")
    assert own.read_text() == "mine"
    assert not (tmp_path / "landmarks.tps").exists()
    export(dock, click, qtbot, "geomorph")
    assert own.read_text() != "mine"


def test_mirrored_specimens_are_asked_about_only_where_there_are_some(
    dock: HomologWidget,
    series: Project,
    click: Any,
    qtbot: Any,
    file: Path,
) -> None:
    click(dock.review.buttons["export"])
    dialog = dock.review.export_dialog
    assert not dialog.one_orientation.isVisible()
    assert not dialog.semilandmarks.isVisible()
    dialog.reject()
    series.set_mirrored([2])
    click(dock.review.buttons["export"])
    dialog = dock.review.export_dialog
    click(dialog.one_orientation)
    click(dialog.export_button)
    assert "not known which landmarks change places" in dock.bar.message.text()
    assert not file.exists()
    series.set_symmetric_pairs([])
    click(dock.review.buttons["export"])
    assert dock.review.export_dialog.one_orientation.isChecked()
    click(dock.review.export_dialog.export_button)
    read = formats.read_landmarks(file, image_size=SIZE)
    written = read[1].landmarks.points
    lying = series.landmarks_of(2).points
    np.testing.assert_allclose(written[:, 1], SIZE[1] - 1 - lying[:, 1], atol=1e-3)
