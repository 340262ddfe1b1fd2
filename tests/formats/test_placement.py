"""Landmark files that are unfinished, or contradict their images."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_homolog import formats
from napari_homolog.errors import FormatError
from napari_homolog.formats import FormatWarning

SIZE = (480, 640)


def read(tmp_path, text, name="a.tps", **options):
    path = tmp_path / name
    path.write_text(text)
    return formats.read_landmarks(path, **{"image_size": SIZE} | options)


def test_specimens_without_landmarks_are_skipped_in_one_warning(tmp_path):
    text = "LM=1\n10 400\nIMAGE=a.jpg\nLM=0\nIMAGE=b.jpg\nLM=0\nIMAGE=c.jpg\n"
    with pytest.warns(
        FormatWarning, match=r"2 of 3 specimens have no landmarks yet: b.jpg, c.jpg\."
    ) as caught:
        (specimen,) = read(tmp_path, text)
    assert specimen.image == "a.jpg"
    assert len(caught) == 1


def test_a_file_without_any_landmark_is_refused(tmp_path):
    with pytest.raises(FormatError, match=r"line 1: no landmarks \(LM=0\)"):
        read(tmp_path, "LM=0\nIMAGE=b.jpg\nLM=0\nIMAGE=c.jpg\n")


def test_several_comments_are_joined(tmp_path):
    text = "LM=1\n10 400\nCOMMENT=first line\nCOMMENT=second line\nSCALE=0.01\n"
    (specimen,) = read(tmp_path, text)
    assert (specimen.comment, specimen.scale) == ("first line second line", 0.01)


def test_a_landmark_outside_the_image_is_kept_on_request(tmp_path):
    text = "LM=3\n-12.0 400\n200 300\n-1 -1\nIMAGE=a.jpg\n"
    with pytest.raises(FormatError, match="missing, or outside the image"):
        read(tmp_path, text)
    with pytest.warns(FormatWarning, match="line 2: x = -12, y = 400 lies outside the image"):
        (specimen,) = read(tmp_path, text, keep_outside=True)
    assert_allclose(specimen.landmarks.points, [(80, -12), (180, 200), (np.nan, np.nan)])


def test_points_outside_many_images_make_one_warning_with_the_likely_cause(tmp_path):
    text = "".join(f"LM=2\n500 300\n790 100\nIMAGE={n}.jpg\n" for n in range(30))
    # The specimens reach 790 pixels to the right; 640 / 790 = 0.81.
    with pytest.warns(FormatWarning, match=r"at most 0\.81 times as large") as caught:
        assert len(read(tmp_path, text)) == 30
    assert len(caught) == 1
    assert "and 25 more specimens" in str(caught[0].message)


@pytest.mark.parametrize("height", [480, 4800])
def test_landmarks_in_a_corner_are_taken_for_scaled_ones(tmp_path, height):
    text = "LM=3\n12.5 3.25\n14.125 4.5\n16.0 9.75\nIMAGE=a.jpg\n"
    with pytest.warns(FormatWarning, match="in a corner .* multiplied by a scale") as caught:
        read(tmp_path, text, image_size=(height, 4000))
    assert len(caught) == 1


def keypoints(**changes):
    content = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 480}],
        "annotations": [
            {
                "id": 1,
                "image_id": 1,
                "category_id": 1,
                "keypoints": [10, 20, 2, 300, 400, 1, 0, 0, 0],
            }
        ],
        "categories": [{"id": 1, "name": "points", "keypoints": []}],
    }
    return json.dumps(content | changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "category points has no keypoint names"),
        ({"categories": []}, "there are no categories"),
    ],
)
def test_coco_without_names_is_numbered_with_one_warning(tmp_path, changes, told):
    with pytest.warns(FormatWarning, match=told) as caught:
        (specimen,) = read(tmp_path, keypoints(**changes), "a.json")
    assert len(caught) == 1
    assert specimen.landmarks.names == ("1", "2", "3")
    assert_allclose(specimen.landmarks.points, [(20, 10), (400, 300), (np.nan, np.nan)])


def test_a_size_in_coco_that_is_not_the_images_is_told(tmp_path):
    with pytest.warns(FormatWarning) as caught:
        (specimen,) = read(tmp_path, keypoints(), "a.json", image_size=(640, 480))
    told = " ".join(str(warning.message) for warning in caught)
    assert "said to have 640 x 480 pixels, but has 480 x 640" in told
    assert "turned by 90 degrees" in told
    assert specimen.image_size == (480, 640)


def test_keypoints_outside_the_stated_size_are_told(tmp_path):
    images = [{"id": 1, "file_name": "a.jpg", "width": 200, "height": 480}]
    named = [{"id": 1, "name": "points", "keypoints": ["a", "b", "c"]}]
    with pytest.warns(
        FormatWarning, match="x = 300, y = 400 lies outside the image 'a.jpg' of 200"
    ):
        read(tmp_path, keypoints(images=images, categories=named), "a.json", image_size=None)


def test_deeplabcut_tables_may_have_decimal_commas(tmp_path):
    text = (
        "scorer;;;me;me;me;me\nbodyparts;;;a;a;b;b\ncoords;;;x;y;x;y\n"
        "labeled-data;v;img1.png;10,5;20,25;30;40\n"
    )
    (specimen,) = read(tmp_path, text, "CollectedData_me.csv")
    assert_allclose(specimen.landmarks.points, [(20.25, 10.5), (40, 30)])


TABLES = {
    "tidy.csv": "image,landmark,x,y\na.jpg,1,10,20\na.jpg,2,{x},{y}\n",
    "napari.csv": "index,axis-0,axis-1\n0,20,10\n1,{y},{x}\n",
    "deeplabcut.csv": "scorer,,,me,me,me,me\nbodyparts,,,1,1,2,2\ncoords,,,x,y,x,y\n"
    "labeled-data,b,a.jpg,10,20,{x},{y}\n",
    "a.txt": "<shapes type=list>\n\t<landmarks.pixel type=matrix rownames=TRUE colnames=FALSE "
    "nrow=2 ncol=2 as.numeric=TRUE >\n\t\t1\t10\t20\n\t\t2\t{x}\t{y}\n"
    "\t</landmarks.pixel>\n</shapes>\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_that_contradicts_its_images_is_told_once(tmp_path, name):
    with pytest.warns(FormatWarning, match=r"x = 800, y = 60 lies outside .*0\.8 times") as caught:
        (specimen,) = read(tmp_path, TABLES[name].format(x=800, y=60), name)
    assert_allclose(specimen.landmarks.points, [(20, 10), (60, 800)])
    assert len(caught) == 1
    with pytest.warns(FormatWarning, match="in a corner far smaller than the image"):
        read(tmp_path, TABLES[name].format(x=12, y=21), name)
    # Without the image nothing is told.
    read(tmp_path, TABLES[name].format(x=800, y=60), name, image_size=None)


@pytest.mark.parametrize("name", ["a.tps", "a.csv"])
def test_points_on_the_unturned_raster_are_told_with_the_way_out(tmp_path, name):
    """Case 04: the camera was held upright, the program showed the photograph lying."""
    text = "LM=2\n600 100\n300 280\nIMAGE=phone.jpg\n"
    if name == "a.csv":
        text = "image,landmark,x,y\nphone.jpg,1,600,100\nphone.jpg,2,300,280\n"
    with pytest.warns(FormatWarning, match=r"turned by 90 degrees.*--as-stored"):
        read(tmp_path, text, name, image_size=(640, 480))
