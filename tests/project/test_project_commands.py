"""`homolog project`, from a landmark file to a landmark file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import napari_homolog as nh
from command_line import homolog
from napari_homolog import formats
from napari_homolog.project import PlacementStatus, Project, SpecimenStatus
from napari_homolog.synthetic import generate

SIZE = (140, 180)
NAMES = ("snout", "eye", "tail base")


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a project that has learned from one of its four specimens."""
    folder = tmp_path_factory.mktemp("commands") / "fish"
    (folder / "images").mkdir(parents=True)
    for index in range(4):
        image = Image.fromarray(generate("fish", 500 + index, SIZE).image)
        image.save(folder / "images" / f"fish_{index}.png")
    marks = generate("fish", 500, SIZE).landmarks
    few = nh.Landmarks({name: marks[name] for name in NAMES})
    reference = formats.Specimen(image="C:\\scans\\FISH_0.png", landmarks=few, image_size=SIZE)
    formats.write_landmarks(folder / "marks.csv", [reference])
    steps = (
        ("new", "fish.homolog", "--landmarks", "marks.csv", "--images", "images", "--seed", 2),
        ("add", "fish.homolog", "images"),
        ("learn", "fish.homolog", "--preset", "fast"),
    )
    for step in steps:
        done = homolog("project", *step, cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def folder(learned: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(learned, tmp_path / "fish"))


def test_what_new_add_and_learn_made(folder: Path) -> None:
    with Project.open(folder / "fish.homolog") as project:
        assert project.seed == 2
        assert [one.name for one in project.landmarks] == list(NAMES)
        assert [one.name for one in project.specimens()] == [f"fish_{i}" for i in range(4)]
        assert [one.name for one in project.references()] == ["fish_0"]
        assert project.specimen(1).path == folder / "images" / "fish_0.png"
        placed = project.placements(1)
        assert {one.status for one in placed.values()} == {PlacementStatus.MANUAL}
        marks = generate("fish", 500, SIZE).landmarks
        assert placed["eye"].point == tuple(marks["eye"])
        found = project.landmark_set()
        assert found is not None
        assert found.preset.name == "fast"
        assert found.references == ("fish_0",)


def test_run_status_export(folder: Path) -> None:
    damaged = folder / "images" / "fish_3.png"
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:500])
    before = json.loads(homolog("project", "status", "fish.homolog", "--json", cwd=folder).stdout)
    assert before["pending"] == 3
    done = homolog("project", "run", "fish.homolog", cwd=folder)
    assert done.returncode == 3
    assert "fish_3: " in done.stderr
    assert "has changed since it was added" in done.stderr
    assert "Located landmarks on 2 specimens" in done.stdout
    after = json.loads(homolog("project", "status", "fish.homolog", "--json", cwd=folder).stdout)
    assert after["specimens"] == {"new": 0, "found": 2, "corrected": 1, "accepted": 0, "failed": 1}
    assert (after["landmarks"], after["learned"], after["pending"]) == (list(NAMES), True, 0)
    assert after["model"] == "embedded"
    assert list(after["failed"]) == ["fish_3"]
    retried = homolog("project", "run", "fish.homolog", "--retry", "--json", cwd=folder)
    assert retried.returncode == 3
    told = json.loads(retried.stdout)
    assert (told["found"], list(told["failed"])) == (0, ["fish_3"])
    table = homolog("project", "status", "fish.homolog", cwd=folder, columns=120)
    assert "still to be run" in table.stdout
    assert "fish_3: " in table.stdout

    for out in ("all.csv", "all.tps"):
        assert homolog("project", "export", "fish.homolog", out, cwd=folder).returncode == 0
    rows = formats.read_landmarks(folder / "all.csv")
    assert [one.identifier for one in rows] == ["fish_0", "fish_1", "fish_2"]
    assert rows[0].status == ("manual",) * 3
    assert rows[1].status == ("predicted",) * 3
    assert rows[0].confidence is None
    assert rows[1].confidence is not None
    with Project.open(folder / "fish.homolog") as project:
        assert rows[1].landmarks.points.tolist() == project.landmarks_of(2).points.tolist()
        project.accept(3)
    tps = formats.read_landmarks(folder / "all.tps", image_size=SIZE)
    np.testing.assert_allclose(tps[1].landmarks.points, rows[1].landmarks.points, atol=1e-5)
    homolog("project", "export", "fish.homolog", "some.csv", "--status", "accepted", cwd=folder)
    assert [one.identifier for one in formats.read_landmarks(folder / "some.csv")] == ["fish_2"]


def test_images_that_went_moved_or_changed(folder: Path) -> None:
    images = folder / "images"
    (images / "fish_0.png").unlink()
    (folder / "other").mkdir()
    (images / "fish_1.png").rename(folder / "other" / "moved.png")
    Image.fromarray(generate("fish", 9, SIZE).image).save(images / "fish_2.png")
    told = homolog("project", "images", "fish.homolog", "--json", cwd=folder)
    assert told.returncode == 3
    assert json.loads(told.stdout)["changed"] == {
        "fish_0": f"{images / 'fish_0.png'} is gone",
        "fish_1": f"{images / 'fish_1.png'} is moved; it is now {folder / 'other' / 'moved.png'}",
        "fish_2": f"{images / 'fish_2.png'} is changed",
    }
    updated = homolog("project", "images", "fish.homolog", "--update", cwd=folder)
    assert updated.returncode == 3
    assert "fish_0.png is gone" in updated.stderr
    assert "fish_1" not in updated.stderr
    shutil.copy(folder / "other" / "moved.png", images / "fish_0.png")
    run = homolog("project", "run", "fish.homolog", cwd=folder)
    assert "Located landmarks on 3 specimens" in run.stdout


def test_adding_leaves_out_what_is_no_image_or_there_already(folder: Path) -> None:
    (folder / "images" / "broken.png").write_text("no image")
    Image.fromarray(generate("fish", 9, SIZE).image).save(folder / "images" / "new.jpg")
    (folder / "images" / "notes.txt").write_text("notes")
    done = homolog("project", "add", "fish.homolog", "images", "--json", cwd=folder)
    assert done.returncode == 3
    told = json.loads(done.stdout)
    assert (told["added"], told["there"], list(told["failed"])) == (["new"], 4, ["broken.png"])


def test_other_references_and_learning_on(folder: Path) -> None:
    with Project.open(folder / "fish.homolog") as project:
        marks = generate("fish", 501, SIZE).landmarks
        points = {name: (float(marks[name][0]), float(marks[name][1])) for name in NAMES}
        project.place_many(2, points)
    done = homolog(
        "project", "learn", "fish.homolog", "--reference", "fish_1", "--extend", cwd=folder
    )
    assert done.returncode == 0, done.stderr
    with Project.open(folder / "fish.homolog") as project:
        assert [one.name for one in project.references()] == ["fish_1"]
        found = project.landmark_set()
        assert found is not None
        assert found.references == ("fish_0", "fish_1")
        assert project.summary()[SpecimenStatus.CORRECTED] == 2


def test_a_file_of_own_export_keeps_decisions_and_no_predictions(folder: Path) -> None:
    with Project.open(folder / "fish.homolog") as project:
        project.mark_missing(2, "eye")
    homolog("project", "export", "fish.homolog", "out.csv", cwd=folder)
    done = homolog(
        "project", "new", "two.homolog", "--landmarks", "out.csv", "--images", "images", cwd=folder
    )
    assert done.returncode == 0, done.stderr
    with Project.open(folder / "two.homolog") as project:
        placed = [project.placements(one.id) for one in project.specimens()]
        assert [[one.status for one in some.values()] for some in placed] == [
            [PlacementStatus.MANUAL] * 3,
            [PlacementStatus.MISSING],
        ]


def test_an_image_that_was_marked_twice_is_two_specimens(folder: Path) -> None:
    marks = [nh.Landmarks({"eye": (10 + n, 20)}) for n in range(2)]
    twice = [formats.Specimen("fish_1.png", one, str(n)) for n, one in enumerate(marks)]
    formats.write_landmarks(folder / "twice.csv", twice)
    done = homolog(
        *("project", "new", "twice.homolog", "--landmarks", "twice.csv", "--images", "images"),
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    with Project.open(folder / "twice.homolog") as project:
        eyes = {one.name: project.placements(one.id)["eye"].point for one in project.specimens()}
    assert eyes == {"fish_1": (10, 20), "fish_1_2": (11, 20)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("status", "nothing.homolog"), "There is no project"),
        (("new", "fish.homolog"), "exists already"),
        (("new", "a.homolog", "--landmarks", "marks.csv"), "which is not in"),
        (("new", "a.homolog", "--landmarks", "marks.csv", "--images", "no"), "There is no folder"),
        (("new", "a.homolog", "--landmarks", "none.csv"), "none.csv"),
        (("new", "a.txt"), "must end in .homolog"),
        (("learn", "fish.homolog", "--reference", "carp"), "no specimen carp"),
        (("learn", "fish.homolog", "--extend", "--preset", "fast"), "leave out --preset"),
        (("run", "fish.homolog", "--local-workers", 2, "--cluster", "x"), "not both"),
        (("export", "fish.homolog", "out.xyz"), "must end in .tps or .csv"),
    ],
)
def test_errors_that_a_user_can_mend(
    folder: Path, arguments: tuple[object, ...], message: str
) -> None:
    before = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    done = homolog("project", *arguments, cwd=folder, columns=400)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    after = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    assert after == before
