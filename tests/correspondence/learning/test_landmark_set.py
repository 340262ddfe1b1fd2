from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load, save, save_file

from napari_homolog.correspondence import Embeddings, LandmarkSet, LearnSettings, Preset
from napari_homolog.correspondence.refinement.specimen_drawing import MarkedDrawing
from napari_homolog.errors import LandmarkSetError


@pytest.fixture
def learned() -> LandmarkSet:
    return LandmarkSet(
        names=("tip", "Flügelspitze"),
        coarse=Embeddings(
            torch.randn(2, 2, 3, 4), (1, 1, 6), (torch.randn(2, 5), torch.randn(2, 6))
        ),
        mean_shape=np.array([[3.5, 4.0], [np.nan, np.nan]]),
        reference_background=np.array([0.25, 0.5]),
        backbone={"name": "embedded", "fingerprint": "ab" * 32, "revision": None},
        preset=Preset(name="wide", learn=LearnSettings(restarts=2, sigma=0.07)),
        seed=9,
        close_up=Embeddings(torch.randn(2, 2, 3, 4), (1, 1, 6)),
        references=("wing 1.jpg",),
        drawings=(
            MarkedDrawing.of(
                np.random.default_rng(4).random((20, 30, 3), np.float32),
                np.array([[5.0, 6.0], [np.nan, np.nan]]),
                "wing 1.jpg",
            ),
        ),
    )


def test_a_saved_set_is_loaded_unchanged(tmp_path: Path, learned: LandmarkSet) -> None:
    path = tmp_path / "set.safetensors"
    learned.save(path)
    again = LandmarkSet.load(path)
    torch.testing.assert_close(again.coarse.tokens, learned.coarse.tokens, atol=0, rtol=0)
    torch.testing.assert_close(again.coarse.features, learned.coarse.features, atol=0, rtol=0)
    assert again.close_up is not None
    assert learned.close_up is not None
    torch.testing.assert_close(again.close_up.tokens, learned.close_up.tokens, atol=0, rtol=0)
    np.testing.assert_array_equal(again.mean_shape, learned.mean_shape)
    np.testing.assert_array_equal(again.reference_background, learned.reference_background)
    (drawing,) = again.drawings
    torch.testing.assert_close(drawing.drawing.pixels, learned.drawings[0].drawing.pixels)
    np.testing.assert_array_equal(drawing.points, learned.drawings[0].points)
    assert drawing.name == "wing 1.jpg"
    assert again.coarse.repeats == again.close_up.repeats == (1, 1, 6)
    for name in ("names", "backbone", "preset", "seed", "references"):
        assert getattr(again, name) == getattr(learned, name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set.safetensors"]


def test_prompts_repeat_their_tokens(learned: LandmarkSet) -> None:
    prompts = learned.coarse.prompts
    assert prompts.shape == (2, 2, 8, 4)
    torch.testing.assert_close(prompts[:, :, 1], learned.coarse.tokens[:, :, 1])
    torch.testing.assert_close(prompts[:, :, 7], learned.coarse.tokens[:, :, 2])


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(LandmarkSetError, match="There is no file"):
        LandmarkSet.load(tmp_path / "set.safetensors")


def test_truncated_file(tmp_path: Path, learned: LandmarkSet) -> None:
    path = tmp_path / "set.safetensors"
    learned.save(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(LandmarkSetError, match="damaged"):
        LandmarkSet.load(path)


def test_pickle_is_refused_unopened(tmp_path: Path, learned: LandmarkSet) -> None:
    path = tmp_path / "set.pt"
    torch.save({"tokens": learned.coarse.tokens}, path)
    with pytest.raises(LandmarkSetError, match="no landmark set"):
        LandmarkSet.load(path)


def test_other_safetensors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"tokens": torch.zeros(3)}, path)
    with pytest.raises(LandmarkSetError, match="no landmark set"):
        LandmarkSet.load(path)


def test_failed_write_keeps_the_old_file(
    tmp_path: Path, learned: LandmarkSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "set.safetensors"
    path.write_bytes(b"old")
    monkeypatch.setattr("os.replace", lambda *args: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        learned.save(path)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["set.safetensors"]


def test_a_set_of_a_later_version_is_refused(tmp_path: Path, learned: LandmarkSet) -> None:
    data = learned.to_bytes().replace(b"landmark set 4", b"landmark set 5")
    (tmp_path / "later.safetensors").write_bytes(data)
    with pytest.raises(LandmarkSetError, match="another version of napari-homolog; learn it again"):
        LandmarkSet.load(tmp_path / "later.safetensors")


def test_a_subset_has_some_of_the_landmarks(learned: LandmarkSet) -> None:
    subset = learned.subset(["Flügelspitze"])
    assert subset.names == ("Flügelspitze",)
    torch.testing.assert_close(subset.coarse.tokens, learned.coarse.tokens[:, 1:], atol=0, rtol=0)
    torch.testing.assert_close(subset.coarse.features[1], learned.coarse.features[1][1:])
    assert subset.close_up is not None
    assert subset.close_up.tokens.shape == (2, 1, 3, 4)
    assert np.isnan(subset.mean_shape).all()
    assert subset.reference_background.shape == (1,)
    assert subset.cycle_reference is None
    np.testing.assert_array_equal(subset.drawings[0].points, learned.drawings[0].points[1:])


def test_drawings_that_do_not_fit_the_landmarks_are_refused(learned: LandmarkSet) -> None:
    (drawing,) = learned.drawings
    wrong = replace(learned, drawings=(replace(drawing, points=drawing.points[:1]),))
    with pytest.raises(LandmarkSetError, match=r"points has the shape 1 x 2, expected 2 x 2"):
        LandmarkSet.from_bytes(wrong.to_bytes(), "the set")


def test_pictures_of_references_are_asked_for(learned: LandmarkSet) -> None:
    assert learned.require_drawings() == learned.drawings
    with pytest.raises(LandmarkSetError, match="learn them again, or locate with refine = False"):
        replace(learned, drawings=()).require_drawings()


def with_header(learned: LandmarkSet, **changes: Any) -> bytes:
    data = learned.to_bytes()
    tensors = load(data)
    length = int.from_bytes(data[:8], "little")
    texts = json.loads(data[8 : 8 + length])["__metadata__"]
    header = {**json.loads(texts["homolog"]), **changes}
    return save(tensors, {"homolog": json.dumps(header)})


def with_tensors(learned: LandmarkSet, **changes: torch.Tensor | None) -> bytes:
    data = learned.to_bytes()
    tensors = {**load(data), **{name.replace("__", "."): one for name, one in changes.items()}}
    length = int.from_bytes(data[:8], "little")
    texts = json.loads(data[8 : 8 + length])["__metadata__"]
    return save({name: one for name, one in tensors.items() if one is not None}, texts)


HEADERS = {
    "one name more": ({"names": ["tip", "base", "notch"]}, r"mean_shape has the shape 2 x 2"),
    "a name twice": ({"names": ["tip", "tip"]}, "no valid names"),
    "no names": ({"names": []}, "no valid names"),
    "names that are numbers": ({"names": [1, 2]}, "no valid names"),
    "no repeats": ({"repeats": []}, "no valid repeats"),
    "repeats of another prompt": ({"repeats": [1, 1, 1, 1]}, r"coarse\.tokens has the shape"),
    "endless repeats": ({"repeats": [1, 1, 10**9]}, r"no valid repeats\.2"),
    "negative repeats": ({"repeats": [1, 1, -6]}, r"no valid repeats\.2"),
    "a seed of text": ({"seed": "nine"}, "no valid seed"),
    "no fingerprint": ({"backbone": {"name": "embedded"}}, r"no valid backbone\.fingerprint"),
    "one drawing more": ({"drawings": ["a", "b"]}, r"drawings\.1\.pixels is missing"),
    "a preset of numbers": ({"preset": {"name": 3, "learn": []}}, "settings"),
}


@pytest.mark.parametrize("what", HEADERS)
def test_a_header_that_contradicts_the_tensors_is_refused(learned: LandmarkSet, what: str) -> None:
    changes, message = HEADERS[what]
    with pytest.raises(LandmarkSetError, match=message):
        LandmarkSet.from_bytes(with_header(learned, **changes), "the set")


TENSORS = {
    "no shape": ({"mean_shape": None}, "mean_shape is missing"),
    "integers": (
        {"mean_shape": torch.zeros(2, 2, dtype=torch.int32)},
        "mean_shape is of type int32",
    ),
    "half a tensor": ({"mean_shape": torch.zeros(2, 2, dtype=torch.bfloat16)}, "type bfloat16"),
    "NaN tokens": ({"coarse__tokens": torch.full((2, 2, 3, 4), torch.nan)}, "not finite"),
    "infinite places": ({"mean_shape": torch.full((2, 2), torch.inf)}, "not finite"),
    "no restarts": ({"coarse__tokens": torch.zeros(0, 2, 3, 4)}, "shape 0 x 2 x 3 x 4"),
    "features with a gap": ({"coarse__features__0": None}, r"coarse\.features\.1|is missing"),
    "another width": ({"close_up__tokens": torch.zeros(2, 2, 3, 5)}, r"expected n x 2 x 3 x 4"),
    "no scale": ({"drawings__0__scale": torch.zeros(2)}, "not positive"),
}


@pytest.mark.parametrize("what", TENSORS)
def test_tensors_that_fit_no_landmark_set_are_refused(learned: LandmarkSet, what: str) -> None:
    changes, message = TENSORS[what]
    with pytest.raises(LandmarkSetError, match=message):
        LandmarkSet.from_bytes(with_tensors(learned, **changes), "the set")


def test_damaged_bytes_are_a_set_or_one_error(learned: LandmarkSet) -> None:
    sound, chance = learned.to_bytes(), random.Random(1)
    ends = set()
    for _ in range(400):
        data = bytearray(sound)
        for _ in range(chance.choice((1, 2, 8))):
            place = chance.randrange(2000 if chance.random() < 0.8 else len(data)) % len(data)
            data[place : place + chance.randrange(3)] = bytes([chance.randrange(256)])
        try:
            LandmarkSet.from_bytes(bytes(data), "the set")
            ends.add("read")
        except LandmarkSetError:
            ends.add("refused")
    assert ends == {"read", "refused"}
