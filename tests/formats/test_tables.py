"""CSV tables: tidy ones, and those that napari writes from a Points layer."""

from __future__ import annotations

import csv
import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from wings import GAP, NAMES, SAMPLES, SIZE, WING_01, WING_02

from napari_homolog import Landmarks, formats
from napari_homolog.errors import FormatError
from napari_homolog.formats import FormatWarning, Specimen


def read(name):
    return formats.read_landmarks(SAMPLES / name)


def written(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_tidy_table():
    first, second = read("tidy-long.csv")
    assert (first.image, second.image) == ("wing_01.jpg", "wing_02.jpg")
    assert first.landmarks.names == second.landmarks.names == NAMES
    assert_allclose(first.landmarks.points, WING_01)
    expected = WING_02.copy()
    expected[1] = GAP
    assert_allclose(second.landmarks.points, expected)
    assert_allclose(first.confidence, 1)
    assert_allclose(second.confidence, [0.9, np.nan, 0.9, 0.9, 0.9])


def test_napari_points_with_confidence_and_status():
    (specimen,) = read("napari-points.csv")
    assert specimen.landmarks.names == NAMES
    assert_allclose(specimen.landmarks.points, WING_01)
    assert_allclose(specimen.confidence, [1, 0.93, 0.88, 0.41, 0.77])
    assert specimen.status == ("manual", "predicted", "predicted", "predicted", "corrected")
    assert specimen.image == ""
    assert specimen.identifier is None


def test_napari_stack_is_grouped_by_its_first_axis():
    first, second = read("napari-points-stack.csv")
    assert (first.identifier, second.identifier) == ("0", "1")
    assert_allclose(first.landmarks.points, WING_01)
    assert_allclose(second.landmarks.points, WING_02)


def test_napari_columns_go_by_name():
    (specimen,) = read("napari-points-swapped-columns.csv")
    assert_allclose(specimen.landmarks.points, WING_01)


def test_numeric_names_stay_text_behind_a_byte_order_mark():
    (specimen,) = read("napari-points-numeric-names-bom.csv")
    assert specimen.landmarks.names == ("01", "02", "03", "04", "05")
    assert_allclose(specimen.landmarks.points, WING_01)


def test_napari_nan_is_a_missing_landmark():
    (specimen,) = read("broken/napari-points-nan.csv")
    assert_array_equal(specimen.landmarks.present, [True, False, True])
    assert specimen.landmarks.names == ("humeral_break", "radial_fork", "wing_tip")


def test_semicolons_and_decimal_commas_are_understood():
    (specimen,) = read("broken/semicolon-decimal-comma.csv")
    assert specimen.landmarks.names == ("1", "2")
    assert_allclose(specimen.landmarks.points, WING_01[:2])


def test_points_without_names_are_numbered(tmp_path):
    (specimen,) = formats.read_landmarks(written(tmp_path, "index,axis-0,axis-1\n0,1,2\n1,3,4\n"))
    assert specimen.landmarks.names == ("1", "2")


def test_formulas_load_as_text_and_are_guarded_when_written(tmp_path):
    (specimen,) = read("broken/formula-injection.csv")
    names = ("=1+1", "+1-1", "@SUM(1)", "-2+3", 'wing "tip", left')
    assert specimen.landmarks.names == names
    formats.write_landmarks(tmp_path / "guarded.csv", [specimen])
    with open(tmp_path / "guarded.csv", newline="", encoding="utf-8") as file:
        cells = [row["name"] for row in csv.DictReader(file)]
    assert cells == ["'=1+1", "'+1-1", "'@SUM(1)", "'-2+3", 'wing "tip", left']
    (again,) = formats.read_landmarks(tmp_path / "guarded.csv")
    assert again.landmarks.names == names


def test_negative_coordinates_are_not_guarded(tmp_path):
    specimen = Specimen("a.png", Landmarks({"tip": (-0.25, -0.5)}))
    formats.write_landmarks(tmp_path / "a.csv", [specimen])
    assert "\na.png,,1,tip,-0.5,-0.25,0,,,\n" in (tmp_path / "a.csv").read_text()


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("napari-points-no-axis.csv", r"line 1: .*axis-0 and axis-1, but found index, y, x, name"),
        ("napari-points-ragged.csv", r"line 3: 3 fields, but the header has 4"),
        ("napari-points-duplicate-name.csv", r"lines 2, 3: duplicate landmark 'wing_tip'"),
    ],
)
def test_broken_napari_table_is_refused(name, finding):
    with pytest.raises(FormatError, match=finding):
        read(f"broken/{name}")


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", "is empty"),
        ("name\ntip\n", "line 1: no columns"),
        ("image,name,x,y\n", "line 1: a header, but no rows"),
        ("image,name,x,x,y\na,tip,1,1,2\n", "line 1: duplicate columns: x"),
        ("image,name,x,y\na,tip,1,\n", "line 2: only one of x and y"),
        ("image,name,x,y\na,tip,one,2\n", "line 2: 'one' in column x is not a number"),
        ("image,name,x,y\na,tip,1_0,2\n", "line 2: '1_0' in column x is not a number"),
        ('image,name,x,y\na,tip,"1,234",2\n', "line 2: '1,234' in column x is not a number"),
        ("image;name;x;y\na;tip;1,234,5;2\n", "line 2: '1,234,5' in column x is not a number"),
        ("image,name,x,y\na,tip,inf,2\n", "line 2: x or y is not a finite position"),
        ("image,name,x,y,missing\na,tip,1,2,perhaps\n", "line 2: 'perhaps' in column missing"),
        ("image,name,x,y,confidence\na,tip,1,2,93\n", "line 2: confidence is 93; expected within"),
        ("image,name,x,y,spread_px\na,tip,1,2,-1\n", "line 2: spread_px is -1; expected a finite"),
        ('image,name,x,y\na,"tip,1,2\n', "line 2: not a valid table (unexpected end of data"),
    ],
)
def test_contradictory_rows_are_refused(tmp_path, text, finding):
    with pytest.raises(FormatError) as caught:
        formats.read_landmarks(written(tmp_path, text))
    assert finding in str(caught.value)


def test_every_faulty_row_is_told_of(tmp_path):
    path = written(tmp_path, "image,name,x,y\na,tip,1,2\na,base,q,2\nb,tip,1,r\n")
    with pytest.raises(FormatError) as caught:
        formats.read_landmarks(path)
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == [
        f"{path}, line 3",
        f"{path}, line 4",
    ]


def test_columns_and_full_precision(tmp_path):
    specimen = Specimen(
        image="wing_01.jpg",
        landmarks=Landmarks({"tip": (1 / 3, 600), "gone": None}),
        identifier="female_A",
        confidence=np.array([0.1, np.nan]),
        spread=np.array([2.5, np.nan]),
        status=("predicted", "missing"),
        image_size=SIZE,
    )
    formats.write_landmarks(tmp_path / "out.csv", [specimen])
    assert (tmp_path / "out.csv").read_bytes().decode() == (
        "image,specimen,landmark,name,x,y,missing,confidence,spread_px,status\n"
        "wing_01.jpg,female_A,1,tip,600.0,0.3333333333333333,0,0.1,2.5,predicted\n"
        "wing_01.jpg,female_A,2,gone,,,1,,,missing\n"
    )
    (again,) = formats.read_landmarks(tmp_path / "out.csv", image_size=SIZE)
    assert_array_equal(again.landmarks.points, specimen.landmarks.points)
    assert again.status == specimen.status
    assert again.image_size == SIZE


def test_replicates_without_identifiers_stay_apart(tmp_path):
    specimens = [Specimen("a.png", Landmarks({"tip": (n, n)})) for n in (1, 2)]
    formats.write_landmarks(tmp_path / "two.csv", specimens)
    first, second = formats.read_landmarks(tmp_path / "two.csv")
    assert_allclose([first.landmarks["tip"], second.landmarks["tip"]], [(1, 1), (2, 2)])
    assert (first.identifier, second.identifier) == ("1", "2")


def test_scale_comment_and_occlusion_have_columns_where_there_are_some(tmp_path):
    specimen = Specimen(
        "a.png",
        Landmarks({"tip": (1, 2), "base": (3, 4)}),
        scale=0.5,
        comment="leg. Meyer",
        occluded=np.array([False, True]),
    )
    formats.write_landmarks(tmp_path / "a.csv", [specimen])
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert lines[0].endswith(",status,occluded,scale,comment")
    assert lines[2].endswith(",1,0.5,leg. Meyer")
    (again,) = formats.read_landmarks(tmp_path / "a.csv")
    assert (again.scale, again.comment) == (0.5, "leg. Meyer")
    assert_array_equal(again.occluded, [False, True])


def test_curves_are_named_as_left_out(tmp_path):
    specimen = Specimen("a.png", Landmarks({"tip": (1, 2)}), curves=(np.zeros((3, 2)),))
    with pytest.warns(FormatWarning, match="has no place for curves; left out") as caught:
        formats.write_landmarks(tmp_path / "a.csv", [specimen])
    assert caught[0].filename == __file__


def test_napari_saves_several_specimens_as_a_stack_without_missing_landmarks(tmp_path):
    specimens = [
        Specimen("a.png", Landmarks({"tip": (1, 2), "base": None}), "A", scale=0.5),
        Specimen("b.png", Landmarks({"tip": (3, 4), "base": (5, 6)}), "B", scale=0.25),
    ]
    with pytest.warns(FormatWarning, match="napari points has no place for 1 missing landmarks;"):
        formats.write_landmarks(tmp_path / "points.csv", specimens, format="napari")
    assert (tmp_path / "points.csv").read_text() == (
        "index,axis-0,axis-1,axis-2,name,image,specimen,scale\n"
        "0,0,1.0,2.0,tip,a.png,A,0.5\n"
        "1,1,3.0,4.0,tip,b.png,B,0.25\n"
        "2,1,5.0,6.0,base,b.png,B,0.25\n"
    )


def test_napari_itself_reads_the_points(tmp_path):
    from napari_builtins.io import csv_to_layer_data

    specimens = [Specimen("a.png", Landmarks({"tip": (1.5, 2), "base": (3, 4)}))]
    formats.write_landmarks(tmp_path / "points.csv", specimens, format="napari")
    points, options, kind = csv_to_layer_data(str(tmp_path / "points.csv"))
    assert kind == "points"
    assert_allclose(points, [(1.5, 2), (3, 4)])
    assert list(options["properties"]["name"]) == ["tip", "base"]


def test_points_without_a_position_are_nothing_for_napari(tmp_path):
    with pytest.raises(FormatError, match="all landmarks are missing"):
        formats.write_landmarks(
            tmp_path / "a.csv", [Specimen("a", Landmarks({"tip": None}))], format="napari"
        )


def test_values_that_do_not_fit_the_landmarks_are_refused():
    with pytest.raises(FormatError, match="1 landmarks but 2 values of confidence"):
        Specimen("a.png", Landmarks({"tip": (1, 2)}), confidence=np.array([1.0, 1.0]))


def test_a_comment_of_100000_blanks_takes_a_moment(tmp_path):
    comment = "torn" + " " * 100_000 + "tip\r\n  of the wing"
    marks = Landmarks({"tip": (1, 2)})
    start = time.perf_counter()
    formats.write_landmarks(tmp_path / "a.csv", [Specimen("a.png", marks, comment=comment)])
    assert time.perf_counter() - start < 1
    (read,) = formats.read_landmarks(tmp_path / "a.csv")
    assert read.comment == comment.replace("\r\n  ", " ")
