"""The matcher PWarpC-NC-Net with weights set by hand and small random ones, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from nc_nets import random_weights, transparent_weights, wrapped, written
from torch import Tensor

from napari_homolog import Landmarks
from napari_homolog.benchmark.matchers import create_baseline
from napari_homolog.benchmark.matchers.nc_net import nc_net
from napari_homolog.benchmark.matchers.pwarpc import CONVERT, SIDE
from napari_homolog.errors import CheckpointError


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).random((SIDE, SIDE, 3), np.float32)


# Where there is a state for what has no match, the authors lay the first and the last of 25 cells on
# the first and the last of 400 pixels, so that two cells are a little more than 32 pixels.
@pytest.mark.parametrize(("score", "cell"), [(None, SIDE / 25), (1.0, (SIDE - 1) / 24)])
def test_a_shift_is_found(
    tmp_path: Path, picture: np.ndarray, score: float | None, cell: float
) -> None:
    weights = transparent_weights()
    if score is not None:
        weights = wrapped(weights, score)
    matcher = create_baseline(
        "pwarpc-nc-net", checkpoint=written(tmp_path / "w.safetensors", weights)
    )
    marks = Landmarks({"a": (103, 200.5), "b": (250, 90), "c": (300, 61)})
    target = np.roll(picture, (2 * 16, 3 * 16), (0, 1))
    found = matcher.match(picture, marks, target)
    np.testing.assert_allclose(found.points - marks.points, [(2 * cell, 3 * cell)] * 3, atol=0.01)
    assert found.maps is not None
    assert found.maps.shape == (3, 25, 25)
    assert found.maps.dtype == np.float32
    # From there to here is the other way.
    back = matcher.match(target, Landmarks(dict(zip("abc", found.points, strict=True))), picture)
    np.testing.assert_allclose(back.points, marks.points, atol=0.01)


@pytest.mark.parametrize("score", [None, 1.0])
def test_pictures_of_other_proportions_are_squashed(
    tmp_path: Path, picture: np.ndarray, score: float | None
) -> None:
    weights = transparent_weights()
    if score is not None:
        weights = wrapped(weights, score)
    path = written(tmp_path / "w.safetensors", weights)
    marks = Landmarks({"a": (100, 150), "b": (399, 0), "c": (0, 399)})
    wide = picture.repeat(2, axis=1)
    found = create_baseline("pwarpc-nc-net", checkpoint=path).match(picture, marks, wide)
    edges, corners = (marks.points + 0.5) * (1, 2) - 0.5, marks.points * (1, 799 / 399)
    expected = edges if score is None else corners
    np.testing.assert_allclose(found.points, expected, atol=0.01)


def test_maps_are_the_probabilities_at_the_landmark_s_place(
    tmp_path: Path, picture: np.ndarray
) -> None:
    path = written(tmp_path / "w.safetensors", wrapped(transparent_weights(), -20.0))
    cell = (SIDE - 1) / 24
    # On a cell, on its right neighbour, and a quarter of the way from one to the other.
    marks = Landmarks(
        {name: (5 * cell, col * cell) for name, col in zip("abc", (7, 8, 7.25), strict=True)}
    )
    found = create_baseline("pwarpc-nc-net", checkpoint=path).match(picture, marks, picture)
    assert found.maps is not None
    np.testing.assert_allclose(found.maps.sum((1, 2)), 1, atol=1e-4)
    left, right, between = found.maps
    assert np.unravel_index(left.argmax(), left.shape) == (5, 7)
    assert np.unravel_index(right.argmax(), right.shape) == (5, 8)
    np.testing.assert_allclose(between, 0.75 * left + 0.25 * right, rtol=1e-3)
    # What surely has no match leaves nothing for the cells; where they go remains the same.
    path = written(tmp_path / "x.safetensors", wrapped(transparent_weights(), 30.0))
    unmatched = create_baseline("pwarpc-nc-net", checkpoint=path).match(picture, marks, picture)
    assert unmatched.maps is not None
    assert unmatched.maps.sum() < 1e-6
    np.testing.assert_allclose(unmatched.points, found.points)


def test_a_random_network_of_any_size_runs_from_a_folder(tmp_path: Path) -> None:
    weights = {
        name: value.half() if value.is_floating_point() else value
        for name, value in random_weights().items()
        if not name.endswith("num_batches_tracked")
    }
    written(tmp_path / "weights.safetensors", weights)
    matcher = create_baseline("pwarpc-nc-net", checkpoint=str(tmp_path))
    small, large = (np.random.default_rng(0).random(size, np.float32) for size in
                    ((50, 70, 3), (600, 500, 3)))  # fmt: skip
    found = matcher.match(small, Landmarks({"a": (10, 60)}), large)
    assert np.isfinite(found.points).all()
    assert matcher.about() == {
        "matcher": "pwarpc-nc-net", "checkpoint": str(tmp_path), "side": SIDE
    }  # fmt: skip


def test_without_a_checkpoint_it_is_told_where_there_is_one() -> None:
    with pytest.raises(CheckpointError, match=r"needs --checkpoint, a \.safetensors file") as told:
        create_baseline("pwarpc-nc-net")
    assert "PruneTruong/DenseMatching" in str(told.value)
    assert "weights_only=True" in str(told.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing.safetensors", r"There is no .*nothing\.safetensors"),
        ("pickle.pth.tar", r"pickle\.pth\.tar is no \.safetensors file"),
        ("broken.safetensors", r"broken\.safetensors cannot be read"),
        ("empty", r"empty has no \.safetensors file"),
        ("several", r"several \.safetensors files \(a\.safetensors, b\.safetensors\); give one"),
    ],
)
def test_what_is_no_file_of_weights_is_refused(tmp_path: Path, name: str, said: str) -> None:
    for folder in ("empty", "several"):
        (tmp_path / folder).mkdir()
    for broken in ("pickle.pth.tar", "broken.safetensors", "several/a.safetensors",
                   "several/b.safetensors"):  # fmt: skip
        (tmp_path / broken).write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match=said):
        create_baseline("pwarpc-nc-net", checkpoint=str(tmp_path / name))


def changed(weights: dict[str, Tensor], name: str, value: Tensor | None) -> dict[str, Tensor]:
    others = {one: tensor for one, tensor in weights.items() if one != name}
    return others if value is None else others | {name: value}


STEM = "FeatureExtraction.model.0.weight"
FIRST = "NeighConsensus.conv.0.weight"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (STEM, None, f"it has no tensor {STEM}"),
        (STEM, torch.zeros(3), rf"{STEM} has shape \(3,\), which is not of 4 dimensions"),
        ("FeatureExtraction.model.5.0.bn2.weight", torch.zeros(9), r"has shape \(9,\), not \(8,\)"),
        ("FeatureExtraction.model.6.2.conv3.weight", None, r"no tensor .*6\.2\.conv3\.weight"),
        (FIRST, None, f"it has no tensor {FIRST}"),
        # The layout of other convolutions: outputs, inputs, and then the kernel.
        (FIRST, torch.zeros(4, 1, 3, 3, 3, 3), r"has shape \(4, 1, 3, .*not \(size, outputs, 1,"),
        ("NeighConsensus.conv.2.weight", None, r"NeighConsensus\.conv has 4 outputs, not 1"),
        ("NeighConsensus.conv.2.bias", None, r"no tensor NeighConsensus\.conv\.2\.bias"),
    ],
)
def test_weights_that_do_not_fit_are_told(
    tmp_path: Path, name: str, value: Tensor | None, said: str
) -> None:
    path = written(tmp_path / "w.safetensors", changed(random_weights(), name, value))
    with pytest.raises(CheckpointError, match=said) as told:
        create_baseline("pwarpc-nc-net", checkpoint=path)
    assert "does not hold PWarpC-NC-Net" in str(told.value)


@pytest.mark.parametrize(
    ("score", "said"), [(None, "no tensor bin_model.bin_score"), (torch.zeros(2), "not one number")]
)
def test_the_score_of_no_match_is_needed_where_there_is_such_a_state(
    score: Tensor | None, said: str
) -> None:
    weights = changed(wrapped(random_weights(), 1.0), "bin_model.bin_score", score)
    with pytest.raises(ValueError, match=said):
        nc_net(weights)


def test_the_lines_that_convert_a_checkpoint_are_documented() -> None:
    page = Path(__file__).parents[2] / "docs" / "evidence.md"
    assert f"```python{CONVERT}```" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("kept", ["bare", "state_dict"])
def test_the_lines_that_convert_a_checkpoint_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    monkeypatch.chdir(tmp_path)
    weights = wrapped(random_weights(), 1.0)
    torch.save(
        weights if kept == "bare" else {"epoch": 3, kept: weights},
        "PWarpCNCNet_WS_pfpascal.pth.tar",
    )
    exec(CONVERT, {})
    matcher = create_baseline("pwarpc-nc-net", checkpoint="pwarpc-nc-net.safetensors")
    assert matcher.name == "pwarpc-nc-net"
