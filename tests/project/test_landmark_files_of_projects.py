"""Landmark files into a project and out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from made_up import SIZE, found_at, learned_names

from napari_homolog import Landmarks, formats
from napari_homolog.errors import ProjectError
from napari_homolog.project import (
    Curve,
    ExportOptions,
    PlacementStatus,
    Project,
    export_landmarks,
    import_landmarks,
)

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
    assert (
        export_landmarks(project, out, project.specimens(), ExportOptions(leave_out_missing=True))
        == 1
    )
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
    with pytest.warns(formats.FormatWarning, match="different units: an unknown one, mm"):
        export_landmarks(project, out, project.specimens())
    assert {one.scale for one in formats.read_landmarks(out)} == {None}
    with pytest.raises(ProjectError, match="cannot be -1"):
        project.set_scale(wing, -1)
    with Project.open(folder / "wings.homolog", read_only=True) as again:
        assert again.specimen(wing).scale == 0.05


CURVES_TPS = (
    "LM=2\n10.00000 30.00000\n20.50000 12.25000\n"
    "CURVES=2\nPOINTS=3\n1.00000 2.00000\n-1.00000 -1.00000\n3.00000 4.50000\n"
    "POINTS=1\n5.00000 6.00000\n"
    "IMAGE=wing 0.png\nID=wing 0\nCOMMENT=left fore wing, torn\nSCALE=0.05\n"
)


def test_curves_and_comments_of_tps_come_through_a_project_unchanged(
    project: Project, add_wings: Callable[[Project, int], list[int]], folder: Path
) -> None:
    add_wings(project, 1)
    project.set_landmarks([])
    (folder / "in.tps").write_text(CURVES_TPS)
    (wing,) = import_landmarks(project, folder / "in.tps", folder / "images")
    first, second = project.curves(wing)
    # x to the right and y upwards from the lower edge of 40 rows.
    np.testing.assert_array_equal(first.points, [(38, 1), (np.nan, np.nan), (35.5, 3)])
    assert second.points.tolist() == [[34, 5]]
    assert project.specimen(wing).comment == "left fore wing, torn"
    with pytest.warns(formats.FormatWarning, match=r"no place for status; left out\.$"):
        export_landmarks(project, folder / "out.tps", project.specimens())
    assert (folder / "out.tps").read_text() == CURVES_TPS


@pytest.mark.parametrize("name", ["a.json", "a.csv"])
def test_occlusion_and_comments_come_through_a_project_unchanged(
    project: Project,
    add_wings: Callable[[Project, int], list[int]],
    folder: Path,
    name: str,
) -> None:
    add_wings(project, 2)
    points = [(1.25, 2), (np.nan, np.nan), (5, 1 / 3)]
    marks = Landmarks.from_arrays(NAMES, points)
    hidden = np.array([True, False, False])
    size = SIZE
    rows = [
        formats.Specimen("wing 0.png", marks, comment="=torn", occluded=hidden, image_size=size),
        formats.Specimen("wing 1.png", marks, image_size=size),
    ]
    formats.write_landmarks(folder / name, rows)
    numbers = import_landmarks(project, folder / name, folder / "images")
    assert [one.occluded for one in project.placements(numbers[0]).values()] == hidden.tolist()
    export_landmarks(project, folder / f"out-{name}", project.specimens())
    first, second = formats.read_landmarks(folder / f"out-{name}", image_size=size)
    assert first.occluded is not None
    assert first.occluded.tolist() == hidden.tolist()
    assert (first.comment, second.comment, second.occluded) == ("=torn", None, None)
    for row in (first, second):
        np.testing.assert_array_equal(row.landmarks.points, points)


def test_importing_again_keeps_what_the_file_does_not_hold(
    project: Project, add_wings: Callable[[Project, int], list[int]], folder: Path
) -> None:
    add_wings(project, 1)
    (folder / "in.tps").write_text(CURVES_TPS)
    (wing,) = import_landmarks(project, folder / "in.tps", folder / "images")
    (folder / "in.tps").write_text("LM=1\n9 30\nIMAGE=wing 0.png\nID=wing 0\n")
    assert import_landmarks(project, folder / "in.tps", folder / "images") == [wing]
    specimen = project.specimen(wing)
    assert (specimen.comment, specimen.scale) == ("left fore wing, torn", 0.05)
    assert len(project.curves(wing)) == 2
    assert project.placements(wing)["1"].point == (10, 9)


def test_what_a_landmark_file_cannot_hold_of_curves_is_named(
    project: Project, add_wings: Callable[[Project, int], list[int]], folder: Path
) -> None:
    first, second = add_wings(project, 2)
    project.place(first, "tip", (1, 2))
    project.set_curves(first, [Curve(np.array([(1.0, 2.0)]), "outline")])
    project.set_curves(second, [[(1, 2)]])
    with pytest.warns(formats.FormatWarning) as warned:
        export_landmarks(project, folder / "out.csv", project.specimens())
    texts = " ".join(str(one.message) for one in warned)
    assert "left out 1 specimens with curves but no landmarks" in texts
    assert "no place for curves, names of curves; left out" in texts
    assert "has no place for curves" in texts
