"""The dock and the command line run the same jobs: the same project gives the same results."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hands import NAMES, SIZE, finish
from PIL import Image
from qtpy.QtCore import Qt

from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.project import Project, SpecimenStatus
from napari_homolog.synthetic import generate


def make_series(folder: Path) -> Path:
    """Make a project with a reference that was marked by hand and three more fish."""
    path = folder / "series.homolog"
    specimens = [generate("fish", 910 + number, SIZE) for number in range(4)]
    with Project.create(path, seed=7) as project:
        project.set_landmarks(NAMES)
        for number, specimen in enumerate(specimens):
            file = folder / f"fish_{number}.png"
            Image.fromarray(specimen.image).save(file)
            project.add_image(file)
        points = {name: tuple(specimens[0].landmarks[name]) for name in NAMES}
        project.place_many(1, points)
        project.mark_reference(1)
    return path


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """A project in which nothing was learned yet."""
    return make_series(tmp_path)


@pytest.fixture(scope="session")
def learned_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = make_series(tmp_path_factory.mktemp("learned"))
    homolog("project", "learn", str(path), "--preset", "fast")
    return path


@pytest.fixture
def learned_series(learned_once: Path, tmp_path: Path) -> Path:
    """A copy of a project, with its images, in which the command line learned."""
    shutil.copytree(learned_once.parent, tmp_path / "series")
    return tmp_path / "series" / learned_once.name


def homolog(*arguments: str) -> None:
    """Run the command line in a process of its own that may use every core."""
    free = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    command = [sys.executable, "-m", "napari_homolog.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=free)
    assert done.returncode == 0, done.stderr


def contents(path: Path) -> dict[str, list[Any]]:
    """Return everything that learning and transferring write, but the time of day."""
    connection = sqlite3.connect(path)
    rows = {
        "landmark sets": "SELECT landmarks, model, data FROM landmark_set ORDER BY id",
        "locations": "SELECT specimen_id, landmark_set_id, settings, angle, mirrored, seed "
        "FROM location ORDER BY specimen_id, id",
        "predictions": "SELECT specimen_id, landmark_id, row, col, confidence, "
        "missing_probability, expected_error, row_variance, covariance, col_variance "
        "FROM prediction ORDER BY specimen_id, landmark_id",
        "specimens": "SELECT id, name, status, reason FROM specimen ORDER BY id",
    }
    found = {what: connection.execute(query).fetchall() for what, query in rows.items()}
    connection.close()
    return found


def test_the_same_project_gives_the_same_points_to_the_last_bit(
    dock: HomologWidget, series: Path, click: Any, qtbot: Any
) -> None:
    by_command = Path(shutil.copy(series, series.with_name("command.homolog")))
    homolog("project", "learn", str(by_command), "--preset", "fast")
    homolog("project", "run", str(by_command))

    dock.project_bar.open(series)
    dock.tabs.setCurrentWidget(dock.learn)
    dock.learn.preset.setCurrentText("fast")
    click(dock.learn.learn_button)
    finish(dock, qtbot)
    dock.tabs.setCurrentWidget(dock.transfer)
    click(dock.transfer.transfer_button)
    finish(dock, qtbot)

    expected, found = contents(by_command), contents(series)
    assert len(expected["predictions"]) == 9
    for what, rows in expected.items():
        assert found[what] == rows, what


def test_a_transfer_continues_where_it_was_stopped(
    dock: HomologWidget, learned_series: Path, click: Any, qtbot: Any
) -> None:
    dock.project_bar.open(learned_series)
    session, panel = dock.session, dock.transfer
    dock.tabs.setCurrentWidget(panel)
    panel.targets.items.item(0).setCheckState(Qt.CheckState.Unchecked)
    click(panel.transfer_button)
    finish(dock, qtbot)
    session.project.accept(3)
    session.changed(3)
    panel.targets.items.item(0).setCheckState(Qt.CheckState.Checked)
    before = contents(learned_series)["locations"]
    assert [row[0] for row in before] == [3, 4]
    click(panel.transfer_button)
    finish(dock, qtbot)
    after = contents(learned_series)["locations"]
    assert sorted(set(after) - set(before))[0][0] == 2, "only the one that was left is done"
    assert len(after) == len(before) + 1
    click(panel.transfer_button)
    assert "are done" in dock.bar.message.text()
    panel.again.setChecked(True)
    click(panel.transfer_button)
    finish(dock, qtbot)
    assert [row[0] for row in contents(learned_series)["locations"]] == [2, 2, 3, 4, 4]
    assert session.project.specimen(3).status is SpecimenStatus.ACCEPTED


def test_a_changed_image_is_a_failure_and_the_others_are_done(
    dock: HomologWidget, learned_series: Path, click: Any, qtbot: Any
) -> None:
    other = generate("fish", 999, SIZE)
    Image.fromarray(other.image).save(learned_series.with_name("fish_2.png"))
    dock.project_bar.open(learned_series)
    dock.tabs.setCurrentWidget(dock.transfer)
    click(dock.transfer.transfer_button)
    finish(dock, qtbot)
    assert "2 transferred, 1 failed" in dock.bar.message.text()
    assert "fish_2.png has changed since it was added" in dock.bar.message.text()
    with_reason = {one.name: one.reason for one in dock.session.project.specimens()}
    assert "has changed" in str(with_reason["fish_2"])


def test_a_removed_landmark_does_not_come_back(
    dock: HomologWidget, learned_series: Path, click: Any, qtbot: Any
) -> None:
    dock.project_bar.open(learned_series)
    dock.session.project.remove_landmark(NAMES[1])
    dock.session.refresh()
    dock.learn.preset.setCurrentText("fast")
    dock.tabs.setCurrentWidget(dock.learn)
    dock.learn.learn(again=True)
    finish(dock, qtbot)
    left = (NAMES[0], NAMES[2])
    assert dock.session.learned is not None
    assert dock.session.learned.names == left
    assert tuple(one.name for one in dock.session.project.landmarks) == left


def test_learning_again_respects_the_chosen_preset(
    dock: HomologWidget, learned_series: Path, click: Any, qtbot: Any
) -> None:
    dock.project_bar.open(learned_series)
    dock.tabs.setCurrentWidget(dock.learn)
    dock.learn.preset.setCurrentText("fast")
    click(dock.learn.advanced_button)
    dock.learn._form["restarts"].value = 1
    dock.learn._form["layers"].value = "4, 5"
    dock.learn.learn(again=True)
    finish(dock, qtbot)
    assert "anew, with other settings" in dock.bar.message.text()
    learned = dock.session.learned
    assert learned is not None
    assert (learned.coarse.restarts, learned.preset.shared.layers) == (1, (4, 5))
    dock.tabs.setCurrentWidget(dock.transfer)
    click(dock.transfer.transfer_button)
    finish(dock, qtbot)
    assert dock.bar.message.text().startswith("Transferred to 3"), "the same layers are located"
