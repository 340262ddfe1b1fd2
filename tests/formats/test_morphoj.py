"""MorphoJ's text files and ml-morph's tables."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from wings import NAMES, SIZE, WING_01, WING_02

from napari_homolog import Landmarks, formats
from napari_homolog.errors import FormatError
from napari_homolog.formats import FormatWarning, Specimen

HEADER = "ID\tx1\ty1\tx2\ty2\n"


def specimen(image="wing_01.jpg", points=WING_01, **rest):
    names = [str(n + 1) for n in range(len(points))]
    return Specimen(image, Landmarks.from_arrays(names, points), image_size=SIZE, **rest)


def written(tmp_path, text, name="a.txt"):
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "A\t100\t230\t300.25\t279.5\n",
        "A,100,230,300.25,279.5\n",
        "\nLabel;x1;y1;x2;y2\r\nA;100;230;300,25;279,5\r\n",
    ],
)
def test_separators_and_headers(tmp_path, text):
    (read,) = formats.read_landmarks(written(tmp_path, text), image_size=SIZE)
    assert_allclose(read.landmarks.points, WING_01[:2])
    assert (read.image, read.identifier, read.landmarks.names) == ("A", "A", ("1", "2"))


def test_table_of_ml_morph_is_recognised(tmp_path):
    path = written(tmp_path, "id,X1,Y1,X2,Y2\nwing_01.jpg,100,230,300.25,279.5\n", "a.csv")
    (read,) = formats.read_landmarks(path, image_size={"wing_01.jpg": SIZE}.get)
    assert_allclose(read.landmarks.points, WING_01[:2])
    assert read.image == "wing_01.jpg"


def test_written_file_byte_for_byte(tmp_path):
    small = [specimen(points=WING_01[:2]), specimen("b.jpg", WING_02[:2], identifier="b")]
    formats.write_landmarks(tmp_path / "a.txt", small)
    assert (tmp_path / "a.txt").read_bytes().decode() == (
        HEADER + "wing_01\t100.0\t230.0\t300.25\t279.5\n" + "b\t112.0\t221.0\t309.5\t268.0\n"
    )


def test_incomplete_specimens_are_named_as_left_out(tmp_path):
    gap = WING_02.copy()
    gap[1] = np.nan
    with pytest.warns(
        FormatWarning, match="no place for 1 specimens with missing landmarks, scales;"
    ):
        formats.write_landmarks(
            tmp_path / "a.txt", [specimen(scale=0.5), specimen("wing_02.jpg", gap)]
        )
    (again,) = formats.read_landmarks(tmp_path / "a.txt", image_size=SIZE)
    assert_allclose(again.landmarks.points, WING_01)
    with pytest.raises(FormatError, match="every specimen lacks a landmark"):
        formats.write_landmarks(tmp_path / "a.txt", [specimen(points=gap)])


def test_names_are_named_as_left_out(tmp_path):
    named = Specimen("wing_01.jpg", Landmarks.from_arrays(NAMES, WING_01), "A", image_size=SIZE)
    with pytest.warns(FormatWarning, match="no place for names of landmarks, images; left out"):
        formats.write_landmarks(tmp_path / "a.txt", [named])


def test_landmark_outside_the_image_is_warned_of(tmp_path):
    with pytest.warns(FormatWarning, match=r"line 2: x = 6000, y = 3 lies outside .* 640 x 480"):
        formats.read_landmarks(written(tmp_path, HEADER + "A\t6000\t3\t1\t1\n"), image_size=SIZE)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", "is empty; expected a table"),
        ("A 1 2\n", "line 1: no columns found"),
        (HEADER, "line 1: a header, but no rows"),
        (HEADER + "A\n", "line 2: expected x and y of each landmark"),
        ("A\tx1\ty1\tz1\nB\t1\t2\t3\n", "line 1: 3-D landmarks"),
        ("A\t1\t2\t3\n", "line 1: 3 numbers after the label, expected x and y in turn"),
        (HEADER + "A\t1\t2\t3\t4\nB\t1\t2\n", "line 3: 2 numbers after the label, expected 4"),
        (HEADER + "A\t1\t2\t3\tq\n", "line 2: 'q' is not a position in pixels"),
        (HEADER + "A\t1\t2\t3\tinf\n", "line 2: 'inf' is not a position in pixels"),
        (HEADER + "A\t1\t2\t3\tNA\n", "line 2: only one of the two coordinates"),
        ("A\t1\t2\t3\tq\n", "line 1: 'q' is not a number, but others in the line are"),
    ],
)
def test_contradictory_file_is_refused(tmp_path, text, finding):
    with pytest.raises(FormatError) as caught:
        formats.read_landmarks(written(tmp_path, text), image_size=SIZE)
    assert finding in str(caught.value)


def test_image_height_is_needed(tmp_path):
    with pytest.raises(FormatError, match=r"line 2: .*'A', whose height is not known"):
        formats.read_landmarks(written(tmp_path, HEADER + "A\t1\t2\t3\t4\n"))


def test_covariates_are_no_landmarks(tmp_path):
    text = "ID,sex,x1,y1,weight,X2,Y2\nA,1,100,230,0.5,300.25,279.5\n"
    with pytest.warns(FormatWarning, match="left out the columns sex, weight"):
        (read,) = formats.read_landmarks(written(tmp_path, text), image_size=SIZE)
    assert_allclose(read.landmarks.points, WING_01[:2])


@pytest.mark.parametrize(
    "text",
    [
        '"","X1","Y1","X2","Y2"\n"A",100,230,300.25,279.5\n',
        '"";"X1";"Y1";"X2";"Y2"\n"A";100;230;300,25;279,5\n',
        '"X1"\t"Y1"\t"X2"\t"Y2"\n"A"\t100\t230\t300.25\t279.5\n',
    ],
    ids=["write.csv", "write.csv2", "write.table with tabs"],
)
@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_tables_of_r_are_read(tmp_path, text, name):
    (read,) = formats.read_landmarks(written(tmp_path, text, name), image_size=SIZE)
    assert read.identifier == "A"
    assert_allclose(read.landmarks.points, WING_01[:2])
