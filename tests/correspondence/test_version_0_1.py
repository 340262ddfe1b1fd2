"""Landmark sets written by version 0.1 open with the same values and give the same points."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import napari_homolog as nh
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import LandmarkSetError

FOLDER = Path(__file__).parents[1] / "samples" / "version_0_1"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text())
PRESETS = ("fast", "precise", "exact", "paper")

SHARED = ("method", "views", "noise", "layers", "heads", "crop_share", "close_up_share")
METHODS = {"frozen": "cached-queries", "exact": "full-unet"}
RENAMED = {"rounds": "restarts", "arrangement": "shape_prior", "turns": "rotations"}


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[str, Callable[[dict[str, Any]], None]], Path]:
    """Return a function that edits the JSON header of a copy of a sample and returns its path."""

    def edit(name: str, change: Callable[[dict[str, Any]], None]) -> Path:
        data = (FOLDER / f"{name}.safetensors").read_bytes()
        end = 8 + int.from_bytes(data[:8], "little")
        table = json.loads(data[8:end])
        header = json.loads(table["__metadata__"]["homolog"])
        change(header)
        table["__metadata__"]["homolog"] = json.dumps(header)
        text = json.dumps(table).encode()
        text += b" " * (-len(text) % 8)
        path = tmp_path / "edited.safetensors"
        path.write_bytes(len(text).to_bytes(8, "little") + text + data[end:])
        return path

    return edit


def load_without_warning(path: Path) -> nh.LandmarkSet:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return nh.LandmarkSet.load(path)


@pytest.mark.parametrize("name", PRESETS)
def test_the_values_are_those_that_were_written(name: str) -> None:
    expected = EXPECTED[name]
    learned = load_without_warning(FOLDER / f"{name}.safetensors")
    assert list(learned.names) == expected["names"]
    assert learned.seed == expected["seed"]
    assert list(learned.references) == expected["references"]
    assert list(learned.coarse.repeats) == expected["repeats"]
    assert learned.coarse.restarts == expected["rounds"]
    assert float(learned.coarse.tokens.double().sum()) == pytest.approx(
        expected["tokens_sum"], abs=1e-3
    )
    np.testing.assert_array_equal(learned.mean_shape, expected["arrangement"])
    assert (learned.close_up is not None) == (name == "precise")
    assert (learned.cycle_reference is not None) == (name != "paper")
    assert (learned.coarse.reference_attention is not None) == (name != "paper")
    assert ((learned.reference_background >= 0) & (learned.reference_background <= 1)).all()


@pytest.mark.parametrize("name", PRESETS)
def test_every_setting_has_its_present_name_and_the_same_value(name: str) -> None:
    written = EXPECTED[name]["preset"]
    preset = load_without_warning(FOLDER / f"{name}.safetensors").preset
    assert preset.name == written["name"]
    for part in ("learn", "locate"):
        for setting, value in written[part].items():
            room = preset.shared if setting in SHARED else getattr(preset, part)
            present = getattr(room, RENAMED.get(setting, setting))
            assert present == (METHODS[value] if setting == "method" else value), setting


@pytest.mark.parametrize("name", PRESETS)
def test_locating_gives_the_points_and_the_confidence_of_version_0_1(
    embedded: Backbone, name: str
) -> None:
    learned = load_without_warning(FOLDER / f"{name}.safetensors")
    image = nh.read_image(FOLDER / "beetle_1.png")
    prediction = nh.locate(embedded, image, learned, context=nh.RunContext(seed=7))
    np.testing.assert_allclose(prediction.points, EXPECTED[name]["points"], atol=1e-3, rtol=0)
    np.testing.assert_allclose(
        prediction.confidence, EXPECTED[name]["confidence"], atol=1e-4, rtol=0
    )


@pytest.mark.parametrize("name", PRESETS)
def test_a_set_that_is_saved_again_keeps_its_values(name: str, tmp_path: Path) -> None:
    learned = load_without_warning(FOLDER / f"{name}.safetensors")
    learned.save(tmp_path / "again.safetensors")
    again = load_without_warning(tmp_path / "again.safetensors")
    assert again.preset == learned.preset
    before = learned.coarse.to_tensors("coarse")
    after = again.coarse.to_tensors("coarse")
    assert before.keys() == after.keys()
    assert all(before[key].equal(after[key]) for key in before)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("close_up_share", 0.5), ("crop_share", 0.8), ("noise", "uniform"), ("method", "exact")],
)
def test_settings_that_learning_and_locating_did_not_share_are_named_once(
    edited: Callable[..., Path], setting: str, value: object
) -> None:
    def change(header: dict[str, Any]) -> None:
        header["preset"]["locate"][setting] = value

    path = edited("fast", change)
    with pytest.warns(UserWarning, match="the values of learning are used") as caught:
        learned = nh.LandmarkSet.load(path)
    (warning,) = caught
    message = str(warning.message)
    assert setting in message
    assert not any(name in message for name in SHARED if name != setting)
    assert str(path) in message
    assert learned.preset == load_without_warning(FOLDER / "fast.safetensors").preset


def test_a_later_format_is_refused_in_one_sentence(edited: Callable[..., Path]) -> None:
    path = edited("fast", lambda header: header.update(format="napari-homolog landmark set 5"))
    with pytest.raises(LandmarkSetError, match="another version of napari-homolog") as raised:
        nh.LandmarkSet.load(path)
    assert re.fullmatch(rf"{re.escape(str(path))} [^.]*[^.]\.", str(raised.value))


@pytest.mark.parametrize(
    ("setting", "value"), [("rounds", 0), ("restarts", 3), ("noise", "pink"), ("steps", "many")]
)
def test_impossible_settings_in_a_header_are_refused(
    edited: Callable[..., Path], setting: str, value: object
) -> None:
    def change(header: dict[str, Any]) -> None:
        header["preset"]["learn"].pop("rounds" if setting == "restarts" else "", None)
        header["preset"]["learn"][setting] = value if setting != "restarts" else 0

    with (
        warnings.catch_warnings(action="ignore"),
        pytest.raises(LandmarkSetError, match=RENAMED.get(setting, setting)),
    ):
        nh.LandmarkSet.load(edited("fast", change))


@pytest.mark.parametrize("lost", ["preset", "names", "repeats", "backbone", "seed", "references"])
def test_a_header_without_one_of_its_parts_is_damaged(
    edited: Callable[..., Path], lost: str
) -> None:
    path = edited("fast", lambda header: header.pop(lost))
    with pytest.raises(LandmarkSetError, match=re.escape(str(path))):
        nh.LandmarkSet.load(path)
