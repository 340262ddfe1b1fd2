"""Boxes in projects: stored, undone, from files, several in one image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import SIZE, found_at, learned_names

from napari_homolog.boxes import Box
from napari_homolog.errors import BoxError, ProjectError
from napari_homolog.project import Project, import_boxes

NAMES = ("tip", "base", "notch")
BOX = Box(1, 2, 20, 30)
Adds = Callable[[Project, int], list[int]]


def test_a_box_is_stored_and_can_be_undone(project: Project, add_wings: Adds) -> None:
    (wing,) = add_wings(project, 1)
    assert project.specimen(wing).box is None
    project.set_box(wing, BOX)
    assert project.find("wing 0").box == BOX
    assert project.undo() == "Set the box of 'wing 0'"
    assert project.specimen(wing).box is None
    project.redo()
    project.set_box(wing, None)
    assert project.specimen(wing).box is None


def test_a_box_is_cut_at_the_image_or_refused(project: Project, add_wings: Adds) -> None:
    (wing,) = add_wings(project, 1)
    project.set_box(wing, Box(-20, -20, 20, 1000))
    assert project.specimen(wing).box == Box(-0.5, -0.5, 20, SIZE[1] - 0.5)
    with pytest.raises(BoxError):
        project.set_box(wing, Box(900, 900, 1000, 1000))


def test_a_specimen_in_another_box_is_located_anew(project: Project, add_wings: Adds) -> None:
    (wing,) = add_wings(project, 1)
    number = project.add_landmark_set(learned_names(*NAMES))
    found = found_at(NAMES, [(1, 2), (3, 4), (5, 6)])
    project.record_prediction(wing, found, number)
    assert project.pending(number) == []
    project.set_box(wing, BOX)
    assert project.pending(number) == [wing]
    project.record_prediction(wing, found, number, box=BOX)
    assert project.pending(number) == []
    project.undo()
    # What it has now was located in the box.
    assert project.pending(number) == [wing]


def write_boxes(folder: Path, *rows: str) -> Path:
    file = folder / "boxes.csv"
    file.write_text("\n".join(["image,top,left,height,width", *rows]))
    return file


def test_several_boxes_in_one_image_are_several_specimens(
    project: Project, add_wings: Adds, folder: Path
) -> None:
    first, second = add_wings(project, 2)
    project.place_many(first, {"tip": (30, 30)})
    file = write_boxes(
        folder, "wing 0.png,0,0,20,20", "wing 0.png,20,20,20,20", "wing 1.png,5,5,20,20"
    )
    given, added = import_boxes(project, file, folder / "images")
    # The landmark lies in the second box, and nothing is known of the other specimen.
    assert given == [first, second]
    assert project.specimen(first).box == Box(19.5, 19.5, 39.5, 39.5)
    (other,) = added
    assert project.specimen(other).name == "wing 0_2"
    assert project.specimen(other).path == project.specimen(first).path
    assert project.specimen(other).box == Box(-0.5, -0.5, 19.5, 19.5)
    assert import_boxes(project, write_boxes(folder, "wing 1.png,5,5,20,20"), folder / "images")[
        1
    ] == [4]


def test_one_bad_box_changes_nothing(project: Project, add_wings: Adds, folder: Path) -> None:
    (wing,) = add_wings(project, 1)
    file = write_boxes(folder, "wing 0.png,0,0,20,20", "wing 7.png,0,0,20,20")
    with pytest.raises(ProjectError, match=r"names the image 'wing 7\.png', which is not in"):
        import_boxes(project, file, folder / "images")
    assert project.specimen(wing).box is None
