"""`homolog project add` and `new`: images of folders, and images by the names that files give."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path

import pytest
from made_up import SIZE, draw_noise

from napari_homolog.errors import ProjectError
from napari_homolog.project import Project, import_landmarks
from series import homolog

WIDE = {**os.environ, "COLUMNS": "400"}


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
    empty = homolog("project", "add", "a.homolog", "tree", cwd=tree, env=WIDE)
    assert empty.returncode == 2
    assert "skipped: 2 folders, 1 file of another kind in tree" in empty.stderr
    assert "--recursive" in empty.stderr
    full = homolog("project", "add", "a.homolog", "tree", "--recursive", "--json", cwd=tree)
    assert full.returncode == 0, full.stderr
    assert json.loads(full.stdout) == {
        "added": ["1", "2", "1_2"],
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
