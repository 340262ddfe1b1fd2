"""Repeatability reports: errors known from the points, and words where there are none."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from made_up import SIZE, draw_noise, found_at, learned_names
from PIL import Image

from command_line import homolog, homolog_process
from napari_homolog import Landmarks, formats
from napari_homolog.errors import FormatError, ProjectError, WriteError
from napari_homolog.project import PlacementStatus, Project, ScaleBar
from napari_homolog.project.report import make_report, summary_of, table_beside, write_report
from napari_homolog.project.specimen_shapes import with_shape

NAMES = ("tip", "base", "notch", "spur")
SQUARE = np.array([[10.0, 10], [10, 30], [30, 30], [30, 10]])
SQUARE_SIZE = np.sqrt(800)
"""Its centroid size: each corner is the root of 200 pixels from the centre."""

AddWings = Callable[[Project, int], list[int]]


@pytest.fixture
def found(project: Project, add_wings: AddWings) -> Project:
    """Return a project with five wings whose predictions differ somewhat in shape."""
    project.set_landmarks(NAMES)
    learned = project.add_landmark_set(learned_names(*NAMES))
    for number in add_wings(project, 5):
        project.record_prediction(number, found_at(NAMES, predicted(number)), learned)
    return project


def predicted(number: int) -> np.ndarray:
    """Return a square with one corner further out from specimen to specimen, the first's not."""
    return SQUARE + np.array([[0, 0], [0, 0], [number - 1, number - 1], [0, 0]])


def file_of(
    path: Path,
    points: dict[str, np.ndarray],
    names: tuple[str, ...] = NAMES,
    **more: object,
) -> Path:
    rows = [
        formats.Specimen(image, Landmarks.from_arrays(names, own), image_size=SIZE, **more)
        for image, own in points.items()
    ]
    formats.write_landmarks(path, rows)
    return path


def all_shifted(by: tuple[float, float]) -> dict[str, np.ndarray]:
    return {f"wing {number}.png": predicted(number + 1) + by for number in range(5)}


def rows_of(table: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.read_text())))


def test_a_review_keeps_moved_and_accepted_apart(found: Project, folder: Path) -> None:
    found.place(1, "tip", (13, 14))
    for name in NAMES[1:]:
        found.accept(1, name)
    found.accept(2)
    found.mark_missing(3, "spur")
    report = make_report(found)
    (one,) = report.comparisons
    told = summary_of(report)["comparisons"][0]
    assert (told["first"], told["second"], told["review"]) == ("tool", "hand", True)
    assert (told["points"], told["accepted"], told["specimens"]) == (8, 7, 2)
    assert (told["errors"]["mean"], told["errors"]["median"]) == (5 / 8, 0)
    # Of eight values the 95th percentile lies at 0.95 * 7 = 6.65: 0.65 of the way from 0 to 5.
    assert told["errors"]["percentile_95"] == pytest.approx(3.25)
    assert told["errors_without_accepted"]["count"] == 1
    assert told["errors_without_accepted"]["mean"] == 5
    moved = np.array([[13.0, 14], *SQUARE[1:]])
    size = np.linalg.norm(moved - moved.mean(0))
    assert told["errors_without_accepted"]["mean_percent"] == pytest.approx(500 / size)
    assert told["by_landmark"]["tip"]["mean"] == 2.5
    assert told["by_landmark"]["base"]["mean"] == 0
    assert told["errors"]["within"] == {1: 7 / 8, 2: 7 / 8, 5: 7 / 8}
    assert one.agreement.specimens == ("wing 0", "wing 1")
    page = folder / "out.html"
    table = write_report(report, page)
    text = page.read_text()
    assert "Of 8 predicted landmarks that were reviewed, 1 (12 %) had to be moved" in text
    assert "error of 0 by construction" in text
    assert "only those moved" in text
    assert "7 of the 8 points were accepted as predicted" in text
    rows = rows_of(table)
    assert [row["status"] for row in rows].count("accepted") == 7
    assert {row["confidence"] for row in rows} == {"0.75"}
    first = rows[0]
    assert (first["image"], first["specimen"], first["name"]) == ("wing 0.png", "wing 0", "tip")
    assert (first["first_x"], first["first_y"]) == ("10.0", "10.0")
    assert (first["second_x"], first["second_y"]) == ("14.0", "13.0")
    assert (first["error_px"], first["status"], first["landmark"]) == ("5.0", "corrected", "1")
    assert float(first["error_percent"]) == pytest.approx(500 / size)


@pytest.mark.parametrize("name", ["second.csv", "second.tps", "second.json", "second.txt"])
@pytest.mark.filterwarnings("ignore::napari_homolog.formats.FormatWarning")
def test_another_digitiser_in_any_format(found: Project, folder: Path, name: str) -> None:
    # A steady shift is an error of 2.5 pixels, but none of shape.
    file = file_of(folder / name, all_shifted((-1.5, 2)))
    report = make_report(found, [file])
    (one,) = report.comparisons
    errors = one.errors()
    assert errors is not None
    assert (one.review, one.accepted, errors.count, errors.same) == (False, 0, 20, 0)
    np.testing.assert_allclose([errors.mean, errors.median, errors.percentile_95], 2.5, atol=1e-4)
    sizes = [np.linalg.norm(predicted(n) - predicted(n).mean(0)) for n in range(1, 6)]
    assert sizes[0] == pytest.approx(SQUARE_SIZE)
    assert errors.mean_percent == pytest.approx(np.mean([250 / size for size in sizes]), rel=1e-4)
    anova = one.agreement.anova
    assert anova is not None
    assert anova.repeatability == pytest.approx(1, abs=1e-6)
    assert one.agreement.size_bias == pytest.approx((0, 0), abs=1e-4)
    assert one.agreement.left_out == 0


def test_a_steady_difference_of_one_landmark(found: Project, folder: Path) -> None:
    rng = np.random.default_rng(1)
    points = {name: own + rng.normal(0, 0.2, (4, 2)) for name, own in all_shifted((0, 0)).items()}
    for own in points.values():
        own[0] += (2, -2)
    report = make_report(found, [file_of(folder / "second.csv", points)])
    anova = report.comparisons[0].agreement.anova
    assert anova is not None
    # Four landmarks have 2 * 4 - 4 dimensions of shape.
    assert [(one.name, one.degrees_of_freedom) for one in anova.effects] == [
        ("individual", 16), ("digitiser", 4), ("residual", 16)
    ]  # fmt: skip
    assert anova.effects[1].p is not None
    assert anova.effects[1].p < 1e-6
    assert anova.consistency is not None
    assert anova.consistency > anova.repeatability
    by_landmark = summary_of(report)["comparisons"][0]["by_landmark"]
    assert max(NAMES, key=lambda name: by_landmark[name]["mean"]) == "tip"


def test_three_digitisers_and_one_who_digitised_twice(found: Project, folder: Path) -> None:
    for number in range(1, 6):
        found.place_many(number, dict(zip(NAMES, (predicted(number) + 0.25).tolist(), strict=True)))
    twice = [
        formats.Specimen(name, Landmarks.from_arrays(NAMES, own + time), str(time))
        for time in (1, 2)
        for name, own in all_shifted((0, 0)).items()
        if time == 1 or name != "wing 4.png"
    ]
    formats.write_landmarks(folder / "twice.csv", twice)
    report = make_report(found, [folder / "twice.csv"])
    assert [one.name for one in report.series.digitisations] == [
        "tool", "hand", "twice.csv", "twice.csv, time 2"
    ]  # fmt: skip
    means = {(c.first.name, c.second.name): c.errors().mean for c in report.comparisons}  # type: ignore[union-attr]
    assert means["tool", "hand"] == pytest.approx(np.hypot(0.25, 0.25))
    assert means["tool", "twice.csv, time 2"] == pytest.approx(np.hypot(2, 2))
    assert means["twice.csv", "twice.csv, time 2"] == pytest.approx(np.hypot(1, 1))
    together = report.together
    assert together is not None
    assert together.anova is not None
    # One specimen was not digitised a second time, so that digitisers cannot be told apart.
    assert [one.name for one in together.anova.effects] == ["individual", "measurement"]
    assert together.anova.measurement.degrees_of_freedom == (14 - 5) * 4
    write_report(report, folder / "out.html")
    assert "could not be separated" in (folder / "out.html").read_text()


def test_a_digitiser_who_shares_no_specimen_keeps_nobody_from_agreeing(
    found: Project, folder: Path
) -> None:
    points = all_shifted((0, 0))
    del points["wing 0.png"]
    files = [file_of(folder / name, points) for name in ("a.csv", "b.csv")]
    found.place_many(1, dict(zip(NAMES, SQUARE.tolist(), strict=True)))
    together = make_report(found, files).together
    assert together is not None
    assert together.anova is not None
    assert (together.landmarks, len(together.specimens)) == (NAMES, 4)
    assert [one.name for one in together.anova.effects] == ["individual", "digitiser", "residual"]


def test_missing_landmarks_leave_specimens_out_of_the_analysis(
    found: Project, folder: Path
) -> None:
    points = all_shifted((1, 0))
    points["wing 3.png"][1] = np.nan
    (one,) = make_report(found, [file_of(folder / "second.csv", points)]).comparisons
    assert len(one.pairs) == 19
    assert (len(one.agreement.specimens), one.agreement.left_out) == (4, 1)


def test_slips_of_both_digitisers_are_named(found: Project, folder: Path) -> None:
    points = all_shifted((0, 0))
    points["wing 1.png"][[0, 1]] = points["wing 1.png"][[1, 0]]
    told = summary_of(make_report(found, [file_of(folder / "second.csv", points)]))
    named = {(one["digitisation"], one["specimen"]) for one in told["outliers"]}
    assert named == {("second.csv", "wing 1")}


def test_numbered_landmarks_stand_in_the_projects_order(found: Project, folder: Path) -> None:
    numbered = file_of(folder / "second.csv", all_shifted((0, 3)), ("1", "2", "3", "4"))
    (told,) = summary_of(make_report(found, [numbered]))["comparisons"]
    assert [told["by_landmark"][name]["mean"] for name in NAMES] == [3] * 4


@pytest.mark.parametrize("names", [("1", "2", "3", "4"), NAMES])
def test_the_ends_of_a_scale_bar_in_a_file_are_no_part_of_the_shape(
    found: Project, folder: Path, names: tuple[str, ...]
) -> None:
    first, second, *rest = NAMES
    found.set_scale_bar(ScaleBar(first, second, 1.0, "mm"))
    file = file_of(folder / "second.csv", all_shifted((0, 3)), names)
    summary = summary_of(make_report(found, [file]))
    (told,) = summary["comparisons"]
    means = {name: own["mean"] for name, own in told["by_landmark"].items()}
    assert means == dict.fromkeys(rest, 3)
    assert summary["left_out"] == []


def test_predictions_of_a_file_are_nobodys_and_its_accepted_points_are_told(
    found: Project, folder: Path
) -> None:
    status = ("manual", "accepted", "predicted", "corrected")
    file = file_of(folder / "other.csv", all_shifted((0, 1)), status=status)
    report = make_report(found, [file])
    (one,) = report.comparisons
    assert {pair.landmark for pair in one.pairs} == {"tip", "base", "spur"}
    assert (len(one.pairs), one.accepted) == (15, 5)
    write_report(report, folder / "out.html")
    text = (folder / "out.html").read_text()
    assert "5 of 15 points are accepted predictions" in text


def test_one_digitisation_by_two_ways_is_told(found: Project, folder: Path) -> None:
    file = file_of(folder / "same.csv", all_shifted((0, 0)))
    write_report(make_report(found, [file]), folder / "out.html")
    assert "20 of 20 points are the same in both" in (folder / "out.html").read_text()


def test_real_units(found: Project, folder: Path) -> None:
    path = folder / "images" / "scan.tif"
    pixels = np.asarray(Image.open(draw_noise(folder / "noise.png", 9)))
    # 50 pixels a centimetre.
    tifffile.imwrite(path, pixels, resolution=(50, 50), resolutionunit="CENTIMETER")
    scan = found.add_image(path)
    found.record_prediction(scan, found_at(NAMES, SQUARE), found.landmark_set_id or 0)
    marked = file_of(folder / "second.csv", {"scan.tif": SQUARE + (3, 4)})
    errors = make_report(found, [marked]).comparisons[0].errors()
    assert errors is not None
    assert (errors.unit, errors.mean) == ("mm", pytest.approx(5))
    assert errors.mean_real == pytest.approx(1)
    scaled = file_of(folder / "scaled.csv", all_shifted((0, 2)), scale=0.5)
    errors = make_report(found, [scaled]).comparisons[0].errors()
    assert errors is not None
    assert (errors.mean_real, errors.unit) == (pytest.approx(1), "units of the scale")


def test_what_cannot_be_computed_is_said_in_words(found: Project, folder: Path) -> None:
    page = folder / "out.html"
    table = write_report(make_report(found), page)
    assert "there is only one digitisation" in page.read_text()
    assert "In the project" in page.read_text()
    assert rows_of(table) == []
    found.set_landmarks([*NAMES, "new"])
    found.place(1, "new", (5, 5))
    write_report(make_report(found), page)
    assert "no predicted landmark has been reviewed" in page.read_text()
    found.place(1, "tip", (11, 10))
    write_report(make_report(found), page)
    assert "Landmarks that all of them have: 1; a shape needs 3." in page.read_text()
    found.accept(1)
    write_report(make_report(found), page)
    assert "digitised: 1; with all 4 landmarks: 1. The analysis needs 2." in page.read_text()


def test_specimens_and_landmarks_that_are_not_in_the_project_are_named(
    found: Project, folder: Path
) -> None:
    points = {**all_shifted((0, 1)), "stranger.png": SQUARE}
    names = ("tip", "base", "notch", "eye")
    report = make_report(found, [file_of(folder / "second.csv", points, names)])
    assert report.series.notes == (
        "Ignored in second.csv, not in the project: specimens 'stranger.png'.",
        "Ignored in second.csv, not in the project: landmarks 'eye'.",
    )
    assert len(report.comparisons[0].pairs) == 15
    with pytest.warns(formats.FormatWarning, match="names of landmarks"):
        tps = file_of(folder / "second.tps", points)
    assert len(make_report(found, [tps]).comparisons[0].pairs) == 20


def test_two_specimens_on_one_picture_are_told_apart_by_their_names(
    found: Project, folder: Path
) -> None:
    again = found.add_image(folder / "images" / "wing 0.png")
    found.place_many(again, dict(zip(NAMES, (SQUARE + 5).tolist(), strict=True)))
    rows = [
        formats.Specimen("wing 0.png", Landmarks.from_arrays(NAMES, own), name)
        for name, own in (("wing 0_2", SQUARE + 6), ("wing 0", SQUARE + 1))
    ]
    formats.write_landmarks(folder / "second.csv", rows)
    report = make_report(found, [folder / "second.csv"])
    errors = [c.errors() for c in report.comparisons if c.second.name == "second.csv"]
    assert [(one.count, one.mean) for one in errors if one] == [(4, pytest.approx(np.sqrt(2)))] * 2
    formats.write_landmarks(
        folder / "second.csv", [replace(one, identifier="?") for one in rows[:1]]
    )
    with pytest.raises(ProjectError, match="may be each of the specimens 'wing 0', 'wing 0_2'"):
        make_report(found, [folder / "second.csv"])


def test_files_that_do_not_belong_to_the_project(found: Project, folder: Path) -> None:
    def refused(file: Path, message: str) -> None:
        with pytest.raises((ProjectError, FormatError), match=message):
            make_report(found, [file])

    strange = file_of(folder / "a.csv", {"x.png": SQUARE})
    refused(strange, "none of the project's specimens: .*'x.png'")
    others = file_of(folder / "b.csv", all_shifted((0, 0)), ("a", "b", "c", "d"))
    refused(others, "use the same names")
    fewer = file_of(folder / "c.csv", {"wing 0.png": SQUARE[:3]}, ("1", "2", "3"))
    refused(fewer, "as many numbered landmarks")
    guessed = file_of(folder / "d.csv", all_shifted((0, 0)), status=("predicted",) * 4)
    refused(guessed, "only predictions")
    refused(folder / "none.csv", "There is no file")
    found.add_image(draw_noise(folder / "images" / "wide.png", 7, (40, 80)))
    (folder / "e.tps").write_text("LM=4\n10 10\n30 10\n30 30\n10 30\nID=wing 0\n")
    refused(folder / "e.tps", "whose height is not known")


def test_a_project_with_nothing_in_it(folder: Path) -> None:
    with Project.create() as project:
        with pytest.raises(ProjectError, match="no landmarks"):
            make_report(project)
        project.set_landmarks(["tip"])
        with pytest.raises(ProjectError, match="no specimens"):
            make_report(project)
        project.add_picture("wing", (40, 60))
        with pytest.raises(ProjectError, match="Nothing is placed"):
            make_report(project)
        project.place(1, "tip", (3, 4))
        report = make_report(project)
        write_report(report, folder / "one.html")
    assert "The shapes could not be compared" in (folder / "one.html").read_text()


def test_what_cannot_be_written_leaves_nothing_half(found: Project, folder: Path) -> None:
    (folder / "out.html").mkdir()
    with pytest.raises(WriteError, match="cannot be written"):
        write_report(make_report(found), folder / "out.html")
    assert not list(folder.glob(".*.part"))


def test_names_run_as_no_formula_and_no_markup(
    project: Project, add_wings: AddWings, folder: Path
) -> None:
    names = ("=1+1", "<b>&", "notch")
    project.set_landmarks(names)
    learned = project.add_landmark_set(learned_names(*names))
    for number in add_wings(project, 2):
        project.record_prediction(number, found_at(names, SQUARE[:3].tolist()), learned)
        project.accept(number)
    table = write_report(make_report(project), folder / "out.html")
    assert rows_of(table)[0]["name"] == "'=1+1"
    assert "&lt;b&gt;&amp;" in (folder / "out.html").read_text()
    assert "<b>" not in (folder / "out.html").read_text()


def test_the_command_while_the_project_is_open_elsewhere(found: Project, folder: Path) -> None:
    found.place(1, "tip", (13, 14))
    file_of(folder / "second.csv", all_shifted((0, 2)))
    command = ("project", "report", "wings.homolog", "--against", "second.csv")
    done = homolog_process(*command, "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout, parse_constant=pytest.fail)
    assert [(one["first"], one["second"], one["points"]) for one in told["comparisons"]] == [
        ("tool", "hand", 1), ("tool", "second.csv", 20), ("hand", "second.csv", 1)
    ]  # fmt: skip
    assert told["comparisons"][1]["errors"]["mean"] == 2
    assert told["placed"]["corrected"] == 1
    page = (folder / told["page"]).read_text()
    assert told["page"] == "wings-report.html"
    # The page stands alone: nothing is fetched from elsewhere.
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) >= 6
    for source in sources:
        png = base64.b64decode(source.removeprefix("data:image/png;base64,"))
        with Image.open(io.BytesIO(png)) as picture:
            assert picture.width > 1000
    assert "http" not in page
    assert len(rows_of(folder / told["table"])) == 22
    done = homolog(*command, "--out", "reports", cwd=folder, columns=200)
    assert "tool against hand (reviewed, not independent)" in done.stdout
    assert "tool against second.csv" in done.stdout
    assert table_beside(folder / "reports" / "report.html").is_file()
    assert found.placements(1)["tip"].status is PlacementStatus.CORRECTED


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing.homolog",), "There is no project"),
        (("wings.homolog", "--out", "no/report.html"), "There is no folder"),
        (("wings.homolog", "--out", "report.pdf"), "must end in .html"),
        (("wings.homolog", "--against", "none.tps"), "none.tps"),
        (("wings.homolog", "--against", "a-points.csv", "--out", "a.html"), "would be overwritten"),
    ],
)
def test_errors_of_the_command(
    found: Project, folder: Path, arguments: tuple[str, ...], message: str
) -> None:
    file_of(folder / "a-points.csv", all_shifted((0, 2)))
    before = {path: path.stat().st_size for path in folder.iterdir()}
    done = homolog("project", "report", *arguments, cwd=folder)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert {path: path.stat().st_size for path in folder.iterdir()} == before


def test_names_with_dollars_and_specimens_without_shape(folder: Path) -> None:
    names = [r"$\foo$", "a$b", "$x"]
    random = np.random.default_rng(0)
    with Project.create(folder / "a.homolog") as project:
        project.set_landmarks(names)
        number = project.add_landmark_set(learned_names(*names))
        for index in range(5):
            picture = draw_noise(folder / f"$x^{{{index}.png", index)
            specimen = project.add_image(picture, name=f"$\\bar{index}")
            points = np.full((3, 2), 10.0) if index < 2 else random.uniform(1, 30, (3, 2))
            places = [(float(row), float(col)) for row, col in points]
            project.record_prediction(specimen, found_at(names, places), number, seed=1)
            for name, place in zip(names, places, strict=True):
                project.place(specimen, name, place)
        write_report(make_report(project), folder / "report.html")
        shaped, _ = with_shape(project)
    assert len(shaped) == 3
    assert r"$\foo$" in (folder / "report-points.csv").read_text(encoding="utf-8")
