"""Folders for programs of shape analysis: their files, and the scripts that read them."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from command_line import homolog
from napari_homolog import formats
from napari_homolog.curves import CurveDefinition
from napari_homolog.errors import FormatError, ProjectError
from napari_homolog.procrustes import generalised_procrustes_analysis
from napari_homolog.project import PROGRAMS, Curve, Project, ScaleBar, export_for

pytestmark = pytest.mark.filterwarnings("ignore::napari_homolog.formats.FormatWarning")

SIGNATURES = {
    "readland.tps": {"specID", "negNA", "readcurves", "warnmsg"},
    "readland.shapes": {"nCurvePts", "continuous.curve", "scaled"},
    "readShapes": {"fields"},
    "estimate.missing": {"method"},
    "gpagen": {
        *("curves", "surfaces", "rot.pts", "PrinAxes", "max.iter", "tol", "ProcD", "approxBE"),
        *("sen", "Proj", "verbose", "print.progress", "Parallel"),
    },
    "plotAllSpecimens": {"mean", "links", "label", "plot.param", "plot_param"},
    "gm.prcomp": {"phy", "align.to.phy", "GLS", "transform"},
    "import_tps": {"curves"},
    "import_txt": {"header"},
    "Ldk": {"fac", "links", "cur", "slidings"},
    "Out": {"fac", "ldk"},
    "fgProcrustes": {"tol", "coo"},
    "efourier": {"nb.h", "smooth.it", "norm", "start"},
}
"""Named arguments in the manuals of geomorph 4.0.10, StereoMorph 1.6.7 and Momocs 1.4.1."""


@pytest.fixture
def series(project: Project, add_wings: Callable[[Project, int], list[int]]) -> Project:
    """Return a project of five specimens with a curve, one landmark of the last one missing."""
    rng = np.random.default_rng(3)
    project.set_landmarks(["tip", "base", "notch", "angle"])
    definitions = [
        CurveDefinition("margin", ("tip", "base"), 3),
        CurveDefinition("spot", (), 6, closed=True),
    ]
    project.set_curve_definitions(definitions)
    project.set_links([("notch", "angle")])
    circle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    for number, wing in enumerate(add_wings(project, 5)):
        corners = np.array([(5, 5), (5, 50), (30, 50), (30, 8)]) + rng.normal(0, 1.0, (4, 2))
        project.place_many(wing, dict(zip(("tip", "base", "notch", "angle"), corners, strict=True)))
        edge = np.linspace(corners[0], corners[1], 9)
        edge[1:-1, 0] += 3 * np.sin(np.linspace(0, np.pi, 9))[1:-1]
        spot = np.c_[18 + 4 * np.sin(circle), 28 + 6 * np.cos(circle)]
        project.set_curves(wing, [Curve(edge, "margin"), Curve(spot, "spot")])
        project.set_classifiers(wing, {"species": "ab"[number % 2], "leg length": str(number)})
    return project


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_for_geomorph(series: Project, tmp_path: Path) -> None:
    series.mark_missing(5, "notch")
    out = tmp_path / "a" / "geomorph"
    written = export_for(series, "geomorph", out, series.specimens())
    assert written.specimens == 5
    assert {path.name for path in written.files} == {path.name for path in out.iterdir()}
    text = (out / "landmarks.tps").read_text()
    assert text.count("LM=13\n") == 5
    assert text.count("NA NA\n") == 1
    assert "CURVES" not in text
    rows = rows_of(out / "specimens.csv")
    assert list(rows[0]) == [
        *("specimen", "image", "status", "scale", "unit", "species", "leg length")
    ]
    assert [row["species"] for row in rows] == list("ababa")
    assert rows_of(out / "landmark_names.csv")[4] == {"landmark": "5", "name": "margin 1"}
    links = {(int(row["from"]), int(row["to"])) for row in rows_of(out / "links.csv")}
    assert {(3, 4), (1, 5), (5, 6), (7, 2), (13, 8)} <= links
    sliders = rows_of(out / "landmarks_sliders.csv")
    assert sliders[0] == {"before": "1", "slide": "5", "after": "6"}
    script = (out / "analysis.R").read_text()
    assert "curves = sliders" in script
    assert 'leg.length = factor(specimens[["leg length"]])' in script


@pytest.mark.parametrize("program", ["geomorph", "momocs", "stereomorph"])
def test_scripts_call_what_the_manuals_document(
    series: Project, tmp_path: Path, program: str
) -> None:
    export_for(series, program, tmp_path, series.specimens())
    script = re.sub(r"#.*", "", (tmp_path / "analysis.R").read_text())
    files = set(re.findall(r'"([\w.]+\.(?:csv|tps))"', script))
    assert files <= {path.name for path in tmp_path.iterdir()}
    called = 0
    for function, known in SIGNATURES.items():
        for call in re.finditer(rf"(?<![\w.]){re.escape(function)}\(", script):
            named = set(re.findall(r"([\w.]+) = ", arguments_of(script, call.end())))
            assert named <= known, function
            called += 1
    assert called >= 4
    assert script.count("(") == script.count(")")
    assert script.count("{") == script.count("}")


def arguments_of(script: str, start: int) -> str:
    """Return the arguments of a call, without those of calls inside it."""
    depth, found = 1, ""
    for character in script[start:]:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
        if depth == 0:
            break
        found += character if depth == 1 else ""
    return found


def test_the_script_for_python_runs_and_superimposes_as_this_package_does(
    series: Project, tmp_path: Path
) -> None:
    series.mark_missing(5, "notch")
    series.set_curve_definitions([])
    for wing in range(1, 6):
        series.set_curves(wing, [])
    export_for(series, "ktch", tmp_path, series.specimens())
    done = subprocess.run(
        [sys.executable, tmp_path / "analysis.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Left out, with missing landmarks: wing 4" in done.stdout
    table = pd.read_csv(tmp_path / "shape_space.csv")
    assert table["specimen"].tolist() == [f"wing {number}" for number in range(4)]
    marks = [series.landmarks_of(number) for number in range(1, 5)]
    np.testing.assert_allclose(table["centroid size"], [one.centroid_size() for one in marks])
    mine = generalised_procrustes_analysis(marks)
    flat = mine.shapes.reshape(4, -1)
    variance = np.linalg.svd(flat - flat.mean(0), compute_uv=False)[:3] ** 2 / 3
    found = table[["PC1", "PC2", "PC3"]].var(ddof=1).to_numpy()
    np.testing.assert_allclose(found, variance, rtol=0.01)


def test_the_script_for_python_slides_semilandmarks(series: Project, tmp_path: Path) -> None:
    export_for(series, "ktch", tmp_path, series.specimens())
    done = subprocess.run(
        [sys.executable, tmp_path / "analysis.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(tmp_path / "shape_space.csv")) == 5


def test_folders_for_the_other_programs(series: Project, tmp_path: Path) -> None:
    series.mark_missing(5, "notch")
    export_for(series, "morphoj", tmp_path / "j", series.specimens())
    labels = [
        line.split("\t")[0] for line in (tmp_path / "j/landmarks.txt").read_text().split("\n")
    ]
    classifiers = (tmp_path / "j/classifiers.txt").read_text().splitlines()
    assert labels[1:5] == [line.split("\t")[0] for line in classifiers[1:5]]
    assert classifiers[0].split("\t")[-2:] == ["species", "leg length"]

    export_for(series, "momocs", tmp_path / "m", series.specimens())
    outline = np.loadtxt(tmp_path / "m/outlines/1/wing 0.txt")
    assert outline.shape[1] == 2
    assert "CURVES" not in (tmp_path / "m/landmarks.tps").read_text()
    assert '"wing 0"' not in (tmp_path / "m/analysis.R").read_text()
    assert rows_of(tmp_path / "m/specimens.csv")[0]["file"] == "wing 0"

    export_for(series, "stereomorph", tmp_path / "s", series.specimens())
    (shapes,) = formats.read_landmarks(tmp_path / "s/shapes/wing 1.txt")
    np.testing.assert_allclose(shapes.landmarks.points, series.landmarks_of(2).points, atol=1e-4)
    assert shapes.curve_names == ("margin", "spot")
    assert "nCurvePts = c(5, 7)" in (tmp_path / "s/analysis.R").read_text()


def test_the_scale_bar_is_in_no_folder(series: Project, tmp_path: Path) -> None:
    series.set_landmarks([*(one.name for one in series.landmarks), "0 mm", "5 mm"])
    series.set_links([("notch", "angle"), ("0 mm", "5 mm")])
    series.set_scale_bar(ScaleBar("0 mm", "5 mm", 5, "mm"))
    for wing in range(1, 6):
        series.place_many(wing, {"0 mm": (35, 10), "5 mm": (35, 30)})
    export_for(series, "geomorph", tmp_path, series.specimens())
    text = (tmp_path / "landmarks.tps").read_text()
    assert text.count("LM=13\n") == text.count("SCALE=0.25\n") == 5
    assert {row["scale"] for row in rows_of(tmp_path / "specimens.csv")} == {"0.25"}
    assert rows_of(tmp_path / "links.csv")[0] == {"from": "3", "to": "4"}


def test_what_cannot_be_written_is_refused(series: Project, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no export for 'spss'; choose one of geomorph, ktch"):
        export_for(series, "spss", tmp_path, series.specimens())
    for wing in range(1, 6):
        series.mark_missing(wing, "notch")
    with pytest.raises(FormatError, match="every specimen lacks a landmark"):
        export_for(series, "morphoj", tmp_path, series.specimens())


def test_the_command_writes_a_folder(series: Project, folder: Path) -> None:
    series.close()
    out = folder / "for R"
    done = homolog("project", "export", folder / "wings.homolog", out, "--for", "geomorph")
    assert done.returncode == 0, done.stderr
    assert (out / "analysis.R").is_file()
    wrong = homolog("project", "export", folder / "wings.homolog", out, "--for", "spss")
    assert wrong.returncode == 2
    assert f"choose one of {', '.join(PROGRAMS)}" in " ".join(wrong.stderr.split())
    twice = homolog(
        *("project", "export", folder / "wings.homolog", out, "--for", "ktch", "--semilandmarks")
    )
    assert twice.returncode == 2
    assert "leave out --semilandmarks" in " ".join(twice.stderr.split())
