from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from training.judge import SYNTHETIC, _error, _photographs, _synthetic

from napari_homolog import Landmarks


def test_the_error_is_in_percent_of_centroid_size() -> None:
    # A square of side 2 has the centroid size sqrt(4 * 2); every point is off by 5.
    true = Landmarks({"a": (0.0, 0.0), "b": (0.0, 2.0), "c": (2.0, 2.0), "d": (2.0, 0.0)})
    found = Landmarks.from_arrays(true.names, true.points + [3, 4])
    assert _error(found, true) == pytest.approx(100 * 5 / np.sqrt(8))


def test_landmarks_that_the_truth_lacks_do_not_count() -> None:
    true = Landmarks({"a": (0.0, 0.0), "b": (0.0, 2.0), "c": None})
    found = Landmarks({"a": (0.0, 0.0), "b": (0.0, 2.0), "c": (50.0, 50.0)})
    assert _error(found, true) == 0


def test_photographs_are_read_by_group(tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), "white").save(tmp_path / "a.png")
    entry = {"file": "a.png", "width": 30, "height": 20, "keypoints": [[4, 7, 1], [31, 5, 1]]}
    images = [{**entry, "group": "one"}, {**entry, "group": "two"}]
    layout = {"keypoint_names": ["tip", "edge"], "images": images}
    (tmp_path / "keypoints.json").write_text(json.dumps(layout))
    (specimen,) = _photographs(tmp_path, "two")
    np.testing.assert_array_equal(specimen.landmarks.points, [[7, 4], [5, 29]])
    assert specimen.read().shape == (20, 30, 3)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_synthetic_sets_have_landmarks_to_judge(name: str) -> None:
    for specimen in _synthetic(SYNTHETIC[name], 3):
        assert specimen.landmarks.present.sum() >= 3
