"""Reading labels of SLEAP (``.slp``), which are HDF5 files with tables and texts in JSON.

Files before version 1.1 of SLEAP's format count from the corner of the first pixel, later ones from its
centre (https://io.sleap.ai, "SLP format").
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError, LandmarkError
from ..landmarks import Landmarks
from .file_specimen import ImageSize, Specimen, combined_error, size_of
from .hdf5 import DAMAGES, array_of, as_text, library, own_member, texts_of
from .placement import PlacementCheck
from .text_files import FAR

CENTRED = 1.1
"""First version of the format whose coordinates count from the centres of pixels."""

CORNER = 0.5
USER, PREDICTED = 0, 1
"""Types of instances."""


def read_sleap(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read the instances of a SLEAP file.

    Parameters
    ----------
    path : Path
        The file.
    image_size : (int, int) or callable, optional
        Height and width in pixels, which the specimens get.

    Returns
    -------
    list of Specimen
        One for each instance with a point. Instances that a person made from a prediction take its
        place. The image is the picture's file, or the video, whose frame is the identifier; the track
        follows it. Points that are not visible are missing.

    Raises
    ------
    FormatError
        If h5py is not installed, or the file is damaged.

    Warns
    -----
    FormatWarning
        About landmarks that contradict their images.
    """
    if not path.is_file():
        raise FormatError(f"There is no file {path}; check the name and the folder.")
    h5py = library(path)
    try:
        with h5py.File(path, "r") as file:
            return _Labels(h5py, path, file).specimens(image_size)
    except FormatError:
        raise
    except (*DAMAGES, MemoryError) as error:
        raise FormatError(
            f"{path} is no SLEAP file, or is damaged ({error}); save it anew with SLEAP."
        ) from error


class _Labels:
    """The contents of a file."""

    def __init__(self, h5py: Any, path: Path, file: Any) -> None:
        self._h5py, self._path, self._file = h5py, path, file
        attributes = self._member("metadata", h5py.Group).attrs
        version = float(attributes["format_id"])
        self._shift = 0.0 if version >= CENTRED else CORNER
        metadata = json.loads(as_text(attributes["json"]))
        names = [str(node["name"]) for node in metadata["nodes"]]
        self._skeletons = [
            # The nodes of all skeletons are in one list; each skeleton has its own order.
            [names[_index(node["id"], names)] for node in skeleton["nodes"]]
            for skeleton in metadata["skeletons"]
        ]
        self._tracks = [str(json.loads(text)[1]) for text in self._texts("tracks_json")]
        self._videos = self._read_videos()

    def specimens(self, image_size: ImageSize) -> list[Specimen]:
        """Return the specimens."""
        instances, frames = self._table("instances"), self._table("frames")
        points = {USER: self._table("points"), PREDICTED: self._table("pred_points")}
        replaced = set(instances["from_predicted"][instances["instance_type"] == USER].tolist())
        check, specimens, problems = PlacementCheck(self._path, upward=False), [], list[str]()
        for frame in frames:
            image, number = self._image(int(frame["video"]), int(frame["frame_idx"]))
            first, last = int(frame["instance_id_start"]), int(frame["instance_id_end"])
            if not 0 <= first <= last <= len(instances):
                raise FormatError(f"{self._path}: a frame has instances {first} to {last - 1}.")
            for row in instances[first:last]:
                kind = int(row["instance_type"])
                if kind == PREDICTED and int(row["instance_id"]) in replaced:
                    continue
                place = f"instance {int(row['instance_id'])}"
                found = self._points(row, points, place)
                if found is None:
                    continue
                names, xy, scores = found
                size = size_of(image, image_size) if image else None
                check.add(image, xy[:, ::-1], size, [f"{place}, {name}" for name in names])
                track = self._track(int(row["track"]))
                try:
                    specimens.append(
                        Specimen(
                            image,
                            Landmarks.from_arrays(names, xy[:, ::-1]),
                            " ".join(filter(None, (number, track))) or None,
                            confidence=scores,
                            status=("predicted",) * len(names) if kind == PREDICTED else None,
                            image_size=size,
                        )
                    )
                except LandmarkError as error:
                    problems.append(f"{self._path}, {place}: {error}")
        if problems:
            raise combined_error(problems)
        if not specimens:
            raise FormatError(f"{self._path}: no instance has a visible point; label some first.")
        check.warn()
        return specimens

    def _points(
        self, row: Any, points: dict[int, NDArray[Any]], place: str
    ) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64] | None] | None:
        """Return names, (x, y) and scores of an instance; None if no point is visible."""
        kind, start, end = (
            int(row[name]) for name in ("instance_type", "point_id_start", "point_id_end")
        )
        names = self._skeletons[_index(int(row["skeleton"]), self._skeletons)]
        if kind not in points or end - start != len(names) or not 0 <= start <= len(points[kind]):
            raise FormatError(
                f"{self._path}, {place}: type {kind} with points {start} to {end - 1} for the "
                f"{len(names)} nodes of its skeleton."
            )
        its = points[kind][start:end]
        if len(its) != len(names):
            raise FormatError(f"{self._path}, {place}: its points end early; is it a partial copy?")
        xy = np.stack([its["x"], its["y"]], axis=-1).astype(float) - self._shift
        hidden = ~its["visible"].astype(bool) | np.isnan(xy).any(1)
        if not (np.abs(xy[~hidden]) <= FAR).all():
            raise FormatError(f"{self._path}, {place}: a point is not a position in pixels.")
        xy[hidden] = math.nan
        if hidden.all():
            return None
        if kind == USER:
            return names, xy, None
        scores = its["score"].astype(float).clip(0, 1)
        scores[hidden] = math.nan
        return names, xy, None if np.isnan(scores).all() else scores

    def _image(self, video: int, frame: int) -> tuple[str, str]:
        """Return the image of a frame, and the frame's number if the image is a video."""
        if video not in self._videos:
            raise FormatError(f"{self._path}: a frame is of video {video}, which is not there.")
        files = self._videos[video]
        if isinstance(files, str):
            return files, str(frame)
        return files[_index(frame, files)], ""

    def _track(self, number: int) -> str:
        return "" if number < 0 else self._tracks[_index(number, self._tracks)]

    def _read_videos(self) -> dict[int, str | list[str]]:
        """Return the file of each video, or its pictures, by the number that frames use."""
        videos: dict[int, str | list[str]] = {}
        for index, text in enumerate(self._texts("videos_json")):
            video = json.loads(text)
            backend = video.get("backend") or video
            # Videos whose frames are in the file are numbered by the name of their group.
            group = re.match(r"video([0-9]{1,6})/", str(backend.get("dataset") or ""))
            if group is not None:
                backend = self._source(group[0][:-1]) or backend
            files = backend.get("filenames") or backend.get("filename")
            if isinstance(files, list):
                files = [str(file) for file in files]
            videos[int(group[1]) if group else index] = files if files else ""
        return videos

    def _source(self, group: str) -> dict[str, Any] | None:
        """Return what a video was of which frames are in the file itself."""
        link = self._file.get(f"{group}/source_video", getlink=True)
        if not isinstance(link, self._h5py.HardLink):
            return None
        video = json.loads(as_text(self._file[f"{group}/source_video"].attrs["json"]))
        return dict(video.get("backend") or video)

    def _member(self, name: str, kind: Any) -> Any:
        problem = f"{self._path}: there is no {name}; expected a file of SLEAP."
        return own_member(self._file, name, kind, problem)

    def _texts(self, name: str) -> list[str]:
        # An empty list of texts is stored as numbers.
        node = self._member(name, self._h5py.Dataset)
        return [] if node.size == 0 else texts_of(node, self._path, name)

    def _table(self, name: str) -> NDArray[Any]:
        table = array_of(self._member(name, self._h5py.Dataset), self._path, name)
        if table.ndim != 1 or table.dtype.names is None:
            raise FormatError(f"{self._path}: {name} is no table; expected a file of SLEAP.")
        return table


def _index(value: Any, sequence: Sequence[object]) -> int:
    """Return an index into a sequence; raise `IndexError` if it is none."""
    if type(value) is not int or not 0 <= value < len(sequence):
        raise IndexError(f"{value!r} is not among {len(sequence)}")
    return value
