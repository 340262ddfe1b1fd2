"""Scales of specimens: by two points, by rulers, by landmarks; in the project and in files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_up import SIZE, found_at, learned_names
from PIL import Image

from command_line import homolog
from napari_homolog import formats
from napari_homolog.curves import CurveDefinition
from napari_homolog.errors import FormatError, ProjectError, ScaleError
from napari_homolog.formats import FormatWarning
from napari_homolog.project import (
    ExportOptions,
    Project,
    Scale,
    ScaleBar,
    ScaleChoice,
    ScaleSource,
    export_landmarks,
    measure_points,
    measure_rulers,
    read_scale_lines,
)
from napari_homolog.project.specimen_shapes import with_shape


@pytest.fixture
def wings(project: Project, add_wings: Callable[[Project, int], list[int]]) -> list[int]:
    numbers = add_wings(project, 3)
    for number in numbers:
        project.place_many(number, {"tip": (5, 5), "base": (5, 25), "notch": (30, 20)})
    return numbers


def table(folder: Path, text: str) -> Path:
    path = folder / "lines.csv"
    path.write_text(text)
    return path


def test_two_points_a_picture_are_one_step_and_exact(
    project: Project, wings: list[int], folder: Path
) -> None:
    text = "image;x1;y1;x2;y2;length;unit\nWING 0.jpg;3;4;33;4;1,5;cm\nwing 1;5;5;5;25;10;mm\n"
    measure_points(project, read_scale_lines(project, table(folder, text)))
    first, second, third = (project.scale_of(number) for number in wings)
    assert first is not None
    assert second is not None
    assert (first.value, first.unit, first.source) == (0.05, "cm", ScaleSource.POINTS)
    assert (second.value, second.unit) == (0.5, "mm")
    assert third is None
    assert project.measured_place(wings[0]) == ((4, 3), (4, 33))
    assert project.undo() == "Measure the scale of 2 specimens"
    assert project.scale_of(wings[0]) is None
    project.redo()
    assert project.scale_of(wings[0]) == first


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,x1,y1,x2,y2,length,unit\nwing 0,3,4,33,4,0,mm\n", "wing 0: .* cannot be 0"),
        ("image,x1,y1,x2,y2,length,unit\nwing 0,3,4,33,4,1,ell\n", "'ell' is no unit of length"),
        ("image,x1,y1,x2,y2,length\nwing 0,3,4,33,4,1\n", "distance or its unit is not given"),
        ("image,x1,y1,x2,y2,length,unit\nwing 0,3,4,3,4,1,mm\n", "0 pixels apart"),
        ("image,x1,y1,x2,y2,length,unit\nwing 0,3,4,61,4,1,mm\n", r"\(x 61, y 4\) lies outside"),
    ],
)
def test_impossible_scales_get_one_sentence_and_change_nothing(
    project: Project, wings: list[int], folder: Path, text: str, message: str
) -> None:
    lines = read_scale_lines(project, table(folder, text))
    with pytest.raises(ScaleError, match=message):
        measure_points(project, lines)
    assert project.scale_of(wings[0]) is None


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("image,x1,y1,x2\nwing 0,3,4,33\n", FormatError, "no column y2"),
        ("image,x1,y1,x2,y2\nwing 0,3,4,far,4\n", FormatError, "line 2: 'far' in the column x2"),
        ("image,x1,y1,x2,y2\nother,3,4,5,4\n", ProjectError, "none of the project's specimens"),
        (
            "image,x1,y1,x2,y2\nwing 0,3,4,5,4\nWing 0,1,2,3,4\n",
            ProjectError,
            "line 3: there is a line about 'wing 0' already",
        ),
    ],
)
def test_a_damaged_table_is_refused(
    project: Project,
    wings: list[int],
    folder: Path,
    text: str,
    kind: type[Exception],
    message: str,
) -> None:
    with pytest.raises(kind, match=message):
        read_scale_lines(project, table(folder, text))


def test_the_scale_bar_is_found_as_landmarks_are_and_is_no_part_of_the_shape(
    project: Project, wings: list[int], folder: Path
) -> None:
    names = ("tip", "base", "notch", "0 mm", "10 mm")
    project.set_landmarks(names)
    project.set_scale_bar(ScaleBar("0 mm", "10 mm", 10, "mm"))
    project.place_many(wings[0], {"0 mm": (35, 10), "10 mm": (35, 50)})
    spots = [(5, 5), (5, 25), (30, 20), (35, 10), (35, 30)]
    landmark_set = project.add_landmark_set(learned_names(*names))
    project.record_prediction(wings[1], found_at(names, spots), landmark_set)
    found = [project.scale_of(number) for number in wings]
    assert [one and one.value for one in found] == [0.25, 0.5, None]
    assert found[0] is not None
    assert found[0].source is ScaleSource.LANDMARKS
    assert found[1] is not None
    assert found[1].source is ScaleSource.LOCATED
    with pytest.warns(FormatWarning) as told:
        export_landmarks(project, folder / "a.tps", project.specimens())
    assert "1 specimens follow from a scale bar that was located and not reviewed" in str(
        told[0].message
    )
    # It follows the landmarks, in files too, where they are no landmarks.
    project.place(wings[1], "10 mm", (35, 35))
    with pytest.warns(FormatWarning):
        export_landmarks(
            project,
            folder / "a.tps",
            [project.specimen(number) for number in wings[:2]],
            ExportOptions(scales=ScaleChoice.ALL),
        )
    one, other = formats.read_landmarks(folder / "a.tps", image_size=SIZE)
    assert len(one.landmarks) == 3
    assert (one.scale, other.scale) == (0.25, 0.4)
    assert with_shape(project)[1][0].names == ("tip", "base", "notch")
    # Renamed it holds; a missing end tells no scale; what is measured by hand counts more.
    project.rename_landmark("0 mm", "left end")
    assert project.scale_bar == ScaleBar("left end", "10 mm", 10, "mm")
    project.mark_missing(wings[0], "10 mm")
    assert project.scale_of(wings[0]) is None
    project.undo()
    project.undo()
    assert project.scale_bar == ScaleBar("0 mm", "10 mm", 10, "mm")


def test_impossible_scale_bars_are_refused(project: Project, wings: list[int]) -> None:
    for bar, message in (
        (ScaleBar("tip", "tip", 1, "mm"), "from 'tip' to itself"),
        (ScaleBar("tip", "base", 0, "mm"), "cannot be 0"),
        (ScaleBar("tip", "base", 1, "px"), "'px' is no unit"),
    ):
        with pytest.raises(ScaleError, match=message):
            project.set_scale_bar(bar)
    with pytest.raises(ProjectError, match="no landmark 'end'"):
        project.set_scale_bar(ScaleBar("tip", "end", 1, "mm"))
    project.set_curve_definitions([CurveDefinition("margin", ("tip", "notch"), 2)])
    with pytest.raises(ProjectError, match="curve 'margin' ends at one end of the scale bar"):
        project.set_scale_bar(ScaleBar("tip", "base", 1, "mm"))
    project.set_curve_definitions([])
    project.set_scale_bar(ScaleBar("tip", "base", 1, "mm"))
    project.place(wings[0], "base", (5, 5))
    with pytest.raises(ProjectError, match=r"'wing 0': .* 0 pixels apart.* Move one end"):
        project.scale_of(wings[0])


def ruler_picture(path: Path, period: float) -> Path:
    cols = np.arange(300) / period
    ticks = np.where(np.abs(cols - np.round(cols)) * period < 0.8, 60, 220)
    picture = np.full((60, 300, 3), 200, np.uint8)
    picture[20:35] = ticks[:, None]
    Image.fromarray(picture).save(path)
    return path


def test_rulers_are_read_or_told_not_to_be(project: Project, folder: Path) -> None:
    numbers = [
        project.add_image(ruler_picture(folder / "images" / f"r{number}.png", 5 + number))
        for number in range(2)
    ]
    plain = folder / "images" / "plain.png"
    Image.fromarray(np.full((60, 300, 3), 99, np.uint8)).save(plain)
    numbers.append(project.add_image(plain))
    text = "image,x1,y1,x2,y2\nr0.png,10,28,280,28\nr1.png,10,28,280,28\nplain,10,28,280,28\n"
    lines = read_scale_lines(project, table(folder, text))
    with pytest.raises(ScaleError, match="give --length or --tick"):
        measure_rulers(project, lines)
    readings, unread = measure_rulers(project, lines, 1.0, "mm")
    assert list(readings) == numbers[:2]
    assert "cannot be read" in unread[numbers[2]]
    scales = [project.scale_of(number) for number in numbers]
    assert scales[0] is not None
    assert scales[1] is not None
    assert scales[0].value == pytest.approx(1 / 5, rel=0.003)
    assert scales[1].value == pytest.approx(1 / 6, rel=0.003)
    assert (scales[0].source, scales[0].unit) == (ScaleSource.RULER, "mm")
    assert scales[0].doubt is not None
    assert scales[2] is None


def test_files_have_scales_in_one_unit_of_all_specimens_or_none(
    project: Project, wings: list[int], folder: Path
) -> None:
    out, every = folder / "out.tps", project.specimens()
    for number, (scale, unit) in zip(wings, ((0.5, "mm"), (0.05, "cm"), (0.4, "mm")), strict=True):
        project.set_scale(number, scale, unit)
    with pytest.warns(FormatWarning) as told:
        export_landmarks(project, out, every)
    assert "scales in other units were converted to mm" in str(told[0].message)
    assert [one.scale for one in formats.read_landmarks(out, image_size=SIZE)] == [0.5, 0.5, 0.4]
    with pytest.warns(FormatWarning):
        export_landmarks(project, out, every, ExportOptions(scales=ScaleChoice.NONE))
    assert "SCALE" not in out.read_text()
    project.set_scale(wings[1], 0.05)
    with pytest.raises(ProjectError, match=r"different units .an unknown one, mm., which cannot"):
        export_landmarks(project, out, every, ExportOptions(scales=ScaleChoice.ALL))
    project.set_scale(wings[1], None)
    with pytest.raises(ProjectError, match="the scale of 'wing 1' is not known; measure it"):
        export_landmarks(project, out, every, ExportOptions(scales=ScaleChoice.ALL))
    with pytest.warns(FormatWarning, match="1 of 3 specimens have no scale"):
        export_landmarks(project, out, every)
    assert "SCALE" not in out.read_text()


def test_the_command(project: Project, wings: list[int], folder: Path) -> None:
    picture = ruler_picture(folder / "images" / "r.png", 6.0)
    project.add_image(picture)
    project.close()
    file = folder / "wings.homolog"
    done = homolog(
        *("project", "scale", file, "--line", "10,28,280,28", "--tick", 1, "--unit", "mm"),
        *("--specimen", "r", "--specimen", "wing 0", "--json"),
    )
    assert done.returncode == 3
    told = json.loads(done.stdout)["scales"]
    assert told["r"]["units_per_pixel"] == pytest.approx(1 / 6, rel=0.003)
    assert told["wing 0"] is None
    assert "wing 0: " in done.stderr
    listed = homolog("project", "scale", file)
    assert listed.returncode == 0
    assert "ruler" in listed.stdout
    for wrong, message in (
        (("--between", "tip=base"), "give --length and --unit"),
        (("--between", "tip=base", "--line", "1,2,3,4"), "one of --between and --line at a time"),
        (("--line", "1,2,3"), "write X1,Y1,X2,Y2"),
        (("--clear", "--specimen", "x"), "no specimen x"),
    ):
        refused = homolog("project", "scale", file, *wrong)
        assert refused.returncode == 2
        assert message in " ".join(refused.stderr.split())


def test_a_doubt_is_not_told_to_be_nothing() -> None:
    doubts = (None, 1e-9, 0.0213)
    told = [Scale(0.2, "mm", ScaleSource.RULER, doubt).doubt_in_words for doubt in doubts]
    assert told == ["", "0.01%", "2.13%"]
