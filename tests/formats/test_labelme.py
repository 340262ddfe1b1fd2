"""labelme's points, which are measured from the corner of the first pixel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_homolog.errors import FormatError
from napari_homolog.formats import FormatWarning, read_landmarks


def point(label: str, x: float, y: float, group: int | None = None) -> dict[str, Any]:
    return {
        "label": label,
        "points": [[x, y]],
        "group_id": group,
        "shape_type": "point",
        "flags": {},
    }


def write(path: Path, shapes: list[Any], **further: Any) -> Path:
    whole = {
        "version": "5.5.0",
        "flags": {},
        "shapes": shapes,
        "imagePath": "..\\scans\\wing.jpg",
        "imageData": None,
        "imageHeight": 200,
        "imageWidth": 300,
    }
    path.write_text(json.dumps({**whole, **further}))
    return path


def test_points_of_one_specimen(tmp_path: Path) -> None:
    box = {"label": "body", "points": [[1, 1], [9, 9]], "shape_type": "rectangle"}
    path = write(tmp_path / "wing.json", [point("tip", 12.5, 34.5), box, point("base", 100, 7)])
    with pytest.warns(FormatWarning, match="left out 1 shapes that are no points"):
        (wing,) = read_landmarks(path)
    assert wing.image == "..\\scans\\wing.jpg"
    assert wing.landmarks.names == ("tip", "base")
    assert wing.landmarks.points.tolist() == [[34, 12], [6.5, 99.5]]
    assert wing.image_size == (200, 300)


def test_groups_are_specimens(tmp_path: Path) -> None:
    shapes = [point("tip", 5, 6, 1), point("tip", 15, 16, 2), point("base", 20, 20, 2)]
    first, second = read_landmarks(write(tmp_path / "wing.json", shapes))
    assert (first.identifier, second.identifier) == ("1", "2")
    np.testing.assert_array_equal(first.landmarks.points, [[5.5, 4.5], [np.nan, np.nan]])
    assert second.landmarks.points.tolist() == [[15.5, 14.5], [19.5, 19.5]]


def test_contradictions_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "wing.json", [point("tip", 305, 34)])
    with pytest.warns(FormatWarning) as told:
        read_landmarks(path, image_size=(300, 200))
    assert "turned by 90 degrees" in "".join(str(one.message) for one in told)
    assert "outside the image" in "".join(str(one.message) for one in told)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([], "no points among its 0 shapes"),
        ([point("tip", 1, 2), point("tip", 3, 4)], "second point 'tip'; number the labels"),
        ([{"label": "tip", "points": [[1]], "shape_type": "point"}], "no label and two numbers"),
        ([point("tip", float("nan"), 2)], "no label and two numbers"),
        ([point("tip", 1, 2, [3])], "no label and two numbers"),  # type: ignore[arg-type]
        ([3], "no label and two numbers"),
    ],
)
def test_what_holds_no_landmarks(tmp_path: Path, shapes: list[Any], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_landmarks(write(tmp_path / "wing.json", shapes))
