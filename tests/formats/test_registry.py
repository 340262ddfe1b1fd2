"""The choice between formats."""

from __future__ import annotations

import pytest

from napari_homolog import Landmarks, formats
from napari_homolog.errors import FormatError
from napari_homolog.formats import FORMATS, SUFFIXES, SUFFIXES_TO_WRITE, Specimen


def specimens(row=30.5):
    return [Specimen("a.png", Landmarks({"1": (10, 20), "2": (row, 40)}), "a", image_size=(60, 80))]


def test_every_format_has_a_name_a_title_and_suffixes():
    assert len({one.name for one in FORMATS}) == len({one.title for one in FORMATS}) == len(FORMATS)
    assert all(suffix.startswith(".") for one in FORMATS for suffix in one.suffixes)
    assert [one.name for one in FORMATS if not one.can_write] == [
        *("ml-morph", "wide", "imagej", "imagej-table", "labelme", "sleap")
    ]
    assert all(one.can_read for one in FORMATS)
    writable = (".tps", ".csv", ".h5", ".hdf5", ".json", ".txt", ".xml")
    assert writable == SUFFIXES_TO_WRITE
    assert (*writable, ".roi", ".zip", ".slp") == SUFFIXES


@pytest.mark.parametrize("one", [one for one in FORMATS if one.can_write], ids=lambda one: one.name)
def test_written_file_is_recognised_by_its_suffix_and_first_line(tmp_path, one):
    # imglab holds whole pixels.
    row = 30 if one.name == "imglab" else 30.5
    path = tmp_path / f"file{one.suffixes[0]}"
    formats.write_landmarks(path, specimens(row), format=one.name)
    for name in (None, one.name):
        (read,) = formats.read_landmarks(path, format=name, image_size=(60, 80))
        assert read.landmarks.names == ("1", "2")
        assert read.landmarks.points.tolist() == [
            [10, 20],
            [30 if one.name == "imglab" else 30.5, 40],
        ]


def test_format_may_be_named_whatever_the_suffix(tmp_path):
    formats.write_landmarks(tmp_path / "a.dat", specimens(), format="tps")
    (read,) = formats.read_landmarks(tmp_path / "a.dat", format="tps", image_size=(60, 80))
    assert read.landmarks["2"].tolist() == [30.5, 40]
    with pytest.raises(FormatError, match=r"must end in \.tps or \.csv or"):
        formats.read_landmarks(tmp_path / "a.dat")


def test_csv_is_written_as_the_tidy_table(tmp_path):
    formats.write_landmarks(tmp_path / "a.csv", specimens())
    assert (tmp_path / "a.csv").read_text().startswith("image,specimen,landmark,name,x,y,")


def test_unknown_names_and_formats_that_are_only_read(tmp_path):
    with pytest.raises(FormatError, match="There is no format 'dlc'; choose one of tps, tidy,"):
        formats.read_landmarks(tmp_path / "a.csv", format="dlc")
    with pytest.raises(FormatError, match="format ml-morph cannot be written"):
        formats.write_landmarks(tmp_path / "a.csv", specimens(), format="ml-morph")


def test_table_of_the_wrong_kind_is_refused(tmp_path):
    formats.write_landmarks(tmp_path / "a.csv", specimens())
    with pytest.raises(FormatError, match="line 1: expected napari's columns axis-0 and axis-1"):
        formats.read_landmarks(tmp_path / "a.csv", format="napari")


def test_names_that_no_landmark_can_have_are_an_error_of_the_file(tmp_path):
    path = tmp_path / "wing.txt"
    formats.write_landmarks(path, specimens(), format="stereomorph")
    path.write_text(path.read_text().replace("\t\t2\t", "\t\t1\t"))
    with pytest.raises(FormatError, match=r"wing\.txt: .*'1'"):
        formats.read_landmarks(path)
