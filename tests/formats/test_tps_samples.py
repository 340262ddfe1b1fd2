"""TPS files of many hands: what is read, and with which line a broken one is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from wings import GAP, SAMPLES, SIZE, WING_01, WING_02

from napari_homolog import formats
from napari_homolog.errors import FormatError
from napari_homolog.formats import FormatWarning


def read(name):
    return formats.read_landmarks(SAMPLES / name, image_size=SIZE)


@pytest.mark.parametrize(
    ("name", "points", "images", "identifiers", "scales"),
    [
        ("minimal.tps", [WING_01], ["wing_01.jpg"], ["0"], [None]),
        (
            "two-specimens-scale.tps",
            [WING_01, WING_02],
            ["wing_01.jpg", "wing_02.jpg"],
            ["0", "1"],
            [0.0125, 0.01265],
        ),
        (
            "crlf-latin1-windows-path.tps",
            [WING_01, WING_02],
            [rf"C:\Users\Zoé\Flügel 2024\wing_0{n}.JPG" for n in (1, 2)],
            ["0", "1"],
            [0.0125, 0.01265],
        ),
        (
            "bom-lowercase-tabs.tps",
            [WING_01, WING_02],
            ["wing_01.jpg", "wing_02.jpg"],
            ["female_A", "female_B"],
            [0.0125, 0.01265],
        ),
        ("keyword-inside-name.tps", [WING_01], ["ID_LM=7_SCALE_01.jpg"], ["A7"], [0.0125]),
        ("broken/utf16.tps", [WING_01], ["wing_01.jpg"], ["0"], [None]),
        (
            "broken/path-traversal.tps",
            [WING_01, WING_02, WING_02, WING_02],
            [
                r"..\..\..\private\wing_01.jpg",
                "/absolute/place/wing_02.jpg",
                r"\\server\share\wing_02.jpg",
                "file:///absolute/place/wing_02.jpg",
            ],
            ["0", "1", "2", "3"],
            [None] * 4,
        ),
        (
            "broken/mixed-counts.tps",
            [WING_01, WING_02[:4]],
            ["wing_01.jpg", "wing_02.jpg"],
            ["0", "1"],
            [None, None],
        ),
    ],
)
def test_good_file(name, points, images, identifiers, scales):
    specimens = read(name)
    assert [s.image for s in specimens] == images
    assert [s.identifier for s in specimens] == identifiers
    assert [s.scale for s in specimens] == scales
    for specimen, expected in zip(specimens, points, strict=True):
        assert_allclose(specimen.landmarks.points, expected, atol=1e-12)
        assert specimen.landmarks.names == tuple(str(n + 1) for n in range(len(expected)))
        assert specimen.image_size == SIZE


def test_centroid_sizes_in_pixels_and_millimetres():
    first, second = read("two-specimens-scale.tps")
    assert_allclose(first.landmarks.centroid_size(), 417.652, atol=5e-4)
    assert_allclose(second.landmarks.centroid_size(), 411.855, atol=5e-4)
    assert_allclose(first.landmarks.centroid_size() * first.scale, 5.22065, atol=5e-6)
    assert_allclose(second.landmarks.centroid_size() * second.scale, 5.20996, atol=5e-6)


def test_comment_in_windows_encoding_keeps_umlauts_and_equals_sign():
    first, second = read("crlf-latin1-windows-path.tps")
    assert first.comment == "Männchen, Köln; leg. Müller = 1998"
    assert second.comment is None


def test_missing_landmarks_keep_their_numbers():
    first, second, third = read("missing-and-scale.tps")
    assert first.landmarks.present.all()
    assert_array_equal(second.landmarks.present, [True, False, True, True, False])
    expected = WING_02.copy()
    expected[[1, 4]] = GAP
    assert_allclose(second.landmarks.points, expected)
    assert_array_equal(third.landmarks.present, [True, True, False, True, True])
    assert_allclose(third.landmarks["4"], (480 - 158, 380))
    assert [first.scale, second.scale, third.scale] == [0.0125, 0.01265, None]


def test_replicates_of_one_image_stay_apart():
    first, second = read("replicates.tps")
    assert (first.image, second.image) == ("wing_01.jpg", "wing_01.jpg")
    assert (first.identifier, second.identifier) == ("wing_01_a", "wing_01_b")
    distances = np.linalg.norm(first.landmarks.points - second.landmarks.points, axis=1)
    assert_allclose(distances, [1.414, 0.901, 1.581, 1.458, 1.118], atol=5e-4)


def test_curves_stay_beside_the_landmarks_and_variables_are_named_as_left_out():
    with pytest.warns(FormatWarning, match=r"left out VARIABLES= \(line 18\)") as caught:
        (specimen,) = read("curves.tps")
    (told,) = caught
    assert told.filename == __file__
    assert_allclose(specimen.landmarks.points, WING_01[[0, 2, 4]])
    assert [len(curve) for curve in specimen.curves] == [4, 3]
    rows = (SAMPLES / "curves.tps").read_text().split("POINTS=4\n")[1].splitlines()[:4]
    upwards = np.array([row.split() for row in rows], dtype=float)
    assert_allclose(specimen.curves[0], np.c_[480 - upwards[:, 1], upwards[:, 0]])


def test_left_out_parts_of_many_specimens_make_one_warning(tmp_path):
    block = "LM=1\n1 2\nOUTLINES=1\nPOINTS=1\n3 4\nID={}\n"
    path = tmp_path / "many.tps"
    path.write_text("".join(block.format(n) for n in range(30)))
    with pytest.warns(FormatWarning, match=r"1 outline of 1 points.* 10 more specimens") as caught:
        assert len(formats.read_landmarks(path, image_size=SIZE)) == 30
    assert len(caught) == 1


REFUSED = [
    ("outline.tps", [(1, "no landmarks (LM=0); 1 outline of 6 points ignored")]),
    ("broken/truncated.tps", [(12, "1 number where x and y"), (12, "2 complete coordinate rows")]),
    ("broken/lm-count-too-many-rows.tps", [(5, "LM=3 (line 1) but 5")]),
    ("broken/lm-count-too-few-rows.tps", [(7, "LM=6 (line 1) but 5")]),
    ("broken/non-numeric.tps", [(3, "'27q.50000' is not a number")]),
    ("broken/one-column.tps", [(3, "1 number where x and y")]),
    ("broken/three-columns-in-lm.tps", [(3, "3 numbers where x and y")]),
    ("broken/decimal-comma.tps", [(n, "decimal comma") for n in (2, 3, 4, 5, 6, 9)]),
    ("broken/huge-lm.tps", [(1, "LM=999999999999 (line 1) but 5")]),
    (
        "broken/bad-lm-value.tps",
        [(1, "expected a whole number of at least 0 after LM=, but found '-5'")],
    ),
    (
        "broken/lm-not-a-number.tps",
        [(1, "expected a whole number of at least 0 after LM=, but found 'five'")],
    ),
    ("broken/inf-and-nan.tps", [(3, "not a finite position"), (4, "only one of the two")]),
    ("broken/half-missing.tps", [(3, "missing, or outside the image?")]),
    ("broken/nul-bytes.tps", [(4, "NUL bytes")]),
    ("broken/lm3.tps", [(1, "3-D landmarks (LM3=)")]),
    ("broken/curve-count-mismatch.tps", [(11, "CURVES=2 (line 5) but 1 POINTS=")]),
    ("broken/foreign-line-in-block.tps", [(3, "'KEYPOINT'")]),
    ("broken/empty.tps", [(1, "no LM= found")]),
    ("broken/xml-named.tps", [(1, "no LM= found; this looks like XML")]),
]


@pytest.mark.parametrize(("name", "findings"), REFUSED, ids=[name for name, _ in REFUSED])
def test_broken_file_is_refused_with_its_line(name, findings):
    with pytest.raises(FormatError) as caught:
        read(name)
    lines = str(caught.value).splitlines()
    for line, text in findings:
        start = f"{SAMPLES / name}, line {line}: "
        assert any(told.startswith(start) and text in told for told in lines), lines
    assert len(lines) == len({(line, text) for line, text in findings})


def test_truncated_file_is_taken_for_a_partial_copy():
    with pytest.raises(FormatError, match=r"LM=5 \(line 9\) .* file ends: is it a partial copy\?"):
        read("broken/truncated.tps")


def test_doubtful_scales_are_warned_of():
    with pytest.warns(FormatWarning) as caught:
        specimens = read("broken/scale-suspicious.tps")
    told = [str(warning.message) for warning in caught]
    assert [s.scale for s in specimens] == [80.0, None, None]
    assert len(told) == 3
    assert "line 9: SCALE=80.0 is more than one unit per pixel" in told[0]
    assert "line 18: SCALE=0 is not a positive number" in told[1]
    assert "line 27: SCALE=-0.0125 is not a positive number" in told[2]


def test_landmark_outside_the_image_is_warned_of():
    with pytest.warns(FormatWarning, match=r"line 4: x = 6000, .* outside .* 640 x 480") as caught:
        (specimen,) = read("broken/outside-image.tps")
    assert len(caught) == 1
    assert_allclose(specimen.landmarks["3"], (240, 6000))


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("LM=1\n1 2\nIMAGE=a\nIMAGE=b\n", "line 4: a second IMAGE= (the first is on line 3)"),
        ("LM=0\n1 2\nIMAGE=a\n", "line 2: LM=0 (line 1) but 1 complete coordinate rows"),
        ("1 2\nLM=1\n1 2\n", "line 1: '1 2' is before the first LM="),
        ("IMAGE=a\nLM=1\n1 2\n", "line 1: IMAGE= is before the first LM="),
        ("LM=1\n1 2\nPOINTS=1\n1 2\n", "line 3: POINTS= without a CURVES="),
        ("LM=1\n1_0 2\n", "line 2: '1_0' is not a number"),
        ("LM=1\n-inf 2\n", "line 2: '-inf 2' is not a finite position"),
        ("LM=1\n1 2\nSCALE=wide\n", "line 3: SCALE=wide is not a number"),
        ("LM=1\n1 2\nCURVES=1\nPOINTS=1\n3 x\n", "line 5: 'x' is not a number"),
        ("LM=1\n1 2\nCURVES=1\nCHAIN=1\n3 4 0 7\n", "line 4: CHAIN= belongs to OUTLINES="),
        ("LM=1\n1 2\nCURVES=1\nPOINTS=2\n3 4\n", "line 4: POINTS=2 but 1 coordinate rows"),
        ("LM=1\n1 2\nstray\n", "line 3: 1 number where x and y were expected"),
    ],
)
def test_contradictory_lines_are_refused(tmp_path, text, finding):
    path = tmp_path / "contradictory.tps"
    path.write_text(text)
    with pytest.raises(FormatError) as caught:
        formats.read_landmarks(path, image_size=SIZE)
    assert finding in str(caught.value)


def test_no_more_than_twenty_findings_are_listed(tmp_path):
    path = tmp_path / "bad.tps"
    path.write_text("LM=50\n" + "x y\n" * 50)
    with pytest.raises(FormatError) as caught:
        formats.read_landmarks(path, image_size=SIZE)
    assert len(str(caught.value).splitlines()) == 20


def test_image_height_is_needed():
    with pytest.raises(FormatError, match=r"line 1: .*wing_01\.jpg.* height is not known"):
        formats.read_landmarks(SAMPLES / "minimal.tps")


def test_image_height_may_differ_from_image_to_image():
    sizes = {"wing_01.jpg": (480, 640), "wing_02.jpg": (500, 640)}
    first, second = formats.read_landmarks(
        SAMPLES / "two-specimens-scale.tps", image_size=sizes.__getitem__
    )
    assert_allclose(first.landmarks.points, WING_01)
    assert_allclose(second.landmarks.points, WING_02 + [(20, 0)])


def test_clean_file_gives_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read("two-specimens-scale.tps")


def test_missing_file_and_unknown_suffix(tmp_path):
    with pytest.raises(FormatError, match="There is no file"):
        formats.read_landmarks(tmp_path / "none.tps", image_size=SIZE)
    with pytest.raises(FormatError, match=r"must end in \.tps or \.csv"):
        formats.read_landmarks(tmp_path / "wings.docx")
