from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from napari_homolog.correspondence import Embeddings, LandmarkSet, LearnSettings, Preset
from napari_homolog.errors import LandmarkSetError


@pytest.fixture
def learned() -> LandmarkSet:
    return LandmarkSet(
        names=("tip", "Flügelspitze"),
        whole=Embeddings(torch.randn(2, 2, 3, 4), (torch.randn(2, 5), torch.randn(2, 6))),
        repeats=(1, 1, 6),
        arrangement=np.array([[3.5, 4.0], [np.nan, np.nan]]),
        own_background=np.array([0.25, 0.5]),
        backbone={"name": "embedded", "fingerprint": "ab" * 32, "revision": None},
        preset=Preset(name="wide", learn=LearnSettings(rounds=2, sigma=0.07)),
        seed=9,
        close_up=Embeddings(torch.randn(2, 2, 3, 4)),
        references=("wing 1.jpg",),
    )


def test_there_and_back(tmp_path: Path, learned: LandmarkSet) -> None:
    path = tmp_path / "set.safetensors"
    learned.save(path)
    again = LandmarkSet.load(path)
    torch.testing.assert_close(again.whole.tokens, learned.whole.tokens, atol=0, rtol=0)
    torch.testing.assert_close(again.whole.features, learned.whole.features, atol=0, rtol=0)
    assert again.close_up is not None
    assert learned.close_up is not None
    torch.testing.assert_close(again.close_up.tokens, learned.close_up.tokens, atol=0, rtol=0)
    np.testing.assert_array_equal(again.arrangement, learned.arrangement)
    np.testing.assert_array_equal(again.own_background, learned.own_background)
    for name in ("names", "repeats", "backbone", "preset", "seed", "references"):
        assert getattr(again, name) == getattr(learned, name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set.safetensors"]


def test_prompts_repeat_tokens(learned: LandmarkSet) -> None:
    prompts = learned.prompts(learned.whole)
    assert prompts.shape == (2, 2, 8, 4)
    torch.testing.assert_close(prompts[:, :, 1], learned.whole.tokens[:, :, 1])
    torch.testing.assert_close(prompts[:, :, 7], learned.whole.tokens[:, :, 2])


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
    torch.save({"tokens": learned.whole.tokens}, path)
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


def test_a_set_of_another_version_is_told(tmp_path: Path, learned: LandmarkSet) -> None:
    data = learned.to_bytes().replace(b"landmark set 3", b"landmark set 2")
    (tmp_path / "old.safetensors").write_bytes(data)
    with pytest.raises(LandmarkSetError, match="another version of napari-homolog; learn it again"):
        LandmarkSet.load(tmp_path / "old.safetensors")


def test_some_landmarks_of_a_set(learned: LandmarkSet) -> None:
    one = learned.taken(["Flügelspitze"])
    assert one.names == ("Flügelspitze",)
    torch.testing.assert_close(one.whole.tokens, learned.whole.tokens[:, 1:], atol=0, rtol=0)
    torch.testing.assert_close(one.whole.features[1], learned.whole.features[1][1:])
    assert one.close_up is not None
    assert one.close_up.tokens.shape == (2, 1, 3, 4)
    assert np.isnan(one.arrangement).all()
    assert one.own_background.shape == (1,)
    assert one.home is None
