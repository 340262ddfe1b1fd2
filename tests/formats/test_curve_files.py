"""Curves in files: as this package writes them, and as other programs read them."""

from __future__ import annotations

from pathlib import Path

import ktch.io
import ktch.landmark
import numpy as np
import pytest
from wings import SAMPLES, SIZE

from napari_homolog import Landmarks, formats
from napari_homolog.curves import CurveDefinition
from napari_homolog.errors import FormatError
from napari_homolog.formats import FormatWarning, Specimen
from napari_homolog.formats.curve_files import slider_rows

MARGIN = CurveDefinition("margin", ("base", "tip"), 2)
RING = CurveDefinition("ring", (), 3, closed=True)
LOOP = CurveDefinition("loop", ("tip",), 1, closed=True)
NAMES = ("tip", "base")


def wing(identifier: str = "a", **rest: object) -> Specimen:
    curves = (np.array([(0.0, 0.0), (0.0, 6.0), (3.0, 6.0)]), np.array([(1, 1), (1, 5), (5, 5.0)]))
    return Specimen(
        f"{identifier}.jpg",
        Landmarks({"tip": (3.0, 6.0), "base": (0.0, 0.0)}),
        identifier=identifier,
        image_size=SIZE,
        **{"curves": curves, "curve_names": ("margin", "ring"), **rest},  # type: ignore[arg-type]
    )


def test_sliders_name_what_is_before_and_after_as_geomorph_numbers_it() -> None:
    assert slider_rows(NAMES, [MARGIN, RING, LOOP]) == [
        (2, 3, 4),
        (3, 4, 1),
        (7, 5, 6),
        (5, 6, 7),
        (6, 7, 5),
        (1, 8, 1),
    ]
    with pytest.raises(FormatError, match="ends at 'tip', which is no landmark"):
        slider_rows(["base"], [MARGIN])


def test_the_sliders_file_has_the_header_of_define_sliders(tmp_path: Path) -> None:
    assert formats.write_sliders(tmp_path / "s.csv", NAMES, [MARGIN]) == 2
    assert (tmp_path / "s.csv").read_text() == "before,slide,after\n2,3,4\n3,4,1\n"


def test_semilandmarks_follow_the_landmarks_and_missing_curves_are_missing() -> None:
    lacking = wing("b", curves=(), curve_names=None)
    full, gaps = formats.with_semilandmarks([wing(), lacking], [MARGIN])
    assert full.landmarks.names == ("tip", "base", "margin 1", "margin 2")
    assert full.landmarks.points[2:].tolist() == [[0.0, 3.0], [0.0, 6.0]]
    assert gaps.landmarks.present.tolist() == [True, True, False, False]


def test_ktch_reads_appended_semilandmarks_and_slides_them_onto_one_another(tmp_path: Path) -> None:
    angles = np.linspace(0, np.pi, 400)
    arc = np.stack([200 - 100 * np.sin(angles), 300 - 100 * np.cos(angles)], axis=1)
    rng = np.random.default_rng(0)
    series = []
    for number in range(6):
        marks = {"left": arc[0], "right": arc[-1], "foot": (260.0, 300.0), "side": (250.0, 340.0)}
        points = Landmarks(marks)
        series.append(
            Specimen(
                f"{number}.jpg",
                points,
                identifier=str(number),
                image_size=SIZE,
                curves=(arc,),
                curve_names=("arc",),
            )
        )
    places = [tuple(np.sort(rng.uniform(0.1, 0.9, 6)).tolist()) for _ in series]
    arcs = [CurveDefinition("arc", ("left", "right"), 6, shares=each) for each in places]
    appended = [
        formats.with_semilandmarks([one], [arc_of])[0]
        for one, arc_of in zip(series, arcs, strict=True)
    ]
    with pytest.warns(FormatWarning, match="names of landmarks"):
        formats.write_landmarks(tmp_path / "arcs.tps", appended)
    formats.write_sliders(tmp_path / "sliders.csv", series[0].landmarks.names, arcs[:1])
    read = np.array([one.to_numpy() for one in ktch.io.read_tps(tmp_path / "arcs.tps")])
    for seen, one in zip(read, appended, strict=True):
        up = np.c_[one.landmarks.points[:, 1], SIZE[0] - one.landmarks.points[:, 0]]
        np.testing.assert_allclose(seen, up, atol=5e-6)
    sliders = np.loadtxt(tmp_path / "sliders.csv", delimiter=",", skiprows=1, dtype=int)
    slid = ktch.landmark.GeneralizedProcrustesAnalysis(curves=sliders - 1)
    fixed = ktch.landmark.GeneralizedProcrustesAnalysis()
    flat = read.reshape(len(read), -1)
    spread = [method.fit_transform(flat).var(0).sum() for method in (fixed, slid)]
    assert spread[1] < 0.2 * spread[0]


def test_the_table_of_curve_points_comes_back(tmp_path: Path) -> None:
    assert formats.write_curve_points(tmp_path / "c.csv", [wing(), wing("b")]) == 4
    first, second = formats.read_curves(tmp_path / "c.csv")
    assert (first.image, second.image) == ("a.jpg", "b.jpg")
    assert list(first.curves) == ["margin", "ring"]
    np.testing.assert_array_equal(first.curves["margin"], wing().curves[0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,curve,x\n", "no column y"),
        ("image,curve,x,y\na.jpg,margin,1,wide\n", "line 2: '1', 'wide' is not x and y"),
        ("image,curve,x,y\n", "holds no curves"),
        ("image,curve,x,y\n,margin,1,2\n", "the image or the curve is not named"),
    ],
)
def test_a_damaged_table_of_curves_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "c.csv"
    path.write_text(text)
    with pytest.raises(FormatError, match=message):
        formats.read_curves(path)


def test_curves_of_tps_are_numbered() -> None:
    with pytest.warns(FormatWarning, match="VARIABLES"):
        curves = formats.read_curves(SAMPLES / "curves.tps", image_size=SIZE)[0]
    assert next(iter(curves.curves)) == "curve 1"


def test_a_shapes_file_of_stereomorph_is_read(tmp_path: Path) -> None:
    (fish,) = formats.read_landmarks(SAMPLES / "stereomorph-shapes.txt")
    assert fish.landmarks.names == ("snout tip", "eye centre", "fin base", "tail fork")
    assert fish.landmarks["eye centre"].tolist() == [75.0, 180.0]
    assert fish.landmarks.present.tolist() == [True, True, False, True]
    assert (fish.image, fish.scale) == ("stereomorph-shapes", 0.05)
    assert fish.curve_names == ("belly",)
    assert fish.curves[0].tolist() == [[80.5, 120], [150, 200], [190, 300], [165, 420], [110, 520]]


def test_a_shapes_file_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    given = wing(scale=0.02)
    formats.write_landmarks(path, [given], format="stereomorph")
    (again,) = formats.read_landmarks(path)
    assert again.landmarks.names == given.landmarks.names
    np.testing.assert_array_equal(again.landmarks.points, given.landmarks.points)
    assert (again.scale, again.curve_names) == (0.02, ("margin", "ring"))
    for one, other in zip(again.curves, given.curves, strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(FormatError, match="one specimen in a file, and 2 are given"):
        formats.write_landmarks(path, [given, given], format="stereomorph")


def test_a_damaged_shapes_file_is_refused_with_its_line(tmp_path: Path) -> None:
    text = (SAMPLES / "stereomorph-shapes.txt").read_text()
    (tmp_path / "a.txt").write_text(text.replace("300\t190\n", "300\twide\n"))
    with pytest.raises(FormatError, match="line 21: '300 wide' is not x and y"):
        formats.read_landmarks(tmp_path / "a.txt")


def test_outlines_for_momocs_are_one_file_a_specimen_with_y_upwards(tmp_path: Path) -> None:
    (path,) = formats.write_outlines(tmp_path / "out", [wing()], "ring")
    assert path.name == "a.txt"
    np.testing.assert_array_equal(
        np.loadtxt(path), [[1, SIZE[0] - 1], [5, SIZE[0] - 1], [5, SIZE[0] - 5]]
    )
    with pytest.raises(FormatError, match="no specimen has a curve 'rim'"):
        formats.write_outlines(tmp_path / "out", [wing()], "rim")
