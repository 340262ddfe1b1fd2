"""`homolog check`: a model beside the shipped one, on drawings and on a folder of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from napari_homolog.benchmark.model_check import Accuracy, conclude, difference_interval
from napari_homolog.cli import app
from napari_homolog.errors import DatasetError
from napari_homolog.synthetic import generate
from small_models import save_small_sd1

QUICK = ("--preset", "fast", "--set", "learn.restarts=1", "--set", "learn.steps=40")


def homolog(*arguments: object) -> str:
    return CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False).stdout


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of three digitised specimens, as the benchmark reads it."""
    images = []
    for index in range(3):
        specimen = generate("leaf", 40 + index, (90, 100))
        Image.fromarray(specimen.image).save(tmp_path / f"{index}.png")
        points = [[float(col), float(row), 1] for row, col in specimen.landmarks.points]
        images.append({"file": f"{index}.png", "group": "leaves", "keypoints": points})
    names = list(specimen.landmarks.names)
    (tmp_path / "keypoints.json").write_text(
        json.dumps({"keypoint_names": names, "images": images})
    )
    return tmp_path


def test_a_model_is_measured_beside_the_shipped_one(own: Path) -> None:
    """Random weights find nothing by themselves; the shipped model finds the drawings' landmarks."""
    model = save_small_sd1(own / "model")
    arguments = ("check", model, "--data", own, "--targets", 2, "--pairs", 4, "--json")
    told = json.loads(homolog(*arguments, *QUICK))
    assert told["model"]["name"] == str(model)
    assert set(told["measured"]) == set(told["shipped"]) == {"synthetic", "own"}
    random, shipped = told["measured"]["synthetic"], told["shipped"]["synthetic"]
    assert shipped["mean_error_before_refinement"] < 10
    assert random["mean_error_before_refinement"] > 2 * shipped["mean_error_before_refinement"]
    assert random["mean_error_same_place"] == shipped["mean_error_same_place"]
    assert told["measured"]["own"]["targets"] == 4
    assert 0.1 < told["peak_memory_gb"] < 50
    assert "does not find landmarks" in told["conclusion"][0]
    assert "On your specimens" in told["conclusion"][1]


def test_the_shipped_model_alone_and_a_folder_without_specimens(tmp_path: Path) -> None:
    printed = homolog("check", "embedded", "--targets", 2, *QUICK)
    assert "embedded works here" in printed
    assert "give a folder of your own" in " ".join(printed.split())
    with pytest.raises(DatasetError, match=r"keypoints\.json or \.tps file"):
        homolog("check", "embedded", "--data", tmp_path)


def accuracy(found: list[float], seconds: float) -> Accuracy:
    errors = np.array(found)
    return Accuracy(errors, errors, np.full(len(found), 20.0), 1.0, seconds)


def test_what_is_concluded() -> None:
    drawings = accuracy([3.0, 3.0], 2.0)
    for own, expected in (
        ([1.0, 1.2, 0.9, 1.1], "big is better than the shipped model: 1.05 against 2.05"),
        ([3.0, 3.2, 2.9, 3.1], "big is worse than the shipped model: 3.05 against 2.05"),
        ([1.0, 3.2, 1.0, 3.1], "no difference to the shipped model can be told (2.08 against"),
    ):
        said = conclude(
            "big",
            {"synthetic": drawings, "own": accuracy(own, 6.0)},
            {"synthetic": drawings, "own": accuracy([2.0, 2.2, 1.9, 2.1], 2.0)},
        )
        assert said[0].startswith(
            "big works here: on drawings it finds the landmarks by itself to 3.0"
        )
        assert "where copying their places is 20.0 % off" in said[0]
        assert expected in said[1]
        assert "3.0 times its time" in said[1]


def test_an_interval_of_equal_differences_is_that_difference() -> None:
    assert difference_interval(np.array([2.0, 5.0, 7.0]), np.array([1.0, 4.0, 6.0])) == (1.0, 1.0)
