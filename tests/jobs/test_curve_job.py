"""Curves of a series: drawn on one specimen, located on the others, corrected, written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import ktch.io
import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter
from typer.testing import CliRunner

from command_line import homolog
from napari_homolog.cli import app
from napari_homolog.curves import CurveDefinition, distances_to
from napari_homolog.errors import CurveError, ProjectError
from napari_homolog.formats import FormatWarning
from napari_homolog.jobs import CurveJob
from napari_homolog.jobs.image_suppliers import ImageSupplier, image_files
from napari_homolog.project import (
    ExportOptions,
    Project,
    draw_and_define,
    export_curves,
    export_landmarks,
    import_curves,
)

MARKS = {"left": (120.0, 20.0), "right": (120.0, 180.0), "a": (180.0, 50.0), "b": (180.0, 150.0)}
BASE = (MARKS["a"], MARKS["b"])
HEIGHTS = (6.0, 15.0, 10.0)


def hill(height: float, count: int = 60) -> np.ndarray:
    cols = np.linspace(20, 180, count)
    return np.stack([120 - height * np.sin(np.pi * (cols - 20) / 160), cols], axis=1)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hills")
    rows, cols = np.mgrid[:200, :200]
    for number, height in enumerate(HEIGHTS):
        top = 120 - height * np.sin(np.pi * (np.clip(cols, 20, 180) - 20) / 160)
        image = np.where((rows > top)[..., None], (200, 150, 80), (50, 60, 130)).astype(float)
        image = gaussian_filter(image, (1, 1, 0))
        image += np.random.default_rng(number).normal(0, 4, image.shape)
        Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(folder / f"hill {number}.png")
    return folder


@pytest.fixture
def project(pictures: Path, tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "hills.homolog") as project:
        project.set_landmarks(MARKS)
        for number in range(3):
            specimen = project.add_image(pictures / f"hill {number}.png")
            project.place_many(specimen, MARKS)
        yield project


def ids(project: Project) -> list[int]:
    return [specimen.id for specimen in project.specimens()]


def test_a_curve_that_was_drawn_on_one_specimen_is_located_on_the_others(project: Project) -> None:
    first, *others = ids(project)
    draw_and_define(project, first, {"ridge": hill(6.0)}, 9)
    assert project.curve_definitions == (CurveDefinition("ridge", ("left", "right"), 9),)
    assert CurveJob(project).run() == (2, [])
    for specimen, height in zip(others, HEIGHTS[1:], strict=True):
        curve = project.series_curves(specimen)["ridge"]
        assert curve.located
        assert distances_to(curve.points, hill(height)).mean() < 0.5
    assert not project.series_curves(first)["ridge"].located
    assert CurveJob(project).tasks == ()


def test_what_was_drawn_by_hand_stays_and_is_a_reference(project: Project) -> None:
    first, second, _ = ids(project)
    draw_and_define(project, first, {"ridge": hill(6.0)})
    CurveJob(project).run()
    project.draw_curve(second, "ridge", hill(20.0))
    job = CurveJob(project)
    assert [source.name for source in job.sources] == ["hill 0", "hill 1"]
    assert [task.name for task in job.tasks] == ["hill 2"]
    job.run()
    np.testing.assert_allclose(project.series_curves(second)["ridge"].points, hill(20.0))
    assert project.undo() == "Draw curve 'ridge' on 'hill 1'"
    assert project.series_curves(second)["ridge"].located
    project.redo()
    assert not project.series_curves(second)["ridge"].located
    project.erase_curve(second, "ridge")
    assert project.series_curves(second)["ridge"].located


def test_a_reference_whose_image_fails_in_any_way_is_left_out(project: Project) -> None:
    first, second, third = ids(project)
    draw_and_define(project, first, {"ridge": hill(6.0)})
    project.draw_curve(second, "ridge", hill(15.0))
    files = image_files(project)

    def images(specimen: int) -> ImageSupplier:
        def fails() -> np.ndarray:
            raise RuntimeError("a decoder's own error")

        return fails if specimen == second else files(specimen)

    assert CurveJob(project, images=images).run() == (1, [])
    curve = project.series_curves(third)["ridge"]
    assert distances_to(curve.points, hill(HEIGHTS[2])).mean() < 0.5


def test_where_a_landmark_was_moved_the_curve_is_located_anew(project: Project) -> None:
    first, second, _ = ids(project)
    draw_and_define(project, first, {"ridge": hill(6.0)})
    CurveJob(project).run()
    project.place(second, "right", (118.0, 176.0))
    job = CurveJob(project)
    assert [task.name for task in job.tasks] == ["hill 1"]
    job.run()
    assert project.series_curves(second)["ridge"].points[-1].tolist() == [118.0, 176.0]


def test_without_its_anchor_a_curve_is_not_located(project: Project) -> None:
    first, second, third = ids(project)
    draw_and_define(project, first, {"ridge": hill(6.0)})
    project.place_many(second, {"right": None})
    CurveJob(project).run()
    assert project.series_curves(second) == {}
    assert "ridge" in project.series_curves(third)


def test_definitions_are_undone_and_follow_their_landmarks(project: Project) -> None:
    ring = CurveDefinition("ring", (), 12, closed=True)
    ridge = CurveDefinition("ridge", ("left", "right"), 2, shares=(0.25, 0.5))
    project.set_curve_definitions([ridge, ring])
    project.rename_landmark("left", "west")
    assert project.curve_definitions[0].anchors == ("west", "right")
    assert project.curve_definitions[0].shares == (0.25, 0.5)
    project.remove_landmark("west")
    assert project.curve_definitions == (ring,)
    project.undo()
    project.undo()
    assert project.curve_definitions == (ridge, ring)
    assert project.undo() == "Define the curves"
    assert project.curve_definitions == ()
    with pytest.raises(CurveError, match="ends at 'north', and the project has no such landmark"):
        project.set_curve_definitions([CurveDefinition("x", ("north", "right"), 3)])
    with pytest.raises(CurveError, match="Two curves are called 'ring'"):
        project.set_curve_definitions([ring, ring])


def test_a_curve_without_landmarks_at_its_ends_is_refused_and_nothing_changes(
    project: Project,
) -> None:
    first = ids(project)[0]
    with pytest.raises(CurveError, match=r"30 pixels from the next landmark, 'left'"):
        draw_and_define(project, first, {"ridge": hill(6.0) + [0, 30]})
    crossing = {"ridge": hill(6.0), "valley": hill(-6.0)}
    crossing["valley"][30:] = hill(20.0)[30:]
    with pytest.raises(CurveError, match="'ridge' and 'valley' cross"):
        draw_and_define(project, first, crossing)
    assert project.curve_definitions == ()
    assert project.curves(first) == ()


def test_a_curve_is_taken_in_its_own_direction_however_it_was_drawn(project: Project) -> None:
    first, second, third = ids(project)
    draw_and_define(project, first, {"ridge": hill(6.0)}, 9)
    draw_and_define(project, second, {"ridge": hill(15.0)[::-1]}, 9)
    np.testing.assert_array_equal(project.series_curves(second)["ridge"].points, hill(15.0))
    for ends, lacking in ((("a", "right"), "left"), (("left", "b"), "right")):
        path = np.array([MARKS[end] for end in ends])
        with pytest.raises(CurveError, match=f"67 pixels from its landmark '{lacking}'"):
            draw_and_define(project, third, {"ridge": path})
    project.mark_missing(third, "left")
    with pytest.raises(CurveError, match="'left', which is not placed there"):
        draw_and_define(project, third, {"ridge": hill(10.0)})
    assert project.curves(third) == ()


def test_a_curve_is_removed_from_all_specimens_and_comes_back(project: Project) -> None:
    first, second, third = ids(project)
    draw_and_define(project, first, {"ridge": hill(6.0)}, 9)
    project.undo()
    assert (project.curve_definitions, project.curves(first)) == ((), ())
    project.redo()
    draw_and_define(project, second, {"ridge": hill(15.0)})
    CurveJob(project).run()
    project.set_semilandmarks("ridge", 30)
    assert project.curve_definitions[0].semilandmarks == 30
    assert CurveJob(project).tasks == ()
    project.remove_curve("ridge")
    assert project.curve_definitions == ()
    assert not any(project.curves(one) or project.series_curves(one) for one in ids(project))
    project.undo()
    assert project.curve_definitions[0].semilandmarks == 30
    np.testing.assert_array_equal(project.curves(second)[0].points, hill(15.0))
    assert project.series_curves(third)["ridge"].located
    for wrong in (
        lambda: project.remove_curve("edge"),
        lambda: project.set_semilandmarks("edge", 3),
    ):
        with pytest.raises(CurveError, match="no curve 'edge'; it has ridge"):
            wrong()


def test_curves_are_listed_changed_and_removed_by_the_command_line(project: Project) -> None:
    first = ids(project)[0]
    draw_and_define(project, first, {"the ridge": hill(6.0), "base": np.array([*BASE])}, 9)
    file = str(project.path)
    project.close()

    def curves(*arguments: str) -> tuple[int, str]:
        done = homolog("project", "curves", file, *arguments)
        return done.returncode, done.stdout or " ".join(done.stderr.split())

    assert curves()[1].splitlines() == [
        "the ridge: 9 semilandmarks, left to right",
        "base: 9 semilandmarks, a to b",
    ]
    assert curves("--count", "the ridge=4", "--remove", "base", "--json") == (
        0,
        '{"curves": {"the ridge": 4}}\n',
    )
    code, told = curves("--count", "the ridge=7", "--remove", "base")
    assert code == 2
    assert "no curve 'base'; it has the ridge" in told
    assert curves()[1] == "the ridge: 4 semilandmarks, left to right\n"
    assert curves("--count", "the ridge")[0] == 2


def circle(begin: float, turn: int) -> np.ndarray:
    angles = np.radians(begin + turn * np.arange(0, 360, 10))
    return np.stack([100 + 50 * np.sin(angles), 100 + 50 * np.cos(angles)], axis=1)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("begin", "turn"), [(0, -1), (120, 1), (250, -1)])
def test_an_outline_begins_and_turns_as_on_the_specimen_where_it_was_drawn_first(
    project: Project, begin: float, turn: int, mirrored: bool
) -> None:
    first, second, _ = ids(project)
    draw_and_define(project, first, {"rim": np.vstack([circle(0, 1), circle(0, 1)[:1]])}, 8)
    assert project.curve_definitions[0].closed
    drawn = circle(begin, turn)
    wanted = circle(0, 1)
    if mirrored:
        project.place_many(second, {name: (row, 199 - col) for name, (row, col) in MARKS.items()})
        drawn[:, 1], wanted[:, 1] = 199 - drawn[:, 1], 199 - wanted[:, 1]
    draw_and_define(project, second, {"rim": drawn}, 8)
    there = project.series_curves(second)["rim"].points
    np.testing.assert_allclose(
        project.curve_definitions[0].on(there), project.curve_definitions[0].on(wanted), atol=0.3
    )


def test_an_outline_with_an_anchor_begins_there(project: Project) -> None:
    first, second, _ = ids(project)
    marks = {**MARKS, "east": (100.0, 150.0)}
    project.set_landmarks(marks)
    for number in (first, second):
        project.place_many(number, marks)
    draw_and_define(project, first, {"rim": np.vstack([circle(0, 1), circle(0, 1)[:1]])}, 8)
    assert project.curve_definitions[0].anchors == ("east",)
    draw_and_define(project, second, {"rim": circle(130, -1)}, 8)
    there = project.series_curves(second)["rim"].points
    np.testing.assert_allclose(there, circle(0, 1), atol=1e-9)


def test_one_point_or_a_point_beside_the_picture_makes_no_curve(
    project: Project, pictures: Path, tmp_path: Path
) -> None:
    table = tmp_path / "one.csv"
    table.write_text("image,curve,x,y\nhill 0.png,ridge,20,120\n")
    with pytest.raises(CurveError, match="'ridge' of 'hill 0' has 1 different points"):
        import_curves(project, table, pictures)
    rows = "".join(f"hill 0.png,ridge,{place}\n" for place in ("20,120", "100,300", "180,120"))
    table.write_text(f"image,curve,x,y\n{rows}")
    with pytest.raises(CurveError, match="outside the image, which has 200 rows"):
        import_curves(project, table, pictures)
    assert project.curve_definitions == ()


def test_semilandmarks_and_sliders_are_written_as_other_programs_read_them(
    project: Project, tmp_path: Path
) -> None:
    draw_and_define(project, ids(project)[0], {"ridge": hill(6.0)}, 3)
    CurveJob(project).run()
    with pytest.warns(FormatWarning, match="names of landmarks"):
        export_landmarks(
            project, tmp_path / "h.tps", project.specimens(), ExportOptions(semilandmarks=True)
        )
    read = ktch.io.read_tps(tmp_path / "h.tps")
    assert [len(one.to_numpy()) for one in read] == [7, 7, 7]
    middle = read[0].to_numpy()[5]
    assert middle == pytest.approx([100.0, 200 - 114.0], abs=0.05)
    sliders = (tmp_path / "h_sliders.csv").read_text().split()
    assert sliders == ["before,slide,after", "1,5,6", "5,6,7", "6,7,2"]
    with pytest.warns(FormatWarning, match="names of curves"):
        export_landmarks(project, tmp_path / "c.tps", project.specimens())
    (curve,) = ktch.io.read_tps(tmp_path / "c.tps")[0].curves
    assert curve[[0, -1]] == pytest.approx(np.array([[20, 80], [180, 80]]), abs=1e-4)
    assert len(curve) == 5


def test_a_table_of_curves_is_written_and_drawn_on_another_project(
    project: Project, pictures: Path, tmp_path: Path
) -> None:
    draw_and_define(project, ids(project)[0], {"ridge": hill(6.0)}, 30)
    assert export_curves(project, tmp_path / "c.csv", project.specimens()) == 1
    with Project.create() as other:
        other.set_landmarks(MARKS)
        with pytest.raises(ProjectError, match="which is not in the project"):
            import_curves(other, tmp_path / "c.csv", pictures)
        specimen = other.add_image(pictures / "hill 0.png")
        other.place_many(specimen, MARKS)
        assert import_curves(other, tmp_path / "c.csv", pictures, semilandmarks=4) == (
            ["ridge"],
            [specimen],
        )
        assert other.curve_definitions[0].semilandmarks == 4
        assert distances_to(other.series_curves(specimen)["ridge"].points, hill(6.0)).max() < 0.1


def test_curves_by_the_command_line(project: Project, pictures: Path, tmp_path: Path) -> None:
    assert project.path is not None
    table = pictures / "curves.csv"
    rows = [f"hill 0.png,ridge,{col},{row}" for row, col in hill(6.0).tolist()]
    table.write_text("\n".join(["image,curve,x,y", *rows]))
    path = str(project.path)
    project.close()
    drawn = CliRunner().invoke(
        app, ["project", "curves", path, str(table), "--semilandmarks", "5", "--json"]
    )
    assert json.loads(drawn.output) == {"curves": ["ridge"], "drawn": ["hill 0"]}
    with Project.open(path) as opened:
        CurveJob(opened).run()
    out = tmp_path / "all.csv"
    written = CliRunner().invoke(app, ["project", "export-curves", path, str(out)])
    assert "Wrote 3 curves" in " ".join(written.output.split())
    assert len(out.read_text().splitlines()) == 1 + 3 * 7
    outlines = CliRunner().invoke(
        app, ["project", "export-curves", path, str(tmp_path / "o"), "--outline", "ridge"]
    )
    assert outlines.exit_code == 0, outlines.output
    assert len(list((tmp_path / "o").glob("*.txt"))) == 3
