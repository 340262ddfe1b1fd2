"""Files of formats that are only read, as their programs write them, for `damaged_files.py`."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import roifile

from napari_homolog.formats import Specimen


def wide(rows: list[Specimen], path: Path) -> None:
    """Write one row per specimen, with a pair of columns for each landmark."""
    names = rows[0].landmarks.names
    header = ",".join(["image", *(f"{name}_{axis}" for name in names for axis in "xy")])
    lines = [
        ",".join([one.image, *("" if np.isnan(v) else f"{v:.2f}" for v in _xy(one).ravel())])
        for one in rows
    ]
    path.write_text("\n".join([header, *lines]) + "\n")


def imagej(rows: list[Specimen], path: Path) -> None:
    """Write a selection of points, or an archive of them."""
    selections = []
    for one in rows:
        for point in _xy(one)[one.landmarks.present]:
            made = roifile.ImagejRoi.frompoints(np.array([point], np.float32))
            made.roitype = roifile.ROI_TYPE.POINT
            selections.append(made.tobytes())
    if len(rows) == 1:
        path.write_bytes(selections[0])
        return
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, selection in enumerate(selections):
            archive.writestr(f"mark {number}.roi", selection)
    path.write_bytes(packed.getvalue())


def imagej_table(rows: list[Specimen], path: Path) -> None:
    """Write the table of *Measure*."""
    lines = [" ,Label,X,Y"]
    for one in rows:
        for x, y in _xy(one)[one.landmarks.present]:
            lines.append(f"{len(lines)},{one.image},{x:.3f},{y:.3f}")
    path.write_text("\n".join(lines) + "\n")


def labelme(rows: list[Specimen], path: Path) -> None:
    """Write the points of labelme's annotation of one image."""
    shapes = [
        {"label": name, "points": [point.tolist()], "group_id": None, "shape_type": "point"}
        for name, point in zip(rows[0].landmarks.names, _xy(rows[0]), strict=True)
        if not np.isnan(point).any()
    ]
    document = {"version": "5.4.1", "flags": {}, "shapes": shapes, "imagePath": rows[0].image}
    path.write_text(json.dumps({**document, "imageHeight": 480, "imageWidth": 640}, indent=2))


def sleap(rows: list[Specimen], path: Path) -> None:
    """Write a SLEAP file with one instance on each frame."""
    import h5py

    names = list(rows[0].landmarks.names)
    nodes = [{"name": name, "weight": 1.0} for name in names]
    skeleton = {
        "graph": {"name": "wing"},
        "links": [],
        "nodes": [{"id": n} for n in range(len(nodes))],
    }
    video = {"backend": {"type": "ImageVideo", "filenames": [one.image for one in rows]}}
    count = len(names)
    instance = [
        *(("instance_id", "i8"), ("instance_type", "u1"), ("frame_id", "u8"), ("skeleton", "u4")),
        *(("track", "i4"), ("from_predicted", "i8"), ("score", "f4"), ("point_id_start", "u8")),
        *(("point_id_end", "u8"), ("tracking_score", "f4")),
    ]
    frame = [
        *(("frame_id", "u8"), ("video", "u4"), ("frame_idx", "u8"), ("instance_id_start", "u8")),
        ("instance_id_end", "u8"),
    ]
    point = [("x", "f8"), ("y", "f8"), ("visible", "?"), ("complete", "?")]
    with h5py.File(path, "w") as file:
        group = file.create_group("metadata")
        group.attrs["format_id"] = 1.3
        group.attrs["json"] = np.bytes_(json.dumps({"nodes": nodes, "skeletons": [skeleton]}))
        file["videos_json"] = [np.bytes_(json.dumps(video))]
        file["tracks_json"] = [np.bytes_(json.dumps([0, "Ann"]))]
        numbers = range(len(rows))
        file["frames"] = np.array([(n, 0, n, n, n + 1) for n in numbers], frame)
        file["instances"] = np.array(
            [(n, 0, n, 0, 0, -1, 0, n * count, (n + 1) * count, 0) for n in numbers], instance
        )
        points = [(x, y, x == x, True) for one in rows for x, y in _xy(one)]
        file["points"] = np.array(points, point)
        file["pred_points"] = np.array([], [*point, ("score", "f8")])


WRITERS: dict[str, Callable[[list[Specimen], Path], None]] = {
    "wide": wide,
    "imagej": imagej,
    "imagej-table": imagej_table,
    "labelme": labelme,
    "sleap": sleap,
}


def write_sample(name: str, rows: list[Specimen], path: Path, chance: random.Random) -> None:
    """Write specimens in a format that is only read, as far as one file holds them."""
    WRITERS[name](rows[:1] if chance.random() < 0.3 else rows, path)


def _xy(one: Specimen) -> np.ndarray:
    return one.landmarks.points[:, ::-1]
