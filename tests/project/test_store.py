"""The project file: what goes in comes out, also after a restart, a move and an undo."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_homolog.correspondence import LocateSettings, Prediction
from napari_homolog.errors import LandmarkError, ProjectError
from napari_homolog.project import (
    LandmarkDefinition,
    PlacementStatus,
    Project,
    SpecimenStatus,
)

TIP, BASE = LandmarkDefinition("tip", "#ff0000"), LandmarkDefinition("base", note="of the wing")


def write_image(path: Path, shade: int = 80, size: tuple[int, int] = (30, 40)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*size, 3), shade, np.uint8)).save(path)
    return path


def prediction(*points: tuple[float, float], confidence: tuple[float, ...]) -> Prediction:
    count = len(points)
    return Prediction(
        names=("tip", "base", "unknown")[:count],
        points=np.array(points, dtype=float),
        maps=np.zeros((count, 4, 4), np.float32),
        scale=np.ones(2),
        translate=np.zeros(2),
        covariance=np.tile(np.eye(2) * 2, (count, 1, 1)),
        confidence=np.array(confidence),
        settings=LocateSettings(),
        missing_probability=np.linspace(0.1, 0.2, count),
    )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project.create(tmp_path / "wings.homolog")
    made.set_landmarks([TIP, BASE])
    made.add_image(write_image(tmp_path / "images" / "one.png"))
    made.add_image(write_image(tmp_path / "images" / "two.png", 90))
    return made


def test_there_and_back_after_closing(project: Project, tmp_path: Path) -> None:
    project.place_many(1, {"tip": (3.5, 4.25)})
    project.mark_missing(1, "base")
    project.mark_reference(1, True)
    project.close()
    with Project.open(tmp_path / "wings.homolog") as again:
        assert again.landmarks == (TIP, BASE)
        first, second = again.specimens()
        assert (first.name, first.path) == ("one", tmp_path / "images" / "one.png")
        assert (first.size, first.reference, first.status) == (
            (30, 40),
            True,
            SpecimenStatus.ACCEPTED,
        )
        assert (second.status, second.reference) == (SpecimenStatus.NEW, False)
        placed = again.placements(1)
        assert (placed["tip"].point, placed["tip"].status) == ((3.5, 4.25), "manual")
        assert (placed["base"].point, placed["base"].status) == (None, "missing")
        marks = again.landmarks_of(1)
        np.testing.assert_array_equal(marks["tip"], (3.5, 4.25))
        assert marks.present.tolist() == [True, False]
        (integrity,) = sqlite3.connect(tmp_path / "wings.homolog").execute("PRAGMA integrity_check")
        assert integrity == ("ok",)


def test_a_moved_folder_stays_valid(project: Project, tmp_path: Path) -> None:
    project.close()
    shutil.move(tmp_path / "images", tmp_path / "elsewhere" / "images")
    shutil.move(tmp_path / "wings.homolog", tmp_path / "elsewhere" / "wings.homolog")
    with Project.open(tmp_path / "elsewhere" / "wings.homolog") as moved:
        assert moved.changed_images() == []
        assert moved.specimen(1).path == tmp_path / "elsewhere" / "images" / "one.png"


def test_images_that_are_gone_moved_or_changed_are_told(project: Project, tmp_path: Path) -> None:
    project.add_image(write_image(tmp_path / "images" / "three.png", 33))
    (tmp_path / "images" / "one.png").unlink()
    write_image(tmp_path / "images" / "two.png", 91)
    target = tmp_path / "images" / "deep" / "three.png"
    target.parent.mkdir()
    shutil.move(tmp_path / "images" / "three.png", target)
    found = {one.specimen: (one.what, one.path.name) for one in project.changed_images()}
    assert found == {1: ("gone", "one.png"), 2: ("changed", "two.png"), 3: ("moved", "three.png")}
    project.relocate(3, target)
    assert {one.specimen for one in project.changed_images()} == {1, 2}
    with pytest.raises(ProjectError, match="was 30 x 40"):
        project.relocate(1, write_image(tmp_path / "other.png", size=(20, 20)))


def test_predictions_give_way_to_decisions(project: Project) -> None:
    project.record_prediction(1, prediction((1, 2), (3, 4), (5, 6), confidence=(0.9, 0.4, 0.1)))
    assert project.specimen(1).status is SpecimenStatus.FOUND
    assert project.specimen(1).least_confidence == 0.4
    placed = project.placements(1)
    assert list(placed) == ["tip", "base"]
    assert placed["base"].spread == pytest.approx(2.0)
    assert placed["base"].expected_error is None

    project.place_many(1, {"base": (10, 11)}, status=PlacementStatus.CORRECTED)
    assert project.specimen(1).status is SpecimenStatus.CORRECTED
    assert project.specimen(1).least_confidence == 0.9
    project.record_prediction(1, prediction((7, 8), (9, 9), confidence=(0.8, 0.8)))
    placed = project.placements(1)
    assert (placed["tip"].point, placed["tip"].confidence) == ((7, 8), 0.8)
    assert (placed["base"].point, placed["base"].status) == ((10, 11), "corrected")
    project.accept(1)
    assert project.specimen(1).status is SpecimenStatus.ACCEPTED
    assert project.placements(1)["tip"].status is PlacementStatus.ACCEPTED
    assert project.summary() == {
        SpecimenStatus.NEW: 1,
        SpecimenStatus.FOUND: 0,
        SpecimenStatus.CORRECTED: 0,
        SpecimenStatus.ACCEPTED: 1,
        SpecimenStatus.FAILED: 0,
    }


def test_a_failure_is_kept_until_it_works(project: Project) -> None:
    project.record_failure(2, "The file is empty.")
    assert project.specimen(2).status is SpecimenStatus.FAILED
    assert project.specimen(2).reason == "The file is empty."
    project.record_prediction(2, prediction((1, 2), (3, 4), confidence=(0.5, 0.5)))
    assert (project.specimen(2).status, project.specimen(2).reason) == (SpecimenStatus.FOUND, "")


def test_undo_and_redo_of_every_kind_survive_a_restart(project: Project, tmp_path: Path) -> None:
    project.record_prediction(1, prediction((1, 2), (3, 4), confidence=(0.9, 0.4)))

    def state(of: Project) -> object:
        rows = of.specimens()
        return (of.landmarks, rows, [of.placements(one.id) for one in rows])

    states = [state(project)]
    for decide in (
        lambda: project.place_many(1, {"tip": (5, 5), "base": (6, 6)}),
        lambda: project.mark_missing(1, "tip"),
        lambda: project.clear(1, ["base"]),
        lambda: project.rename_landmark("tip", "apex"),
        lambda: project.set_landmarks([BASE]),
        lambda: project.set_landmarks([LandmarkDefinition("new"), BASE]),
        lambda: project.mark_reference(2, True),
        lambda: project.remove_specimen(1),
    ):
        decide()
        states.append(state(project))
    project.close()
    again = Project.open(tmp_path / "wings.homolog")
    for wanted in reversed(states[:-1]):
        assert again.undo() is not None
        assert state(again) == wanted
    for wanted in states[1:]:
        assert again.redo() is not None
        assert state(again) == wanted
    assert again.redo() is None
    again.close()


def test_a_new_decision_ends_what_could_be_redone(project: Project) -> None:
    project.place_many(1, {"tip": (5, 5)})
    assert project.undo() == "tip on one"
    assert (project.can_undo, project.can_redo) == (True, True)
    project.place_many(1, {"tip": (6, 6)})
    assert not project.can_redo
    assert [one.description for one in project.history()][-1] == "tip on one"


def test_a_decision_that_changes_nothing_is_none(project: Project) -> None:
    before = len(project.history())
    project.mark_reference(1, False)
    project.set_landmarks([TIP, BASE])
    assert len(project.history()) == before


def test_wrong_landmarks_change_nothing(project: Project) -> None:
    with pytest.raises(LandmarkError, match="stands twice"):
        project.set_landmarks([TIP, TIP])
    with pytest.raises(LandmarkError, match="no landmark 'eye'"):
        project.place_many(1, {"tip": (1, 1), "eye": (2, 2)})
    with pytest.raises(LandmarkError, match="finite"):
        project.place_many(1, {"tip": (np.nan, 1)})
    with pytest.raises(LandmarkError, match="stands twice"):
        project.rename_landmark("tip", "base")
    assert project.landmarks == (TIP, BASE)
    assert project.placements(1) == {}


def test_names_of_specimens_differ(project: Project, tmp_path: Path) -> None:
    number = project.add_image(write_image(tmp_path / "other" / "one.png"))
    assert project.specimen(number).name == "one 2"
    assert project.find_image(tmp_path / "other" / "one.png") == number
    assert project.find_image(tmp_path / "other" / "none.png") is None


def test_a_project_in_memory_goes_to_a_file(tmp_path: Path) -> None:
    image = write_image(tmp_path / "images" / "one.png")
    project = Project.create(None)
    project.set_landmarks([TIP])
    specimen = project.add_image(image)
    project.place_many(specimen, {"tip": (1, 2)})
    project.save_as(tmp_path / "a.homolog")
    project.place_many(specimen, {"tip": (3, 4)})
    project.close()
    stored = (
        sqlite3.connect(tmp_path / "a.homolog").execute("SELECT path FROM specimens").fetchone()
    )
    assert stored == ("images/one.png",)
    with Project.open(tmp_path / "a.homolog") as again:
        assert again.placements(specimen)["tip"].point == (3, 4)
        assert again.undo() is not None
        assert again.placements(specimen)["tip"].point == (1, 2)


def test_one_writer_and_any_readers_in_other_processes(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "wings.homolog"
    project.place_many(1, {"tip": (1, 2)})
    with pytest.raises(ProjectError, match="open for writing"):
        Project.open(path)
    code = (
        "import sys; from napari_homolog.project import Project; "
        "p = Project.open(sys.argv[1], read_only=True); print(p.placements(1)['tip'].point)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "(1.0, 2.0)", done.stderr
    with Project.open(path, read_only=True) as reader:
        with pytest.raises(ProjectError, match="reading only"):
            reader.place_many(1, {"tip": (5, 5)})
        project.place_many(1, {"tip": (8, 9)})
        assert reader.placements(1)["tip"].point == (8, 9)
    project.close()
    Project.open(path).close()


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "no project"), (b"not a database, but text", "no project"), (None, "There is no")],
)
def test_files_that_are_no_project(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "x.homolog"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ProjectError, match=message):
        Project.open(path)
    assert content is None or path.read_bytes() == content


def test_newer_and_existing_files_are_refused(project: Project, tmp_path: Path) -> None:
    project.close()
    with pytest.raises(ProjectError, match="there already"):
        Project.create(tmp_path / "wings.homolog")
    connection = sqlite3.connect(tmp_path / "wings.homolog")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ProjectError, match="newer version"):
        Project.open(tmp_path / "wings.homolog")
