"""Labels of SLEAP, in files made as SLEAP's documentation lays them out."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_homolog import formats
from napari_homolog.errors import FormatError
from napari_homolog.formats import FormatWarning

h5py = pytest.importorskip("h5py")

INSTANCE = [
    *(("instance_id", "i8"), ("instance_type", "u1"), ("frame_id", "u8"), ("skeleton", "u4")),
    *(("track", "i4"), ("from_predicted", "i8"), ("score", "f4"), ("point_id_start", "u8")),
    *(("point_id_end", "u8"), ("tracking_score", "f4")),
]
FRAME = [
    *(("frame_id", "u8"), ("video", "u4"), ("frame_idx", "u8"), ("instance_id_start", "u8")),
    ("instance_id_end", "u8"),
]
POINT = [("x", "f8"), ("y", "f8"), ("visible", "?"), ("complete", "?")]
VIDEO = {"backend": {"type": "MediaVideo", "filename": "flies/fly.mp4", "shape": [9, 60, 80, 3]}}
PICTURES = {"backend": {"type": "ImageVideo", "filename": "a.png", "filenames": ["a.png", "b.png"]}}


def write(path: Path, version: float = 1.3, videos: list[Any] = [VIDEO, PICTURES]) -> Path:  # noqa: B006
    """Write two frames: one of the video with a prediction corrected, one of the second picture."""
    skeleton = {
        "graph": {"name": "fly"},
        "links": [],
        # In another order than in the list of all nodes.
        "nodes": [{"id": 2}, {"id": 0}],
    }
    names = [{"name": name, "weight": 1.0} for name in ("thorax", "unused", "head")]
    with h5py.File(path, "w") as file:
        group = file.create_group("metadata")
        group.attrs["format_id"] = version
        group.attrs["json"] = np.bytes_(json.dumps({"nodes": names, "skeletons": [skeleton]}))
        file["videos_json"] = [np.bytes_(json.dumps(video)) for video in videos]
        file["tracks_json"] = [np.bytes_(json.dumps([0, "Ann"]))]
        file["frames"] = np.array([(0, 0, 7, 0, 3), (1, 1, 1, 3, 4)], FRAME)
        file["instances"] = np.array(
            [
                (0, 1, 0, 0, 0, -1, 0.9, 0, 2, 0),
                (1, 0, 0, 0, 0, 0, 0.0, 0, 2, 0),
                (2, 1, 0, 0, -1, -1, 0.8, 2, 4, 0),
                (3, 0, 1, 0, -1, -1, 0.0, 2, 4, 0),
            ],
            INSTANCE,
        )
        points = [(10, 20, 1, 0), (30, 40, 1, 0), (11, 21, 1, 0), (5, 5, 0, 0)]
        file["points"] = np.array(points, POINT)
        scored = [
            (9, 19, 1, 0, 0.7),
            (29, 39, 1, 0, 0.6),
            (50, 41, 1, 0, 0.5),
            (51, 42, 1, 0, 0.25),
        ]
        file["pred_points"] = np.array(scored, [*POINT, ("score", "f8")])
    return path


@pytest.mark.parametrize(("version", "shift"), [(1.3, 0.0), (1.0, 0.5)])
def test_instances_become_specimens(tmp_path: Path, version: float, shift: float) -> None:
    path = write(tmp_path / "labels.slp", version)
    corrected, predicted, picture = formats.read_landmarks(path, image_size=(60, 80))
    # The person's instance takes the place of the prediction that it was made from.
    assert (corrected.image, corrected.identifier) == ("flies/fly.mp4", "7 Ann")
    assert corrected.landmarks.names == ("head", "thorax")
    # (row, col) of x = 10, y = 20 and x = 30, y = 40.
    assert_allclose(corrected.landmarks.points, np.subtract([(20, 10), (40, 30)], shift))
    assert corrected.status is None
    assert (predicted.identifier, predicted.status) == ("7", ("predicted", "predicted"))
    assert predicted.confidence is not None
    assert_allclose(predicted.confidence, [0.5, 0.25])
    # The picture of a list of pictures; a point that is not visible is missing.
    assert (picture.image, picture.identifier) == ("b.png", None)
    assert picture.landmarks.present.tolist() == [True, False]


def test_labels_become_a_table_and_come_back(tmp_path: Path) -> None:
    read = formats.read_landmarks(write(tmp_path / "labels.slp"))
    formats.write_landmarks(tmp_path / "a.csv", read)
    again = formats.read_landmarks(tmp_path / "a.csv")
    for one, other in zip(read, again, strict=True):
        assert (one.image, one.identifier) == (other.image, other.identifier)
        assert_allclose(one.landmarks.points, other.landmarks.points)


def test_frames_inside_the_file_are_those_of_their_source(tmp_path: Path) -> None:
    inside = {"backend": {"type": "HDF5Video", "filename": ".", "dataset": "video1/video"}}
    path = write(tmp_path / "a.pkg.slp", videos=[VIDEO, inside])
    with h5py.File(path, "a") as file:
        source = file.create_group("video1/source_video")
        source.attrs["json"] = np.bytes_(json.dumps(PICTURES))
    assert formats.read_landmarks(path)[-1].image == "b.png"


def test_points_outside_their_image_are_told_once(tmp_path: Path) -> None:
    with pytest.warns(FormatWarning, match="lies outside the image") as caught:
        formats.read_landmarks(write(tmp_path / "labels.slp"), image_size=(30, 30))
    assert len(caught) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("metadata", None), "there is no metadata"),
        (("points", np.array([(1, 2, 1, 0)], POINT)), "its points end early"),
        (("frames", np.array([(0, 5, 0, 0, 1)], FRAME)), "video 5, which is not there"),
        (("frames", np.array([(0, 0, 0, 0, 99)], FRAME)), "has instances 0 to 98"),
        (("frames", np.array([(0, 1, 9, 3, 4)], FRAME)), "9 is not among 2"),
        (("instances", np.zeros(4)), "instances is no table"),
        (("videos_json", [b"["]), "is no SLEAP file, or is damaged"),
    ],
)
def test_what_is_damaged_is_refused(tmp_path: Path, change: Any, message: str) -> None:
    path = write(tmp_path / "labels.slp")
    name, value = change
    with h5py.File(path, "a") as file:
        del file[name]
        if value is not None:
            file[name] = value
    with pytest.raises(FormatError, match=message):
        formats.read_landmarks(path)


def test_nothing_is_read_from_other_files(tmp_path: Path) -> None:
    other = write(tmp_path / "other.slp")
    path = write(tmp_path / "labels.slp")
    with h5py.File(path, "a") as file:
        del file["points"]
        file["points"] = h5py.ExternalLink(str(other), "points")
    with pytest.raises(FormatError, match="there is no points"):
        formats.read_landmarks(path)


def test_without_h5py_the_command_that_installs_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "labels.slp")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(FormatError, match=r"pip install napari-homolog\[deeplabcut\]"):
        formats.read_landmarks(path)


def test_thousands_of_frames_are_read_in_seconds(tmp_path: Path) -> None:
    path = write(tmp_path / "labels.slp")
    count = 5_000
    with h5py.File(path, "a") as file:
        instances = np.repeat(file["instances"][1:2], count)
        instances["instance_id"], instances["from_predicted"] = np.arange(count), -1
        frames = np.zeros(count, FRAME)
        frames["frame_idx"] = frames["instance_id_start"] = np.arange(count)
        frames["instance_id_end"] = np.arange(count) + 1
        for name, table in (("instances", instances), ("frames", frames)):
            del file[name]
            file[name] = table
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(formats.read_landmarks(path)) == count
