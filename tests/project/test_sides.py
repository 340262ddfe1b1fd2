"""Left and right specimens of a project, and files in one orientation."""

from __future__ import annotations

import csv
import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up import SIZE, found_at, learned_names

from command_line import homolog
from napari_homolog import formats
from napari_homolog.curves import CurveDefinition
from napari_homolog.errors import LandmarkError, ProjectError
from napari_homolog.project import (
    Curve,
    ExportOptions,
    Project,
    export_for,
    export_landmarks,
    import_landmarks,
)
from napari_homolog.project.specimen_shapes import with_shape

TURNED = ExportOptions(one_orientation=True)
WIDTH = SIZE[1]


@pytest.fixture
def heads(project: Project, add_wings: Callable[[Project, int], list[int]]) -> list[int]:
    """Return two heads, the second one the mirror image of the first, which is asymmetric."""
    first, second = add_wings(project, 2)
    project.set_landmarks(["left", "right", "snout"])
    project.place_many(first, {"left": (5, 10), "right": (8, 40), "snout": (30, 20)})
    flipped = {"left": (8, WIDTH - 41), "right": (5, WIDTH - 11), "snout": (30, WIDTH - 21)}
    project.place_many(second, flipped)
    return [first, second]


def exported(project: Project, out: Path, options: ExportOptions) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        export_landmarks(project, out, project.specimens(), options)
    return [str(one.message) for one in caught]


def test_files_in_one_orientation_say_which_were_mirrored(
    project: Project, heads: list[int], folder: Path
) -> None:
    out = folder / "out.csv"
    project.set_mirrored([heads[1]])
    told = exported(project, out, ExportOptions())
    assert any("1 specimens are mirrored and written as they lie: 'wing 1'" in one for one in told)
    with pytest.raises(ProjectError, match="'wing 1' is mirrored, but it is not known which"):
        exported(project, out, TURNED)
    project.set_symmetric_pairs([("left", "right")])
    told = exported(project, out, TURNED)
    assert any("1 specimens were mirrored: 'wing 1'" in one for one in told)
    one, other = formats.read_landmarks(out)
    np.testing.assert_allclose(one.landmarks.points, other.landmarks.points)
    assert (one.comment, other.comment) == (None, "[mirrored]")
    with pytest.raises(ProjectError, match="those of its mirror image"):
        import_landmarks(project, out, folder / "images")
    first, second = with_shape(project)[1]
    np.testing.assert_allclose(first.points, second.points)


def test_what_belongs_to_landmarks_changes_places_with_them(
    project: Project, heads: list[int], folder: Path
) -> None:
    number = project.add_landmark_set(learned_names("left", "right", "snout"))
    other = project.add_image(folder / "images" / "wing 0.png", "another")
    found = found_at(("left", "right", "snout"), [(5, 10), (8, 40), (30, 20)])
    found = replace(found, confidence=np.array([0.9, 0.5, 0.7]), mirrored=True)
    project.record_prediction(other, found, number)
    assert project.mirrored_by_pose() == [other]
    project.set_mirrored(project.mirrored_by_pose())
    project.set_symmetric_pairs([("left", "right")])
    exported(project, folder / "out.csv", TURNED)
    row = formats.read_landmarks(folder / "out.csv")[2]
    assert row.confidence is not None
    np.testing.assert_allclose(row.confidence, [0.5, 0.9, 0.7])
    assert row.landmarks["left"].tolist() == [8, WIDTH - 41]
    # A reference that is mirrored itself was found on its own side.
    project.mark_reference(other)
    assert project.mirrored_by_pose() == []
    project.mark_reference(heads[0])
    with pytest.raises(ProjectError, match="Some references are mirrored and others are not"):
        project.mirrored_by_pose()


def test_curves_are_mirrored_from_anchor_to_anchor(
    project: Project, heads: list[int], folder: Path
) -> None:
    project.set_curve_definitions([CurveDefinition("brow", ("left", "right"), 1)])
    project.set_curves(heads[0], [Curve(np.array([(5, 10), (3, 20), (8, 40.0)]), "brow")])
    flipped = [(8, WIDTH - 41), (3, WIDTH - 21), (5, WIDTH - 11)]
    project.set_curves(heads[1], [Curve(np.array(flipped, float), "brow")])
    project.set_mirrored([heads[1]])
    project.set_symmetric_pairs([("left", "right")])
    exported(project, folder / "out.tps", TURNED)
    one, other = formats.read_landmarks(folder / "out.tps", image_size=SIZE)
    np.testing.assert_allclose(one.curves[0], other.curves[0], atol=1e-4)
    project.set_curve_definitions([CurveDefinition("brow", ("left", "snout"), 1)])
    with pytest.raises(ProjectError, match="curve 'brow' ends at left, snout; in a mirror image"):
        exported(project, folder / "out.tps", TURNED)


def test_sides_are_steps_of_the_history(project: Project, heads: list[int]) -> None:
    assert project.symmetric_pairs is None
    project.set_symmetric_pairs([])
    assert project.symmetric_pairs == ()
    project.set_mirrored(heads)
    project.set_mirrored(heads[:1])
    assert project.mirrored_specimens() == heads[:1]
    project.undo()
    assert project.mirrored_specimens() == heads
    project.undo()
    project.undo()
    assert (project.mirrored_specimens(), project.symmetric_pairs) == ([], None)
    with pytest.raises(LandmarkError, match="'left' is in two symmetric pairs"):
        project.set_symmetric_pairs([("left", "right"), ("left", "snout")])


def test_the_folder_for_r_tells_the_sides(
    project: Project, heads: list[int], tmp_path: Path
) -> None:
    project.set_mirrored([heads[1]])
    project.set_symmetric_pairs([("left", "right")])
    with pytest.warns(formats.FormatWarning):
        export_for(project, "geomorph", tmp_path, project.specimens(), TURNED)
    with (tmp_path / "specimens.csv").open(newline="") as file:
        assert [row["mirrored"] for row in csv.DictReader(file)] == ["no", "yes"]
    assert (tmp_path / "landmarks.tps").read_text().count("COMMENT=[mirrored]") == 1


def test_the_command(project: Project, heads: list[int], folder: Path) -> None:
    project.set_classifiers(heads[1], {"side": "Right"})
    project.set_classifiers(heads[0], {"side": "left"})
    project.close()
    file = folder / "wings.homolog"
    wrong = homolog("project", "sides", file, "--mirrored", "side=up")
    assert wrong.returncode == 2
    assert "No specimen has 'up'" in wrong.stderr
    assert "there is Right, left." in " ".join(wrong.stderr.split())
    unseen = homolog("project", "sides", file, "--by-pose")
    assert unseen.returncode == 2
    assert "No landmarks were located yet" in unseen.stderr
    homolog("project", "sides", file, "--mirrored", "side=right", "--pair", "left=right")
    told = json.loads(homolog("project", "sides", file, "--json").stdout)
    assert told == {"mirrored": ["wing 1"], "pairs": [["left", "right"]]}
    out = folder / "out.tps"
    assert homolog("project", "export", file, out, "--one-orientation").returncode == 0
    assert "COMMENT=[mirrored]" in out.read_text()
