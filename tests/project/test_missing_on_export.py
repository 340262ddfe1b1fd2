"""Missing landmarks in the files that a project writes: as missing, or estimated and marked."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable
from pathlib import Path

import ktch.io
import numpy as np
import pytest
from made_up import SIZE

from command_line import homolog
from napari_homolog import formats
from napari_homolog.errors import FormatError, ProjectError
from napari_homolog.missing_landmarks import EstimationMethod
from napari_homolog.project import (
    ExportOptions,
    MissingLandmarks,
    Project,
    draw_and_define,
    export_landmarks,
    import_landmarks,
)

NAMES = ("a", "b", "c", "d")
SQUARE = {"a": (5, 5), "b": (5, 15), "c": (15, 15), "d": (15, 5)}
AS_MISSING, ESTIMATED = MissingLandmarks(), MissingLandmarks(EstimationMethod.SPLINE)
LARGER = {"a": (4, 30), "b": (4, 50), "c": (24, 50), "d": None}


@pytest.fixture
def squares(project: Project, add_wings: Callable[[Project, int], list[int]]) -> Project:
    """Return a project with a square, and a larger one that lacks its last corner."""
    first, second = add_wings(project, 2)
    project.set_landmarks(NAMES)
    project.place_many(first, SQUARE)
    project.place_many(second, LARGER)
    project.set_comment(second, "torn")
    return project


def export(project: Project, out: Path, missing: MissingLandmarks = AS_MISSING) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        export_landmarks(project, out, project.specimens(), ExportOptions(missing=missing))
    return [str(one.message) for one in caught]


@pytest.mark.parametrize("name", ["out.csv", "out.json", "out.tps"])
def test_estimated_landmarks_are_marked_and_do_not_come_back_as_placed(
    squares: Project, folder: Path, name: str
) -> None:
    out = folder / name
    told = export(squares, out, ESTIMATED)
    assert any("1 missing landmarks were estimated; out_estimated.csv lists" in one for one in told)
    _, row = formats.read_landmarks(out, image_size=SIZE)
    np.testing.assert_allclose(row.landmarks.points[3], (24, 30), atol=1e-4)
    assert row.status is not None
    assert row.status[3] == formats.ESTIMATED
    assert formats.ESTIMATED not in row.status[:3]
    assert row.comment == "torn"
    with Project.create() as again:
        _, number = import_landmarks(again, out, folder / "images")
        assert len(again.placements(number)) == 3
        assert again.specimen(number).comment == "torn"


def test_formats_without_marks_have_a_table_beside(squares: Project, folder: Path) -> None:
    told = export(squares, folder / "out.txt", ESTIMATED)
    assert any("1 missing landmarks were estimated" in one for one in told)
    assert len((folder / "out.txt").read_text().splitlines()) == 3
    with (folder / "out_estimated.csv").open(newline="") as file:
        assert list(csv.DictReader(file)) == [
            {
                "image": "wing 1.png",
                "specimen": "wing 1",
                "landmark": "4",
                "name": "d",
                "method": "spline",
            }
        ]


@pytest.mark.filterwarnings("ignore::napari_homolog.formats.FormatWarning")
def test_estimated_landmarks_are_marked_beside_semilandmarks_too(
    squares: Project, folder: Path
) -> None:
    first, second = (one.id for one in squares.specimens())
    draw_and_define(squares, first, {"side": np.array([(5.0, 5.0), (4.0, 10.0), (5.0, 15.0)])}, 2)
    squares.draw_curve(second, "side", [(4, 30), (2, 40), (4, 50)])
    out = folder / "out.tps"
    options = ExportOptions(semilandmarks=True, missing=ESTIMATED)
    export_landmarks(squares, out, squares.specimens(), options)
    one, other = formats.read_landmarks(out, image_size=SIZE)
    assert one.status is None
    assert other.status == ("", "", "", formats.ESTIMATED, "", "")
    np.testing.assert_allclose(other.landmarks.points[3], (24, 30), atol=1e-4)


@pytest.mark.filterwarnings("ignore::napari_homolog.formats.FormatWarning")
@pytest.mark.parametrize("one_orientation", [False, True])
def test_mirrored_specimens_are_estimated_in_one_orientation(
    project: Project,
    add_wings: Callable[[Project, int], list[int]],
    folder: Path,
    one_orientation: bool,
) -> None:
    # What the last one lacks is 7 to the right of its snout, as on its mirror images to the left.
    whole = {"left": (5, 10), "right": (8, 40), "snout": (30, 20), "wart": (20, 13)}
    width = SIZE[1]
    mirror = {name: (row, width - 1 - col) for name, (row, col) in whole.items()}
    mirror["left"], mirror["right"] = mirror["right"], mirror["left"]
    project.set_landmarks(whole)
    *others, last = add_wings(project, 4)
    for number in others:
        project.place_many(number, whole)
    project.place_many(last, {**mirror, "wart": None})
    project.set_mirrored([last])
    options = ExportOptions(missing=ESTIMATED, one_orientation=one_orientation)
    out = folder / "out.csv"
    with pytest.raises(ProjectError, match="'wing 3' is mirrored, but it is not known which"):
        export_landmarks(project, out, project.specimens(), options)
    assert not list(folder.glob("out*"))
    project.set_symmetric_pairs([("left", "right")])
    export_landmarks(project, out, project.specimens(), options)
    written = formats.read_landmarks(out)[3].landmarks["wart"]
    np.testing.assert_allclose(written, (whole if one_orientation else mirror)["wart"], atol=1e-4)


def test_by_default_nothing_is_estimated(squares: Project, folder: Path) -> None:
    export(squares, folder / "out.tps")
    assert "-1.00000 -1.00000" in (folder / "out.tps").read_text()
    assert not (folder / "out_estimated.csv").exists()


def test_an_estimate_outside_the_image_stays_missing(squares: Project, folder: Path) -> None:
    # The fourth corner of this square is at (10, -6).
    second = squares.specimens()[1].id
    squares.place_many(second, {"a": (1, 3), "b": (10, 12), "c": (19, 3)})
    told = export(squares, folder / "out.tps", ESTIMATED)
    _, row = formats.read_landmarks(folder / "out.tps", image_size=SIZE)
    assert row.landmarks.present.tolist() == [True, True, True, False]
    assert any("1 landmarks stay missing" in one for one in told)
    with (folder / "out_estimated.csv").open(newline="") as file:
        assert list(csv.DictReader(file)) == []


def test_missing_landmarks_are_spelled_for_the_program_that_reads_them(
    squares: Project, folder: Path
) -> None:
    out = folder / "out.tps"
    export(squares, out, MissingLandmarks(spelled_for="ktch"))
    _, read = ktch.io.read_tps(out)
    assert np.isnan(read.to_numpy()[3]).all()
    export(squares, out, MissingLandmarks(spelled_for="geomorph"))
    assert out.read_text().splitlines().count("NA NA") == 1
    assert not formats.read_landmarks(out, image_size=SIZE)[1].landmarks.present[3]
    with pytest.raises(FormatError, match="'momocs'; choose one of tpsdig, geomorph, ktch"):
        export_landmarks(
            squares,
            out,
            squares.specimens(),
            ExportOptions(missing=MissingLandmarks(spelled_for="momocs")),
        )
    with pytest.raises(FormatError, match=r"TPS files only"):
        export_landmarks(
            squares,
            folder / "other.csv",
            squares.specimens(),
            ExportOptions(missing=MissingLandmarks(EstimationMethod.SPLINE, "ktch")),
        )
    assert not list(folder.glob("other*"))


def test_a_comment_with_numbers_that_no_landmark_has_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "in.tps").write_text("LM=1\n3 4\nIMAGE=a.png\nCOMMENT=old [estimated: 7]\n")
    (one,) = formats.read_landmarks(tmp_path / "in.tps", image_size=SIZE)
    assert (one.comment, one.status) == ("old [estimated: 7]", None)


def test_the_command_estimates(squares: Project, folder: Path) -> None:
    squares.close()
    done = homolog(
        *("project", "export", folder / "wings.homolog", folder / "out.tps"),
        *("--estimate-missing", "spline"),
    )
    assert done.returncode == 0, done.stderr
    assert "COMMENT=torn [estimated: 4]" in (folder / "out.tps").read_text()
