"""DeepLabCut's tables in CSV and HDF5, with pandas as the other program."""

from __future__ import annotations

import sys

import h5py
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from wings import NAMES, WING_01, WING_02

from napari_homolog import Landmarks, formats
from napari_homolog.errors import FormatError
from napari_homolog.formats import FormatWarning, Specimen

LEVELS = ["scorer", "bodyparts", "coords"]
GAP = WING_02.copy()
GAP[1] = np.nan


def table(individuals=None, likelihood=False, index=None):
    """Return a table as DeepLabCut makes it, of wing_01 and wing_02, by pandas."""
    coordinates = ["x", "y", "likelihood"] if likelihood else ["x", "y"]
    several = [individuals] if individuals else []
    columns = pd.MultiIndex.from_product(
        [["Anna"], *several, NAMES, coordinates],
        names=["scorer", *(["individuals"] if individuals else []), "bodyparts", "coords"],
    )
    rows = []
    for points in (WING_01, GAP):
        values = points[:, ::-1]
        if likelihood:
            values = np.c_[values, np.full(5, 0.9)]
        rows.append(np.tile(values.ravel(), len(individuals or [1])))
    places = [("labeled-data", "wings", f"wing_0{n}.jpg") for n in (1, 2)]
    return pd.DataFrame(rows, index or pd.MultiIndex.from_tuples(places), columns)


def stored(frame, path, **options):
    if path.suffix == ".csv":
        frame.to_csv(path)
    else:
        frame.to_hdf(path, key="df_with_missing", mode="w", **options)
    return path


@pytest.fixture(params=[".csv", ".h5"])
def path(request, tmp_path):
    (tmp_path / "wings").mkdir()
    return tmp_path / "wings" / f"CollectedData_Anna{request.param}"


def write(path, specimens):
    formats.write_landmarks(path, specimens, format="deeplabcut" if path.suffix == ".csv" else None)


def specimen(image="wing_01.jpg", points=WING_01, names=NAMES, **rest):
    return Specimen(image, Landmarks.from_arrays(names, points), **rest)


def test_labels_of_single_animals(path):
    first, second = formats.read_landmarks(stored(table(), path))
    assert first.image == "labeled-data/wings/wing_01.jpg"
    assert first.landmarks.names == NAMES
    assert_allclose(first.landmarks.points, WING_01)
    assert_array_equal(second.landmarks.points, GAP)
    assert first.identifier is None
    assert first.confidence is None


def test_individuals_are_specimens_and_absent_ones_are_none(path):
    frame = table(individuals=["left", "right"])
    frame.loc[:, ("Anna", "right")] = np.nan
    frame.iloc[1] = np.r_[np.full(10, np.nan), GAP[:, ::-1].ravel()]
    first, second = formats.read_landmarks(stored(frame, path))
    assert (first.image[-11:], first.identifier) == ("wing_01.jpg", "left")
    assert (second.image[-11:], second.identifier) == ("wing_02.jpg", "right")
    assert_array_equal(second.landmarks.points, GAP)


def test_predictions_have_confidence_and_numbers_of_frames(path):
    first, second = formats.read_landmarks(stored(table(likelihood=True, index=[10, 11]), path))
    assert (first.image, first.identifier, second.identifier) == ("", "10", "11")
    assert_allclose(first.confidence, 0.9)
    # A likelihood of a point that is not there says nothing.
    assert_array_equal(second.confidence, [0.9, np.nan, 0.9, 0.9, 0.9])


def test_older_files_have_one_path_as_their_index(path):
    first, _ = formats.read_landmarks(
        stored(table(index=["wings/wing_01.jpg", "wings/wing_02.jpg"]), path)
    )
    assert first.image == "wings/wing_01.jpg"


def test_likelihood_beyond_one_is_cut_with_a_warning(path):
    frame = table(likelihood=True)
    frame.iloc[0, 2] = 1.05
    with pytest.warns(FormatWarning, match="1 likelihoods are not within 0 and 1"):
        first, _ = formats.read_landmarks(stored(frame, path))
    assert first.confidence[0] == 1


def test_position_of_which_half_is_missing_is_refused(path):
    frame = table()
    frame.iloc[0, 0] = np.nan
    where = {".csv": "line 4", ".h5": "row 1"}[path.suffix]
    with pytest.raises(FormatError, match=f"{where}: humeral_break has y but no x"):
        formats.read_landmarks(stored(frame, path))


def test_body_part_that_stands_twice_is_refused(path):
    stored(table(), path)
    if path.suffix == ".csv":
        path.write_text(path.read_text().replace("radial_fork", "wing_tip"))
    else:
        with h5py.File(path, "a") as file:
            labels = file["df_with_missing/axis0_label1"]
            labels[labels[()] == 3] = 4
    with pytest.raises(FormatError, match="duplicate body part 'wing_tip'"):
        formats.read_landmarks(path)


def test_pandas_reads_what_is_written(path):
    write(path, [specimen(), specimen("photos/wing_02.jpg", GAP)])
    if path.suffix == ".csv":
        read = pd.read_csv(path, header=[0, 1, 2], index_col=[0, 1, 2])
    else:
        read = pd.read_hdf(path)
    expected = table()
    expected.index = pd.MultiIndex.from_tuples(
        [("labeled-data", "wings", "wing_01.jpg"), ("labeled-data", "photos", "wing_02.jpg")]
    )
    pd.testing.assert_frame_equal(read, expected, check_names=False)
    assert list(read.columns.names) == LEVELS


def test_pandas_reads_several_individuals(path):
    specimens = [specimen(identifier=one) for one in ("left", "right")]
    write(path, [*specimens, specimen("wing_02.jpg", GAP, identifier="right")])
    if path.suffix == ".csv":
        read = pd.read_csv(path, header=[0, 1, 2, 3], index_col=[0, 1, 2])
    else:
        read = pd.read_hdf(path)
    assert list(read.columns.names) == ["scorer", "individuals", "bodyparts", "coords"]
    assert_array_equal(read["Anna"]["right"].to_numpy()[1].reshape(5, 2), GAP[:, ::-1])
    assert read["Anna"]["left"].iloc[1].isna().all()
    again = formats.read_landmarks(path)
    assert [one.identifier for one in again] == ["left", "right", "right"]


def test_replicates_with_names_of_their_own_become_numbered_individuals(path):
    many = [specimen(f"{n}.jpg", identifier=f"{n}{k}") for n in range(3) for k in "ab"]
    with pytest.warns(FormatWarning, match="has no place for identifiers;"):
        write(path, many)
    assert [one.identifier for one in formats.read_landmarks(path)] == [
        "individual1",
        "individual2",
    ] * 3


def test_confidence_is_named_as_left_out(path):
    full = specimen(confidence=np.ones(5), status=("predicted",) * 5, scale=0.5)
    with pytest.warns(FormatWarning, match="has no place for scales, confidence, status; left out"):
        write(path, [full])


@pytest.mark.parametrize(
    ("specimens", "finding"),
    [
        ([], "no specimen"),
        ([specimen("")], "has no image name"),
        ([specimen(), specimen("b.jpg", WING_01[:4], NAMES[:4])], "differ in their landmarks"),
        ([specimen("a.jpg", WING_01[:2], ("a b", "a  b"))], "duplicate body part 'a b'"),
    ],
)
def test_what_it_cannot_hold_is_refused(path, specimens, finding):
    with pytest.raises(FormatError, match=finding):
        write(path, specimens)
    assert not path.exists()


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("bodyparts,a,a\ncoords,x,y\nw.jpg,1,2\n", r"line 1: expected header rows scorer"),
        ("scorer,A,A\nbodyparts,a,a\ncoords,x,y\n", "line 3: a header, but no rows"),
        (
            "scorer,A,A\nbodyparts,a,a\ncoords,x,y\nw.jpg,1\n",
            "line 4: 2 fields, but the first line has 3",
        ),
        ("scorer,A,B\nbodyparts,a,a\ncoords,x,y\nw.jpg,1,2\n", "line 1: 2 scorers"),
        ("scorer,A,A\nbodyparts,a,a\ncoords,x,z\nw.jpg,1,2\n", "line 2: 'z' of 'a'; expected x, y"),
        (
            "scorer,A\nbodyparts,a\ncoords,x\nw.jpg,1\n",
            "line 2: body part 'a' needs the columns x and",
        ),
        ("scorer,A,A\nbodyparts,,\ncoords,x,y\nw.jpg,1,2\n", "line 2: a column has no body part"),
        ("scorer,A,A\nbodyparts,a,a\ncoords,x,y\nw.jpg,1,q\n", "line 4: 'q' is not a number"),
        ("scorer,A,A\nbodyparts,a,a\ncoords,x,y\nw.jpg,1,1e10\n", "line 4: a is not at a finite"),
        ("scorer,,\nbodyparts,,\ncoords,,\nw.jpg,1,2\n", "line 1: 0 scorers"),
    ],
)
def test_contradictory_csv_is_refused(tmp_path, text, finding):
    path = tmp_path / "labels.csv"
    path.write_text(text)
    with pytest.raises(FormatError) as caught:
        formats.read_landmarks(path)
    assert finding in str(caught.value)


@pytest.mark.filterwarnings("ignore::pandas.errors.PerformanceWarning")
def test_pickles_in_hdf5_are_refused(tmp_path):
    cells = stored(table().astype(object), tmp_path / "cells.h5")
    columns = stored(table(index=[0, 1]), tmp_path / "columns.h5", format="table")
    for path in (cells, columns):
        with pytest.raises(FormatError, match="which can run any program and are not read"):
            formats.read_landmarks(path)


def test_no_pickle_of_an_attribute_is_opened(tmp_path, monkeypatch):
    path = stored(table(), tmp_path / "trap.h5")
    opened = tmp_path / "opened"
    with h5py.File(path, "a") as file:
        file["df_with_missing"].attrs["info"] = f"cos\nsystem\n(S'touch {opened}'\ntR.".encode()
        file["df_with_missing/axis1_level0"].attrs["name"] = np.bytes_(b"cos\nabort\n(tR.")
    assert len(formats.read_landmarks(path)) == 2
    assert not opened.exists()


def test_links_into_other_files_are_not_followed(tmp_path):
    other = stored(table(), tmp_path / "other.h5")
    path = tmp_path / "link.h5"
    with h5py.File(path, "w") as file:
        file["df_with_missing"] = h5py.ExternalLink(str(other), "/df_with_missing")
    with pytest.raises(FormatError, match="there is no df_with_missing"):
        formats.read_landmarks(path)


def test_array_larger_than_the_file_is_refused_before_it_is_made(tmp_path):
    path = stored(table(), tmp_path / "huge.h5")
    with h5py.File(path, "a") as file:
        group = file["df_with_missing"]
        del group["block0_values"]
        group.create_dataset("block0_values", shape=(10**6, 10**6), chunks=(64, 64), dtype="f8")
    with pytest.raises(FormatError, match="larger than 50,000,000 bytes"):
        formats.read_landmarks(path)


def test_what_is_no_hdf5_is_refused(tmp_path):
    path = tmp_path / "a.h5"
    path.write_text("LM=3\n")
    with pytest.raises(FormatError, match="is not an HDF5 file of DeepLabCut"):
        formats.read_landmarks(path)


def test_without_h5py_it_is_said_what_to_install(tmp_path, monkeypatch):
    path = stored(table(), tmp_path / "a.h5")
    monkeypatch.setitem(sys.modules, "h5py", None)
    for call in (
        lambda: formats.read_landmarks(path),
        lambda: formats.write_landmarks(path, [specimen()]),
    ):
        with pytest.raises(FormatError, match=r"pip install napari-homolog\[deeplabcut\]"):
            call()
