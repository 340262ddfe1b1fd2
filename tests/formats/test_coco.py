"""COCO keypoints: what is read, what is refused, and what pycocotools makes of our files."""

from __future__ import annotations

import contextlib
import copy
import io
import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pycocotools.coco import COCO
from wings import NAMES, SIZE, WING_01, WING_02

from napari_homolog import Landmarks, formats
from napari_homolog.errors import FormatError
from napari_homolog.formats import FormatWarning, Specimen


def keypoints(points, flags):
    return [
        value for (row, col), flag in zip(points, flags, strict=True) for value in (col, row, flag)
    ]


GOOD = {
    "info": {"version": "1.0"},
    "images": [
        {"id": 7, "file_name": "wing_01.jpg", "width": 640, "height": 480},
        {"id": 8, "file_name": "../private/wing_02.jpg", "width": 640, "height": 480},
    ],
    "categories": [{"id": 3, "name": "wing", "keypoints": list(NAMES), "skeleton": [[1, 2]]}],
    "annotations": [
        {
            "id": 1,
            "image_id": 7,
            "category_id": 3,
            "keypoints": keypoints(WING_01.tolist(), (2, 2, 2, 1, 2)),
        },
        {
            "id": 2,
            "image_id": 8,
            "category_id": 3,
            "keypoints": keypoints([*WING_02[:4].tolist(), (0, 0)], (2, 2, 2, 2, 0)),
        },
    ],
}


@pytest.fixture
def content():
    return copy.deepcopy(GOOD)


def written(tmp_path, content):
    path = tmp_path / "wings.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    return path


def test_visibility_tells_missing_occluded_and_visible(tmp_path, content):
    first, second = formats.read_landmarks(written(tmp_path, content))
    assert first.landmarks.names == NAMES
    assert_allclose(first.landmarks.points, WING_01)
    assert_array_equal(first.occluded, [False, False, False, True, False])
    assert (first.image, first.image_size) == ("wing_01.jpg", SIZE)
    assert_allclose(second.landmarks.points[:4], WING_02[:4])
    assert_array_equal(second.landmarks.present, [True] * 4 + [False])
    assert second.occluded is None
    assert second.image == "../private/wing_02.jpg"


def test_size_of_an_image_may_come_from_the_caller(tmp_path, content):
    del content["images"][0]["width"], content["images"][0]["height"]
    first, _ = formats.read_landmarks(
        written(tmp_path, content), image_size={"wing_01.jpg": (900, 1000)}.get
    )
    assert first.image_size == (900, 1000)


def test_categories_without_names_are_numbered_with_a_warning(tmp_path, content):
    del content["categories"][0]["keypoints"]
    with pytest.warns(FormatWarning, match="category wing has no keypoint names"):
        first, _ = formats.read_landmarks(written(tmp_path, content))
    assert first.landmarks.names == ("1", "2", "3", "4", "5")


def test_skeleton_counted_from_zero_is_warned_of(tmp_path, content):
    content["categories"][0]["skeleton"] = [[0, 1]]
    with pytest.warns(FormatWarning, match="skeleton has index 0, but COCO counts from 1"):
        formats.read_landmarks(written(tmp_path, content))


def test_annotations_without_keypoints_are_left_out_with_a_warning(tmp_path, content):
    content["annotations"].append({"id": 3, "image_id": 7, "category_id": 3, "bbox": [1, 2, 3, 4]})
    with pytest.warns(FormatWarning, match="left out 1 annotations without keypoints"):
        assert len(formats.read_landmarks(written(tmp_path, content))) == 2


def change(content, *path_and_value):
    *path, last, value = path_and_value
    for step in path:
        content = content[step]
    content[last] = value


@pytest.mark.parametrize(
    ("change_to", "finding"),
    [
        (("annotations", 1, "id", 1), "annotations: id 1 is used on line"),
        (("annotations", 0, "id", None), "one of the annotations has no id"),
        (("annotations", 0, "id", [1]), "one of the annotations has no id"),
        (
            ("annotations", 1, "image_id", 99),
            "annotation id 2: image_id 99 is not among the images",
        ),
        (("annotations", 1, "image_id", {}), "image_id {} is not among the images"),
        (("annotations", 0, "category_id", 9), "category_id 9 is not among the categories"),
        (
            ("annotations", 0, "keypoints", [1] * 14),
            "annotation id 1: 14 numbers in keypoints, 3 x 5",
        ),
        (("annotations", 0, "keypoints", [1] * 12), "12 numbers in keypoints, 3 x 5 expected"),
        (("annotations", 0, "keypoints", "abc"), "'abc' numbers in keypoints"),
        (("annotations", 0, "keypoints", 2, 7), "visibility 7, expected 0, 1 or 2"),
        (("annotations", 0, "keypoints", 0, float("nan")), "nan is not a position in pixels"),
        (("annotations", 0, "keypoints", 0, 1e99), "1e+99 is not a position in pixels"),
        (("annotations", 0, "keypoints", 0, True), "True is not a position in pixels"),
        (("annotations", 0, "homolog", 1), "homolog must be an object"),
        (("annotations", 0, "homolog", {"scale": -1}), "homolog.scale must be a positive number"),
        (
            ("annotations", 0, "homolog", {"status": [1]}),
            "homolog.status must be a list of words",
        ),
        (("annotations", 0, "homolog", {"comment": 3}), "homolog.comment must be text"),
        (
            ("annotations", 0, "homolog", {"confidence": [2]}),
            "homolog.confidence must be numbers",
        ),
        (
            ("annotations", 0, "homolog", {"confidence": [1]}),
            "5 landmarks but 1 values of confidence",
        ),
        (("categories", 0, "keypoints", ["a"] * 5), "Duplicate landmark names: 'a'"),
        (("categories", 0, "keypoints", "abcde"), "keypoints must be a list of names"),
        (("images", 0, "file_name", None), "image id 7 has no file_name"),
        (("images", 0, "width", -3), "image id 7 has width -3 and height 480"),
        (("images", 0), "line"),
    ],
)
def test_contradictory_file_is_refused(tmp_path, content, change_to, finding):
    change(content, *(change_to if len(change_to) > 2 else (*change_to, "no image")))
    path = written(tmp_path, content)
    with pytest.raises(FormatError) as caught:
        formats.read_landmarks(path)
    assert str(caught.value).startswith(f"{path}, line ")
    assert finding in str(caught.value)


def test_line_is_that_on_which_the_annotation_starts(tmp_path, content):
    content["annotations"][1]["image_id"] = 99
    path = written(tmp_path, content)
    lines = path.read_text().splitlines()
    starts = [number for number, line in enumerate(lines, 1) if line == "  {"]
    with pytest.raises(FormatError, match=rf"line {starts[-1]}: annotation id 2"):
        formats.read_landmarks(path)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", "line 1: not valid JSON: expected '{'. The file ends early"),
        ('{"images": [\n{"id": 1,', "line 2: not valid JSON"),
        ('{"images": [], "annotations": ["a', "The file ends early: is it a partial copy?"),
        ("[]", "wings.json, line 1: a list, but expected an object .* is it a file of results"),
        ("{}", "line 1: no list of images and no list of annotations; expected"),
        ('{"images": 3}', "no list of images"),
        ("{} {}", "line 1: not valid JSON: something follows"),
        ("{3: 4}", "line 1: not valid JSON: expected a name in quotes"),
        ('{"a": 1 "b": 2}', "line 1: not valid JSON: expected ','"),
        ('{"a": ' + "[" * 100_000, "not a landmark file|not valid JSON"),
        ('{"a": ' + "9" * 5000 + "}", "not a landmark file"),
        ('{"images": [], "annotations": [], "categories": []}', "no annotation has keypoints"),
    ],
)
def test_what_is_no_coco_is_refused(tmp_path, text, finding):
    with pytest.raises(FormatError, match=finding):
        formats.read_landmarks(written(tmp_path, text))


def test_pycocotools_reads_what_is_written(tmp_path):
    gap = WING_02.copy()
    gap[1] = np.nan
    hidden = np.array([False, False, True, False, False])
    specimens = [
        Specimen("wing_01.jpg", Landmarks.from_arrays(NAMES, WING_01), "A", image_size=SIZE),
        Specimen(
            "wing_02.jpg", Landmarks.from_arrays(NAMES, gap), occluded=hidden, image_size=SIZE
        ),
        Specimen("wing_02.jpg", Landmarks({"eye": (1, 2)}), scale=0.5, image_size=SIZE),
    ]
    path = tmp_path / "wings.json"
    formats.write_landmarks(path, specimens)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(path))
    assert [image["file_name"] for image in coco.loadImgs(coco.getImgIds())] == [
        "wing_01.jpg",
        "wing_02.jpg",
    ]
    assert coco.loadCats(1)[0]["keypoints"] == list(NAMES)
    first, second, third = coco.loadAnns(coco.getAnnIds())
    assert_allclose(np.reshape(first["keypoints"], (5, 3)), np.c_[WING_01[:, ::-1], [2] * 5])
    assert second["num_keypoints"] == 4
    assert second["keypoints"][3:9] == [0, 0, 0, 604.75, 254.5, 1]
    assert_allclose(first["bbox"], [100, 200.5, 500, 144.5])
    assert first["area"] == 500 * 144.5
    assert third["category_id"] == 2
    assert {"iscrowd", "area", "num_keypoints", "bbox"} <= set(third)


def test_size_of_images_is_needed_to_write(tmp_path):
    with pytest.raises(FormatError, match="height of the image 'a' is not known, and COCO states"):
        formats.write_landmarks(tmp_path / "a.json", [Specimen("a", Landmarks({"tip": (1, 2)}))])
