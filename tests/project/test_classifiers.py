"""Classifiers of specimens: from a table into the project, undone, and over names of images."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from command_line import homolog
from napari_homolog.errors import ProjectError
from napari_homolog.project import Project, import_classifiers


@pytest.fixture
def wings(project: Project, add_wings: Callable[[Project, int], list[int]]) -> list[int]:
    return add_wings(project, 3)


def table(folder: Path, text: str) -> Path:
    path = folder / "specimens.csv"
    path.write_text(text)
    return path


def test_a_table_is_one_step_of_the_history(
    project: Project, wings: list[int], folder: Path
) -> None:
    # Names by another suffix and letter case, as everywhere; an empty cell is no classifier.
    text = "image,species,sex\nscans\\WING 0.tif,maritima,f\nwing 1,rosea,\nelsewhere.jpg,x,y\n"
    taken = import_classifiers(project, table(folder, text))
    assert (taken.columns, taken.unknown) == (("species", "sex"), ("elsewhere.jpg",))
    assert taken.specimens == tuple(wings[:2])
    assert project.classifiers(wings[0]) == {"species": "maritima", "sex": "f"}
    assert project.all_classifiers().keys() == set(wings[:2])
    assert project.classifiers(wings[1]) == {"species": "rosea"}
    assert project.classifier_columns == ("species", "sex")
    # A second table adds to it.
    import_classifiers(project, table(folder, "specimen,sex,site\nwing 1,m,here\n"))
    assert project.classifiers(wings[1]) == {"species": "rosea", "sex": "m", "site": "here"}
    assert project.undo() == "Classify 'wing 1'"
    assert project.undo() == "Classify 2 specimens"
    assert project.all_classifiers() == {}
    project.redo()
    assert project.classifiers(wings[1]) == {"species": "rosea"}
    project.set_classifiers(wings[1], {"species": ""})
    assert project.classifiers(wings[1]) == {}


def test_specimens_of_one_image_are_told_apart_by_their_names(
    project: Project, wings: list[int], folder: Path
) -> None:
    again = project.add_image(folder / "images" / "wing 0.png")
    with pytest.raises(ProjectError, match="may be each of the specimens 'wing 0', 'wing 0_2'"):
        import_classifiers(project, table(folder, "image,sex\nwing 0.png,f\n"))
    text = "image,specimen,sex\nwing 0.png,wing 0_2,f\n"
    import_classifiers(project, table(folder, text))
    assert project.classifiers(again) == {"sex": "f"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,sex\nother.png,f\n", "has none of the project's specimens: it names 'other.png'"),
        ("image,sex\nwing 0.png,f\nWING 0,m\n", "lines 2 and 3 are both about 'wing 0'"),
        ("image,status\nwing 0.png,new\n", "no column of classifiers beside what names"),
    ],
)
def test_a_table_that_does_not_fit_changes_nothing(
    project: Project, wings: list[int], folder: Path, text: str, message: str
) -> None:
    with pytest.raises(ProjectError, match=message):
        import_classifiers(project, table(folder, text))
    assert project.all_classifiers() == {}


def test_names_that_exports_use_are_refused(project: Project, wings: list[int]) -> None:
    with pytest.raises(ProjectError, match="cannot be called 'Status'"):
        project.set_classifiers(wings[0], {"Status": "x"})


def test_links_survive_renaming_and_are_undone(project: Project) -> None:
    project.set_links([("tip", "base"), ("base", "notch")])
    project.rename_landmark("base", "root")
    assert project.links == (("tip", "root"), ("root", "notch"))
    project.remove_landmark("notch")
    assert project.links == (("tip", "root"),)
    for _ in range(3):
        project.undo()
    assert project.links == ()
    with pytest.raises(ProjectError, match="no landmark 'tail' to pair or link"):
        project.set_links([("tip", "tail")])
    with pytest.raises(ProjectError, match="linked with itself"):
        project.set_links([("tip", "tip")])


def test_the_commands(project: Project, wings: list[int], folder: Path) -> None:
    project.close()
    file, path = folder / "wings.homolog", table(folder, "image,sex\nwing 0.png,f\nz.png,m\n")
    told = homolog("project", "classify", file, path, "--json")
    assert json.loads(told.stdout) == {
        "columns": ["sex"],
        "specimens": 1,
        "unknown": ["z.png"],
        "left_out": [],
        "without": 2,
    }
    assert "Links: tip = base." in homolog("project", "links", file, "tip=base").stdout
    wrong = homolog("project", "links", file, "tip")
    assert wrong.returncode == 2
    assert "write NAME=NAME" in wrong.stderr
