"""TPS as this package writes it, and as another program reads it."""

from __future__ import annotations

import ktch.io
import numpy as np
import pytest
from numpy.testing import assert_allclose
from wings import SAMPLES, SIZE, WING_01, WING_02

from napari_homolog import Landmarks, formats
from napari_homolog.errors import FormatError, WriteError
from napari_homolog.formats import FormatWarning, Specimen
from napari_homolog.formats.tps import flip


def specimen(image="wing_01.jpg", points=WING_01, **rest):
    names = [str(n + 1) for n in range(len(points))]
    return Specimen(image, Landmarks.from_arrays(names, points), image_size=SIZE, **rest)


def test_y_runs_upwards_from_the_lower_edge():
    assert flip(0, 480) == 480
    assert flip(flip(200.5, 480), 480) == 200.5


def test_written_file_is_the_common_subset_byte_for_byte(tmp_path):
    path = tmp_path / "wings.tps"
    formats.write_landmarks(
        path,
        [
            specimen(identifier="0", scale=0.0125),
            specimen("wing_02.jpg", WING_02, identifier="1", scale=0.01265),
        ],
    )
    # The sample pads its scales with zeros; the numbers are the same.
    expected = (SAMPLES / "two-specimens-scale.tps").read_bytes()
    expected = expected.replace(b"0.012500", b"0.0125").replace(b"0.012650", b"0.01265")
    assert path.read_bytes() == expected


def test_ktch_reads_the_same_numbers(tmp_path):
    path = tmp_path / "wings.tps"
    formats.write_landmarks(
        path,
        [
            specimen(identifier="female_A", scale=0.0125, comment="leg. Meyer"),
            specimen("pictures/wing_02.jpg", WING_02, identifier="female_B", scale=3.3e-6),
        ],
    )
    read = ktch.io.read_tps(path)
    assert [one.specimen_name for one in read] == ["female_A", "female_B"]
    assert [one.image_path for one in read] == ["wing_01.jpg", "wing_02.jpg"]
    assert [one.scale for one in read] == [0.0125, 3.3e-6]
    for one, points in zip(read, (WING_01, WING_02), strict=True):
        assert_allclose(one.to_numpy(), np.c_[points[:, 1], 480 - points[:, 0]], atol=5e-6)


def test_what_ktch_writes_is_read_here(tmp_path):
    path = tmp_path / "ktch.tps"
    up = np.c_[WING_01[:, 1], 480 - WING_01[:, 0]]
    ktch.io.write_tps(path, up[None], idx=["A"], image_path=["wing_01.jpg"])
    (read,) = formats.read_landmarks(path, image_size=SIZE)
    assert_allclose(read.landmarks.points, WING_01, atol=1e-9)


def test_missing_landmarks_are_written_as_tpsdig_does(tmp_path):
    points = WING_02.copy()
    points[1] = np.nan
    formats.write_landmarks(tmp_path / "gap.tps", [specimen(points=points)])
    assert (tmp_path / "gap.tps").read_text().splitlines()[2] == "-1.00000 -1.00000"
    (again,) = formats.read_landmarks(tmp_path / "gap.tps", image_size=SIZE)
    assert_allclose(again.landmarks.points, points)


@pytest.mark.filterwarnings("ignore:Some programs mistake")
def test_comment_becomes_one_line(tmp_path):
    formats.write_landmarks(tmp_path / "a.tps", [specimen(comment="first\nLM=3\r\nthird")])
    (again,) = formats.read_landmarks(tmp_path / "a.tps", image_size=SIZE)
    assert again.comment == "first LM=3 third"


def test_edge_of_the_first_pixel_comes_back(tmp_path):
    points = np.array([(-0.5, -0.5), (479.5, 639.5), (479.5, -0.25)])
    formats.write_landmarks(tmp_path / "edge.tps", [specimen(points=points)])
    (again,) = formats.read_landmarks(tmp_path / "edge.tps", image_size=SIZE)
    assert_allclose(again.landmarks.points, points)


@pytest.mark.parametrize("point", [(480.5, 3), (3, -1), (500, -7), (-1e12, 3)])
def test_landmark_that_would_read_as_missing_is_refused(tmp_path, point):
    with pytest.raises(FormatError, match=r"landmark '1' at .* lies outside the image"):
        formats.write_landmarks(tmp_path / "a.tps", [specimen(points=[point])])
    assert list(tmp_path.iterdir()) == []


def test_scale_is_written_for_all_or_none(tmp_path):
    with pytest.warns(FormatWarning, match="1 of 2 specimens have no scale") as caught:
        formats.write_landmarks(tmp_path / "a.tps", [specimen(scale=0.5), specimen()])
    assert caught[0].filename == __file__
    assert "SCALE" not in (tmp_path / "a.tps").read_text()


def test_ktch_reads_the_curves(tmp_path):
    curve = np.array([(10.5, 20), (30, 40.25)])
    formats.write_landmarks(
        tmp_path / "a.tps", [specimen(identifier="A", curves=(curve, curve[:1]))]
    )
    read = ktch.io.read_tps(tmp_path / "a.tps")
    first, second = read.curves
    assert_allclose(first, [(20, 469.5), (40.25, 450)])
    assert_allclose(second, [(20, 469.5)])
    (again,) = formats.read_landmarks(tmp_path / "a.tps", image_size=SIZE)
    assert_allclose(again.curves[0], curve)
    assert_allclose(again.curves[1], curve[:1])


def test_what_tps_has_no_place_for_is_named_in_one_warning(tmp_path):
    named = Landmarks.from_arrays(["a", "b", "c", "d", "e"], WING_01)
    full = Specimen(
        "wing_01.jpg",
        named,
        confidence=np.ones(5),
        spread=np.ones(5),
        status=("manual",) * 5,
        occluded=np.ones(5, bool),
        image_size=SIZE,
    )
    with pytest.warns(FormatWarning) as caught:
        formats.write_landmarks(tmp_path / "a.tps", [full])
    (told,) = caught
    lost = "names of landmarks, confidence, spread, status, occlusion; left out."
    assert str(told.message).endswith(f"TPS (tpsDig, geomorph) has no place for {lost}")


@pytest.mark.parametrize("scale", [0.0, -1.0, np.inf, np.nan])
def test_impossible_scale_is_refused(tmp_path, scale):
    with pytest.raises(FormatError, match="expected a positive number"):
        formats.write_landmarks(tmp_path / "a.tps", [specimen(scale=scale)])


def test_identifiers_are_made_unique(tmp_path):
    many = [specimen(identifier=one) for one in ("A", "A", "A_2", None)]
    with pytest.warns(FormatWarning, match=r"1 specimens had the identifier of another .*: A_3"):
        formats.write_landmarks(tmp_path / "a.tps", many)
    read = formats.read_landmarks(tmp_path / "a.tps", image_size=SIZE)
    assert [one.identifier for one in read] == ["A", "A_3", "A_2", "3"]


@pytest.mark.parametrize("image", ["LEPIDOPTERA_01.jpg", "a=b.png", "SCALE.png"])
def test_image_name_that_others_misread_is_warned_of(tmp_path, image):
    with pytest.warns(FormatWarning, match="mistake") as caught:
        formats.write_landmarks(tmp_path / "a.tps", [specimen(image)])
    assert caught[0].filename == __file__
    (again,) = formats.read_landmarks(tmp_path / "a.tps", image_size=SIZE)
    assert again.image == image


def test_what_tps_cannot_hold_is_refused_and_leaves_the_old_file(tmp_path):
    path = tmp_path / "old.tps"
    path.write_text("old")
    unsized = Specimen("a.png", Landmarks({"1": (1, 2)}))
    for specimens, message in [
        ([], "no specimen"),
        ([unsized], "height of the image 'a.png' is not known"),
        ([specimen(), specimen(points=WING_01[:4])], "differ in their landmarks"),
        ([specimen(image="a\udcff.png")], "not valid Unicode"),
        ([specimen(image="a\0.png")], "NUL"),
    ]:
        with pytest.raises(FormatError, match=message):
            formats.write_landmarks(path, specimens)
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]


def test_folder_that_does_not_exist(tmp_path):
    with pytest.raises(WriteError, match="cannot be written"):
        formats.write_landmarks(tmp_path / "none" / "a.tps", [specimen()])
