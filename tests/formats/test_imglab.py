"""The XML of dlib's imglab."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_homolog import Landmarks, formats
from napari_homolog.errors import FormatError
from napari_homolog.formats import FormatWarning, Specimen

SAMPLE = """<?xml version='1.0' encoding='ISO-8859-1'?>
<dataset><images>
  <image file='wing_01.jpg' width='640' height='480'>
    <box top='60' left='40' width='560' height='340'>
      <part name='0' x='120' y='90'/><part name='1' x='140' y='96'/>
      <part name='10' x='300' y='310'/><part name='11' x='330' y='300'/>
      <part name='2' x='170' y='101'/>
    </box>
  </image>
  <image file='wing_02.jpg'><box top='55' left='42' width='560' height='340'/></image>
</images></dataset>
"""


def test_parts_are_sorted_as_numbers_and_bare_boxes_are_counted(tmp_path):
    (tmp_path / "a.xml").write_text(SAMPLE)
    with pytest.warns(FormatWarning, match="1 of 2 boxes have no landmarks yet: wing_02.jpg"):
        (wing,) = formats.read_landmarks(tmp_path / "a.xml")
    assert wing.image == "wing_01.jpg"
    assert wing.landmarks.names == ("0", "1", "2", "10", "11")
    assert_allclose(
        wing.landmarks.points, [(90, 120), (96, 140), (101, 170), (310, 300), (300, 330)]
    )


def test_a_part_that_a_box_lacks_is_missing_and_comes_back(tmp_path):
    names = [str(n + 1) for n in range(11)]
    points = np.array([(10.0 * n + 5, 7.0 * n + 3) for n in range(11)])
    gap = points.copy()
    gap[9] = np.nan
    wings = [
        Specimen(name, Landmarks.from_arrays(names, given), image_size=(480, 640))
        for name, given in (("a.jpg", points), ("b.jpg", gap))
    ]
    formats.write_landmarks(tmp_path / "a.xml", wings)
    for old, new in zip(wings, formats.read_landmarks(tmp_path / "a.xml"), strict=True):
        assert (new.image, new.landmarks.names) == (old.image, old.landmarks.names)
        assert_allclose(new.landmarks.points, old.landmarks.points)
    # dlib sorts names as text, which leading zeros make the order of the numbers.
    assert 'name="01" x="3" y="5"' in (tmp_path / "a.xml").read_text()


def test_dlib_reads_what_is_written(tmp_path):
    dlib = pytest.importorskip("dlib")
    from PIL import Image

    Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 80), np.uint8)).save(
        tmp_path / "a.png"
    )
    marks = Landmarks({str(n + 1): (5 + 3 * n, 8 + 4 * n) for n in range(11)})
    formats.write_landmarks(tmp_path / "a.xml", [Specimen("a.png", marks, image_size=(60, 80))] * 2)
    options = dlib.shape_predictor_training_options()
    options.tree_depth, options.cascade_depth, options.num_trees_per_cascade_level = 1, 1, 1
    options.oversampling_amount = 2
    options.num_test_splits, options.feature_pool_size = 2, 10
    dlib.train_shape_predictor(str(tmp_path / "a.xml"), str(tmp_path / "a.dat"), options)
    image = dlib.load_grayscale_image(str(tmp_path / "a.png"))
    (box, *_) = formats.read_boxes(tmp_path / "a.xml")
    rectangle = dlib.rectangle(
        *(round(side) for side in (box.box.left + 0.5, box.box.top + 0.5)),
        *(round(side) for side in (box.box.right - 0.5, box.box.bottom - 0.5)),
    )
    shape = dlib.shape_predictor(str(tmp_path / "a.dat"))(image, rectangle)
    # Trained on one specimen only, the mean shape is that specimen, in the order of the landmarks.
    found = [(part.y, part.x) for part in shape.parts()]
    assert_allclose(found, marks.points, atol=1)


def test_rounding_is_told(tmp_path):
    wing = Specimen("a.png", Landmarks({"tip": (5.5, 8.25)}))
    with pytest.warns(FormatWarning, match="no place for fractions of pixels"):
        formats.write_landmarks(tmp_path / "a.xml", [wing])


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("<part name='a' x='q' y='1'/>", "part a: x = 'q' and y = '1'; expected numbers"),
        ("<part name='a' x='1' y='1'/><part name='a' x='2' y='1'/>", "two parts 'a' in one box"),
        ("<part x='1' y='1'/>", "a part has no name"),
        ("", "no box has parts"),
        ("<part", "not valid XML"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, part, told):
    box = f"<box top='1' left='1' width='5' height='5'>{part}</box>"
    text = f"<dataset><images><image file='a'>{box}</image></images></dataset>"
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(FormatError, match=told):
        formats.read_landmarks(tmp_path / "a.xml")
