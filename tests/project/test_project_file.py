"""Project files: made, opened, moved, saved elsewhere, refused."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import SIZE, draw_noise

from napari_homolog.errors import HomologError, ProjectError
from napari_homolog.project import LandmarkDefinition, PlacementStatus, Project, SpecimenStatus
from napari_homolog.project.schema import VERSION

AddWings = Callable[[Project, int], list[int]]


def test_what_was_done_is_there_again(project: Project, add_wings: AddWings, folder: Path) -> None:
    first, second = add_wings(project, 2)
    project.place(first, "tip", (3.25, 4.5))
    project.mark_missing(first, "notch")
    project.close()
    with Project.open(folder / "wings.homolog") as again:
        assert [one.name for one in again.specimens()] == ["wing 0", "wing 1"]
        assert again.specimen(first).path == folder / "images" / "wing 0.png"
        assert again.specimen(first).size == SIZE
        placed = again.placements(first)
        assert {name: (one.point, one.status) for name, one in placed.items()} == {
            "tip": ((3.25, 4.5), PlacementStatus.MANUAL),
            "notch": (None, PlacementStatus.MISSING),
        }
        assert again.placements(second) == {}


def test_a_moved_folder_stays_valid(project: Project, add_wings: AddWings, folder: Path) -> None:
    add_wings(project, 2)
    outside = project.add_image(draw_noise(folder.parent / "outside.png", 9))
    project.close()
    place = folder.parent / "elsewhere"
    place.mkdir()
    moved = Path(shutil.move(folder, place / "moved"))
    shutil.move(folder.parent / "outside.png", place)
    with Project.open(moved / "wings.homolog") as again:
        assert [one.path for one in again.specimens()] == [
            moved / "images" / "wing 0.png",
            moved / "images" / "wing 1.png",
            place / "outside.png",
        ]
        assert again.specimen(outside).path == place / "outside.png"
        assert again.changed_images() == []


def test_images_behind_a_linked_folder_are_found(folder: Path, tmp_path: Path) -> None:
    deep = tmp_path / "deep" / "down"
    deep.mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to(deep, target_is_directory=True)
    with Project.create(link / "a.homolog") as project:
        project.add_image(draw_noise(folder / "one.png", 1))
    for place in (link, deep):
        with Project.open(place / "a.homolog") as project:
            path = project.specimens()[0].path
            assert path is not None
            assert path.samefile(folder / "one.png")


def test_from_memory_to_a_file_and_on_to_another(folder: Path, add_wings: AddWings) -> None:
    project = Project.create(seed=7)
    assert project.path is None
    project.set_landmarks(["tip"])
    (wing,) = add_wings(project, 1)
    project.place(wing, "tip", (1, 2))
    project.save_as(folder / "one.homolog")
    assert project.path == folder / "one.homolog"
    project.place(wing, "tip", (3, 4))
    (folder / "below").mkdir()
    project.save_as(folder / "below" / "two.homolog")
    project.place(wing, "tip", (5, 6))
    assert project.specimen(wing).path == folder / "images" / "wing 0.png"
    project.undo()
    project.undo()
    assert project.placements(wing)["tip"].point == (1, 2)
    project.close()
    with Project.open(folder / "one.homolog") as one:
        assert one.placements(wing)["tip"].point == (3, 4)
        assert one.seed == 7
        assert one.specimen(wing).path == folder / "images" / "wing 0.png"
    text = sqlite3.connect(folder / "below" / "two.homolog").execute("SELECT path FROM specimen")
    assert text.fetchone() == ("../images/wing 0.png",)
    assert not list(folder.rglob("*.part"))


def test_saving_over_a_project_leaves_nothing_of_it(folder: Path) -> None:
    killed = subprocess.Popen(
        [sys.executable, "-c", LEAVES_A_JOURNAL, str(folder / "old.homolog")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout is not None
    assert killed.stdout.readline() == "placed\n"
    killed.kill()
    killed.wait()
    assert (folder / "old.homolog-wal").stat().st_size > 0
    with Project.create() as project:
        project.set_landmarks(["other"])
        project.save_as(folder / "old.homolog")
    with Project.open(folder / "old.homolog") as again:
        assert again.landmarks == (LandmarkDefinition("other"),)
        assert again.specimens() == []


LEAVES_A_JOURNAL = """
import sys, time
from napari_homolog.project import Project
project = Project.create(sys.argv[1])
project.set_landmarks(["tip"])
project.place(project.add_picture("one", (50, 50)), "tip", (1, 2))
print("placed", flush=True)
time.sleep(60)
"""


def test_what_a_killed_process_had_done_is_there(folder: Path) -> None:
    path = folder / "a.homolog"
    process = subprocess.Popen(
        [sys.executable, "-c", LEAVES_A_JOURNAL, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "placed\n"
    with pytest.raises(ProjectError, match="open for writing in another window or program"):
        Project.open(path)
    with Project.open(path, read_only=True) as reader:
        assert reader.summary()[SpecimenStatus.CORRECTED] == 1
    process.kill()
    process.wait()
    with Project.open(path, read_only=True) as reader:
        assert reader.summary()[SpecimenStatus.CORRECTED] == 1
    with Project.open(path) as again:
        assert again.placements(1)["tip"].point == (1, 2)


def test_one_writer_and_readers_beside_it(project: Project, folder: Path) -> None:
    path = folder / "wings.homolog"
    with pytest.raises(HomologError, match="open for writing in another window or program"):
        Project.open(path)
    with Project.open(path, read_only=True) as reader:
        project.add_picture("one", SIZE)
        assert reader.summary()[SpecimenStatus.NEW] == 1
        with pytest.raises(ProjectError, match="open for reading only"):
            reader.add_picture("two", SIZE)
    with pytest.raises(ProjectError, match="open for writing in another"):
        Project.create().save_as(path)
    project.close()
    Project.open(path).close()
    Project.open(path, read_only=True).close()
    assert sorted(one.name for one in folder.iterdir()) == [
        ".wings.homolog.lock",
        "images",
        "wings.homolog",
    ]


def test_an_error_leaves_nothing_half_done(project: Project) -> None:
    def half() -> None:
        with project.transaction():
            project.add_picture("one", SIZE)
            project.add_picture("one", SIZE)

    with pytest.raises(ProjectError, match="has a specimen 'one' already"):
        half()
    assert project.specimens() == []
    with project.transaction():
        project.add_picture("one", SIZE)
        with pytest.raises(ProjectError):
            project.add_picture("one", SIZE)
        project.add_picture("two", SIZE)
    assert [one.name for one in project.specimens()] == ["one", "two"]


def other_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE something (value)")
    connection.commit()


def newer_project(path: Path) -> None:
    Project.create(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.commit()


def truncated_project(path: Path) -> None:
    Project.create(path).close()
    path.write_bytes(path.read_bytes()[:1000])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "There is no project .*a.homolog"),
        (lambda path: path.write_bytes(b""), "is not a project"),
        (lambda path: path.write_text("LM=3\n1 2\n" * 100), "is not a project, or is damaged"),
        (other_database, "is not a project"),
        (newer_project, "newer version of napari-homolog.*update"),
        (truncated_project, "damaged|cannot be read"),
    ],
)
@pytest.mark.parametrize("read_only", [False, True])
def test_what_is_no_project_is_refused(
    tmp_path: Path, make: Callable[[Path], object], message: str, read_only: bool
) -> None:
    path = tmp_path / "a.homolog"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(ProjectError, match=message):
        Project.open(path, read_only=read_only)
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.parametrize("save", [Project.create, lambda path: Project.create().save_as(path)])
def test_places_where_no_project_can_be(tmp_path: Path, save: Callable[[Path], object]) -> None:
    with pytest.raises(ProjectError, match=r"must end in \.homolog"):
        save(tmp_path / "a.sqlite")
    with pytest.raises(ProjectError, match="There is no folder"):
        save(tmp_path / "nowhere" / "a.homolog")


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "a.homolog"
    path.write_text("my notes")
    with pytest.raises(ProjectError, match="exists already"):
        Project.create(path)
    with pytest.raises(ProjectError, match="is not a project"):
        Project.create().save_as(path)
    assert path.read_text() == "my notes"
