"""A folder of one's own: images with ``keypoints.json`` or TPS files beside them."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath
from typing import Any

from ...errors import DatasetError
from ...landmarks import Landmarks
from .layout import Dataset, Protocol
from .pair import Pair, Picture, ordered_pairs

LISTING = "keypoints.json"


def _read(dataset: Dataset, folder: Path, _protocol: Protocol) -> list[Pair]:
    if (folder / LISTING).is_file():
        return ordered_pairs(_from_json(dataset, folder))
    files = sorted(path for path in folder.glob("*") if path.suffix.lower() == ".tps")
    if not files:
        raise dataset.missing(folder, f"{LISTING} or .tps file")
    return ordered_pairs([one for file in files for one in _from_tps(dataset, folder, file)])


def _from_json(dataset: Dataset, folder: Path) -> list[Picture]:
    path = folder / LISTING
    document = dataset.document(path)
    try:
        names = document["keypoint_names"]
        pictures = [_from_entry(dataset, folder, names, entry) for entry in document["images"]]
    except DatasetError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise dataset.damaged(path, f"{type(error).__name__}: {error}") from error
    return [picture for picture in pictures if picture.landmarks.present.any()]


def _from_entry(dataset: Dataset, folder: Path, names: list[str], entry: dict[str, Any]) -> Picture:
    marks = {
        name: (y, x) if visible else None
        for name, (x, y, visible) in zip(names, entry["keypoints"], strict=True)
    }
    file = str(entry["file"])
    # A group is named, or is the folder in the image's original name.
    parent = Path(str(entry.get("name", ""))).parent.name
    category = str(entry.get("group") or parent or "all")
    return Picture(file, dataset.require(folder, file), Landmarks(marks), category)


def _from_tps(dataset: Dataset, folder: Path, file: Path) -> list[Picture]:
    """Return the specimens of a TPS file; each file is a group."""
    from ... import formats
    from ...images import image_size

    def place(image: str) -> Path:
        name = PureWindowsPath(image).name
        return dataset.require(folder, name, f"images/{name}")

    specimens = formats.read_landmarks(file, image_size=lambda image: image_size(place(image)))
    return [
        Picture(
            place(specimen.image).relative_to(folder).as_posix(),
            place(specimen.image),
            specimen.landmarks,
            file.stem,
        )
        for specimen in specimens
        if specimen.landmarks.present.any()
    ]


FOLDER = Dataset(
    name="folder",
    title="images with landmarks",
    place="your own specimens",
    tree="""\
keypoints.json: {"keypoint_names": [...], "images": [{"file": ..., "group": ...,
    "keypoints": [[x, y, visible], ...]}, ...]}, y downwards from the upper edge
or GROUP.tps, a file for each group, with the images beside it or in images/""",
    read=_read,
)
