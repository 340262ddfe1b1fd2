"""`homolog project add` and `new`: images of folders, and images by the names that files give."""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
import warnings
from pathlib import Path

import numpy as np
import pytest
import tifffile
from made_up import SIZE, draw_noise

from command_line import homolog
from napari_homolog.errors import ImageError, ProjectError
from napari_homolog.formats import FormatWarning
from napari_homolog.images import Plane, pixel_hash
from napari_homolog.jobs.image_suppliers import image_files
from napari_homolog.project import Project, export_landmarks, import_landmarks

WIDE = 400


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("male/1.png", "female/1.png", "female/2.png"):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draw_noise(path, len(name))
    (tmp_path / "tree" / "notes.txt").write_text("notes")
    Project.create(tmp_path / "a.homolog").close()
    return tmp_path


def test_skipped_folders_and_files_are_named(tree: Path) -> None:
    empty = homolog("project", "add", "a.homolog", "tree", cwd=tree, columns=WIDE)
    assert empty.returncode == 2
    assert "skipped: 2 folders, 1 file of another kind in tree" in empty.stderr
    assert "--recursive" in empty.stderr
    full = homolog("project", "add", "a.homolog", "tree", "--recursive", "--json", cwd=tree)
    assert full.returncode == 0, full.stderr
    assert json.loads(full.stdout) == {
        "added": ["female/1", "2", "male/1"],
        "there": 0,
        "skipped": ["1 file of another kind in tree"],
        "failed": {},
    }
    again = homolog("project", "add", "a.homolog", "tree", "tree/male", "-r", cwd=tree)
    assert again.returncode == 0
    assert "Added 0 specimens; 3 were in the project already." in again.stdout
    assert "Skipped 1 file of another kind in tree." in again.stdout


@pytest.mark.parametrize("name", ["female\\1.tif", "Female/1"])
def test_folders_decide_between_equal_file_names(tree: Path, name: str) -> None:
    (tree / "in.tps").write_text(f"LM=1\n2 3\nIMAGE={name}\nID=0\n")
    with Project.create() as project:
        (number,) = import_landmarks(project, tree / "in.tps", tree / "tree")
        assert project.specimen(number).path == tree / "tree" / "female" / "1.png"


def test_other_spellings_of_an_image_are_found(tmp_path: Path) -> None:
    composed, decomposed = (unicodedata.normalize(form, "Flügel") for form in ("NFC", "NFD"))
    draw_noise(tmp_path / f"{decomposed}.png", 1)
    for name in (f"{composed}.png", f"{composed.upper()}.TIF", composed):
        (tmp_path / "in.tps").write_text(f"LM=1\n2 3\nIMAGE={name}\nID=0\n", encoding="utf-8")
        with Project.create() as project:
            (number,) = import_landmarks(project, tmp_path / "in.tps", tmp_path)
            assert project.specimen(number).path == tmp_path / f"{decomposed}.png"
            assert project.landmarks_of(number).points.tolist() == [[SIZE[0] - 3, 2]]


def test_an_ambiguous_image_is_refused_with_both_names(tmp_path: Path) -> None:
    draw_noise(tmp_path / "wing.png", 1)
    draw_noise(tmp_path / "wing.bmp", 1)
    (tmp_path / "in.tps").write_text("LM=1\n2 3\nIMAGE=wing.tif\nID=0\n")
    with (
        Project.create() as project,
        pytest.raises(ProjectError, match=r"in\.tps: .*'wing\.bmp' or 'wing\.png'"),
    ):
        import_landmarks(project, tmp_path / "in.tps", tmp_path)


def test_page_and_channels_are_part_of_the_specimen(tmp_path: Path) -> None:
    """Case 14: what was chosen when an image was added is used whenever it is read again."""
    stack = np.random.default_rng(2).integers(0, 256, (2, 3, *SIZE), np.uint8)
    stack[:, 0] = 255 - stack[:, 1]
    tifffile.imwrite(
        tmp_path / "a.ome.tif", stack, photometric="minisblack", metadata={"axes": "ZCYX"}
    )
    Project.create(tmp_path / "a.homolog").close()
    add = ("project", "add", "a.homolog", "a.ome.tif")
    refused = homolog(*add, cwd=tmp_path, columns=WIDE)
    assert refused.returncode == 3
    assert "2 pictures of 3 channels in 6 pages; say which page with `--page`" in refused.stderr
    for page in ("0", "4", "4"):
        run = homolog(*add, "--page", page, "--channel", "rgb", cwd=tmp_path)
        assert run.returncode == 0, run.stderr
    assert "Added 0 specimens; 1 were in the project already" in run.stdout
    (tmp_path / "in.tps").write_text("LM=1\n2 3\nIMAGE=a.ome.tif\nID=0\n")
    new = ("project", "new", "b.homolog", "--landmarks", "in.tps", "--page", "5")
    run = homolog(*new, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    with Project.open(tmp_path / "a.homolog") as project:
        first, second = project.specimens()
        assert (first.plane, second.plane) == (Plane.of(0, "rgb"), Plane.of(4, "rgb"))
        supplied = [image_files(project)(one.id)() for one in (first, second)]
        hashes = [project.pixel_hash_of(one.id) for one in (first, second)]
        assert hashes == [pixel_hash(np.moveaxis(each, 0, -1)) for each in stack]
        project.save_as(tmp_path / "copy.homolog")
        assert project.changed_images() == []
        (tmp_path / "a.ome.tif").rename(tmp_path / "moved.ome.tif")
        (gone, _) = project.changed_images()
        assert gone.found == tmp_path / "moved.ome.tif"
        project.set_image(second.id, gone.found)
        assert project.specimen(second.id).plane == Plane.of(4, "rgb")
    for image, channels in zip(supplied, stack, strict=True):
        np.testing.assert_array_equal(image, np.moveaxis(channels, 0, -1) / np.float32(255))
    with Project.open(tmp_path / "b.homolog") as project:
        (only,) = project.specimens()
        assert only.plane == Plane(5)
        assert project.landmarks_of(only.id).points.tolist() == [[SIZE[0] - 3, 2]]


def test_a_stored_plane_that_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.homolog"
    with Project.create(path) as project:
        project.add_image(draw_noise(tmp_path / "a.png", 1))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE specimen SET plane = '[-3, null]'")
    connection.commit()
    connection.close()
    with Project.open(path) as project, pytest.raises((ProjectError, ImageError), match="page"):
        project.specimens()


def test_equal_file_names_are_told_apart_by_folder_or_suffix(tree: Path) -> None:
    """Case 02: in names of specimens, in files and in the table of a report."""
    images = [tree / "tree" / sex / "1.png" for sex in ("male", "female")]
    images.append(draw_noise(tree / "tree" / "1.bmp", 7))
    with Project.open(tree / "a.homolog") as project:
        project.set_landmarks(["tip", "base"])
        numbers = [project.add_image(path) for path in images]
        names = [project.specimen(number).name for number in numbers]
        assert names == ["1", "female/1", "tree/1"]
        assert project.specimen(project.add_image(images[0])).name == "1_2"
        project.remove_specimen(numbers[-1] + 1)
        for place, number in enumerate(numbers):
            project.place_many(number, {"tip": (place + 1, 5), "base": (30, 50)})
        for name in ("out.tps", "out.csv"):
            with warnings.catch_warnings():
                # TPS has no names of landmarks.
                warnings.simplefilter("ignore", FormatWarning)
                export_landmarks(project, tree / name, project.specimens())
            with Project.create() as again:
                import_landmarks(again, tree / name, tree / "tree")
                assert [one.path for one in again.specimens()] == images
                points = [again.landmarks_of(one.id).points[0, 0] for one in again.specimens()]
                assert points == pytest.approx([1, 2, 3])
    assert re.findall("IMAGE=(.*)", (tree / "out.tps").read_text()) == [
        *("male/1.png", "female/1.png", "1.bmp")
    ]
    report = homolog("project", "report", "a.homolog", "--against", "out.csv", cwd=tree)
    assert report.returncode == 0, report.stderr
    rows = (tree / "a-report-points.csv").read_text(encoding="utf-8").splitlines()
    assert {row.split(",")[0] for row in rows[1:]} == {"male/1.png", "female/1.png", "1.bmp"}
    (tree / "unclear.tps").write_text("LM=2\n2 3\n4 5\nIMAGE=1.png\nID=0\n")
    unclear = homolog("project", "report", "a.homolog", "--against", "unclear.tps", cwd=tree)
    assert unclear.returncode == 2
    assert "each of the specimens '1', 'female/1'" in " ".join(unclear.stderr.split())
