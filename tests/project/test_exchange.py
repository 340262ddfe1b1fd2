"""Landmark files into a project and out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from made_up import SIZE, found_at, learned_names

from napari_homolog import formats
from napari_homolog.errors import ProjectError
from napari_homolog.project import PlacementStatus, Project, export_landmarks, import_landmarks

NAMES = ("tip", "base", "notch")


def test_what_is_probably_missing_can_be_left_out(
    project: Project, add_wings: Callable[[Project, int], list[int]], folder: Path
) -> None:
    (wing,) = add_wings(project, 1)
    found = found_at(NAMES, [(1, 2), (3, 4), (5, 6)])
    unsure = replace(found, missing_probability=np.array([0.9, 0.9, 0.1]))
    project.record_prediction(wing, unsure, project.add_landmark_set(learned_names(*NAMES)))
    project.accept(wing, "base")
    assert [one.probably_missing for one in project.placements(wing).values()] == [
        True,
        False,
        False,
    ]
    out = folder / "out.csv"
    assert export_landmarks(project, out, project.specimens(), leave_out_missing=True) == 1
    (row,) = formats.read_landmarks(out)
    np.testing.assert_array_equal(row.landmarks.points, [(np.nan, np.nan), (3, 4), (5, 6)])
    assert row.status == ("not placed", "accepted", "predicted")
    export_landmarks(project, out, project.specimens())
    assert formats.read_landmarks(out)[0].landmarks.present.all()


def test_a_file_that_does_not_fit_changes_nothing(
    project: Project, add_wings: Callable[[Project, int], list[int]], folder: Path
) -> None:
    (wing,) = add_wings(project, 1)
    marks = formats.Specimen("wing 0.png", project.landmarks_of(wing))
    eye = type(marks.landmarks)({"eye": (3, 4)})
    formats.write_landmarks(
        folder / "in.csv",
        [replace(marks, landmarks=eye), replace(marks, image="other.png", landmarks=eye)],
    )
    with pytest.raises(ProjectError, match=r"'other\.png', which is not in"):
        import_landmarks(project, folder / "in.csv", folder / "images")
    assert [one.name for one in project.landmarks] == list(NAMES)
    assert project.placements(wing) == {}
    formats.write_landmarks(folder / "in.csv", [replace(marks, landmarks=eye)])
    assert import_landmarks(project, folder / "in.csv", folder / "images") == [wing]
    placed = project.placements(wing)["eye"]
    assert (placed.point, placed.status) == ((3, 4), PlacementStatus.MANUAL)


def test_nothing_to_write(project: Project, folder: Path) -> None:
    project.add_picture("one", (50, 50))
    with pytest.raises(ProjectError, match="nothing to write"):
        export_landmarks(project, folder / "out.csv", project.specimens())


def test_scales_are_kept_and_written(
    project: Project, add_wings: Callable[[Project, int], list[int]], folder: Path
) -> None:
    add_wings(project, 2)
    image = folder / "measured.tif"
    # 500 pixels for each centimetre: 0.02 mm.
    tifffile.imwrite(
        image, np.zeros(SIZE, np.uint8), resolution=(500, 500), resolutionunit="CENTIMETER"
    )
    measured = project.add_image(image)
    assert project.specimen(measured).scale == pytest.approx(0.02)
    assert project.specimen(measured).unit == "mm"
    file = folder / "scaled.tps"
    file.write_text("LM=3\n1 2\n3 4\n5 6\nIMAGE=wing 0.png\nID=a\nSCALE=0.05\n")
    (wing,) = import_landmarks(project, file, folder / "images")
    assert (project.specimen(wing).scale, project.specimen(wing).unit) == (0.05, None)
    out = folder / "out.csv"
    export_landmarks(project, out, [project.specimen(wing)])
    assert formats.read_landmarks(out)[0].scale == 0.05
    project.place_many(measured, {"1": (2, 3)})
    with pytest.warns(formats.FormatWarning, match="different units: mm, one that is not known"):
        export_landmarks(project, out, project.specimens())
    assert {one.scale for one in formats.read_landmarks(out)} == {None}
    with pytest.raises(ProjectError, match="cannot be -1"):
        project.set_scale(wing, -1)
    with Project.open(folder / "wings.homolog", read_only=True) as again:
        assert again.specimen(wing).scale == 0.05
