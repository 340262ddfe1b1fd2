"""PWarpC-NC-Net with small random weights, set by hand, and beside other implementations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from scipy.signal import correlate
from torch import Tensor
from transformers import ResNetConfig, ResNetModel

from napari_homolog import Landmarks
from napari_homolog.benchmark.matchers import baseline
from napari_homolog.benchmark.matchers.nc_net import NcNet, nc_net
from napari_homolog.benchmark.matchers.neighbourhood_consensus import (
    NeighbourhoodConsensus,
    conv4d,
    mutual,
    transposed,
)
from napari_homolog.benchmark.matchers.pwarpc import CONVERT, SIDE
from napari_homolog.benchmark.matchers.resnet import Stage, trunk, trunk_for
from napari_homolog.benchmark.matchers.tensors import Tensors, fill
from napari_homolog.errors import CheckpointError

STAGES = (Stage(2, 4, 16), Stage(1, 8, 32), Stage(3, 16, 64))
CHANNELS = 6
"""Of the trunk set by hand: each colour and its opposite, as rectifiers pass no negative number."""


def randomised(network: torch.nn.Module) -> torch.nn.Module:
    """Return a network in use whose numbers, those of its normalisations too, are random."""
    for value in network.state_dict().values():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) * 0.5 + (0.1 if value.ndim == 1 else -0.25))
    return network.eval()


def checkpoint(trunk: torch.nn.Module, consensus: torch.nn.Module) -> dict[str, Tensor]:
    """Return the tensors of a network under the names that strongly supervised ones have."""
    return {
        f"{part}.{name}": value.clone()
        for part, network in (("FeatureExtraction.model", trunk), ("NeighConsensus", consensus))
        for name, value in network.state_dict().items()
    }


def wrapped(weights: Mapping[str, Tensor], score: float) -> dict[str, Tensor]:
    """Return them under the names of weakly supervised ones, with a score of having no match."""
    renamed = {f"matching_model.{name}": value for name, value in weights.items()}
    return renamed | {"bin_model.bin_score": torch.tensor(score)}


def random_weights() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return checkpoint(
        randomised(trunk(8, STAGES)), randomised(NeighbourhoodConsensus((3, 5), (4, 1)))
    )


def transparent_weights() -> dict[str, Tensor]:
    """Return weights with which a cell is described by the brightest colours around its centre."""
    through = trunk(CHANNELS, (Stage(1, 1, CHANNELS),) * 3)
    for name, value in through.state_dict().items():
        if name.endswith("downsample.0.weight"):
            value.copy_(torch.eye(CHANNELS)[..., None, None])
        elif "conv" in name:
            value.zero_()
    stem = through.state_dict()["0.weight"].zero_()
    stem[:3, :, 3, 3], stem[3:, :, 3, 3] = torch.eye(3), -torch.eye(3)
    consensus = NeighbourhoodConsensus((3,), (1,))
    consensus.state_dict()["conv.0.weight"][1, 0, 0, 1, 1, 1] = 1
    return checkpoint(through, consensus)


def written(path: Path, weights: Mapping[str, Tensor]) -> str:
    save_file(dict(weights), path)
    return str(path)


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).random((SIDE, SIDE, 3), np.float32)


def test_the_trunk_is_that_of_another_implementation() -> None:
    torch.manual_seed(0)
    config = ResNetConfig(
        embedding_size=8,
        hidden_sizes=[stage.outer for stage in STAGES],
        depths=[stage.blocks for stage in STAGES],
        layer_type="bottleneck",
        downsample_in_bottleneck=False,
    )
    other = randomised(ResNetModel(config))
    names = {"convolution": "conv", "normalization": "bn"}
    weights = {}
    for name, value in other.state_dict().items():
        *where, kind, last = name.split(".")
        if where == ["embedder", "embedder"]:
            place = "0" if kind == "convolution" else "1"
        elif where[-1] == "shortcut":
            place = f"{4 + int(where[2])}.{where[4]}.downsample.{list(names).index(kind)}"
        else:
            place = f"{4 + int(where[2])}.{where[4]}.{names[kind]}{int(where[-1]) + 1}"
        weights[f"{place}.{last}"] = value
    own = trunk_for(Tensors(weights, ""))
    assert set(own.state_dict()) == set(weights)
    fill(own, Tensors(weights, ""))
    batch = torch.randn(2, 3, 96, 80)
    with torch.no_grad():
        found, expected = own.eval()(batch), other(batch).last_hidden_state
    assert found.shape == (2, 64, 6, 5)
    assert found.std() > 0.1
    torch.testing.assert_close(found, expected)


def test_resnet_101_has_the_blocks_and_names_of_torchvision_s() -> None:
    with torch.device("meta"):
        names = trunk(64, (Stage(3, 64, 256), Stage(4, 128, 512), Stage(23, 256, 1024)))
    shapes = {name: tuple(value.shape) for name, value in names.state_dict().items()}
    assert shapes["0.weight"] == (64, 3, 7, 7)
    assert shapes["4.0.downsample.0.weight"] == (256, 64, 1, 1)
    assert shapes["6.0.conv2.weight"] == (256, 256, 3, 3)
    assert shapes["6.22.bn3.running_var"] == (1024,)
    # 1 + 1 tensors of convolutions and 5 of each normalisation in front, 3 of each in a block.
    assert len(shapes) == 6 + 30 * 18 + 3 * 6


@pytest.mark.parametrize("size", [1, 3, 5])
def test_the_convolution_is_scipy_s_in_four_dimensions(size: int) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2, 4, 6, 3, 5)).astype(np.float32)
    kernels = rng.normal(size=(3, 2, *[size] * 4)).astype(np.float32)
    bias = rng.normal(size=3).astype(np.float32)
    found = conv4d(
        torch.from_numpy(values).movedim(0, 1),
        torch.from_numpy(kernels).movedim(2, 0),
        torch.from_numpy(bias),
    ).movedim(1, 0)
    # With zeros put around by hand, as scipy takes the larger one's shape where a kernel is larger.
    padded = [np.pad(one, size // 2) for one in values]
    for output in range(3):
        expected = sum(
            correlate(one, kernel, mode="valid", method="direct")
            for one, kernel in zip(padded, kernels[output], strict=True)
        )
        np.testing.assert_allclose(found[output], expected + bias[output], rtol=1e-4, atol=1e-4)


def test_mutual_scores_are_weighed_by_their_ratio_to_both_largest() -> None:
    scores = torch.rand(2, 3, 4, 2)
    found = mutual(scores)
    for at in np.ndindex(*scores.shape):
        here = scores[at]
        one, other = scores[at[:2]].max(), scores[:, :, at[2], at[3]].max()
        expected = here * (here / (one + 1e-5)) * (here / (other + 1e-5))
        torch.testing.assert_close(found[at], expected)


def test_other_pictures_first_give_the_same_scores_transposed() -> None:
    torch.manual_seed(0)
    network = nc_net(random_weights())
    source, target = torch.rand(7, 3, 4), torch.rand(7, 4, 2)
    scores = network.scores(source, target)
    assert scores.shape == (3, 4, 4, 2)
    assert scores.std() > 0
    torch.testing.assert_close(network.scores(target, source), transposed(scores))
    # One way is not the other: without both this would not hold.
    one_way = network.consensus._one_way
    there, back = one_way(scores), transposed(one_way(transposed(scores)))
    assert not torch.allclose(there, back)


def by_hand(score: float | None) -> NcNet:
    """Return a network whose consensus doubles the scores."""
    consensus = NeighbourhoodConsensus((1,), (1,))
    consensus.state_dict()["conv.0.weight"].fill_(1)
    unmatched = None if score is None else torch.tensor(score)
    return NcNet(torch.nn.Identity(), consensus, unmatched).requires_grad_(False)


def test_probabilities_leave_room_for_having_no_match() -> None:
    # Two cells whose descriptors stand at right angles: each is like itself only.
    same = torch.eye(2).reshape(2, 1, 2)
    # Mutual scores of 1 are doubled and remain the largest.
    large, none = np.exp(2), 1.0
    sure = by_hand(None).probabilities(same, same).reshape(2, 2)
    np.testing.assert_allclose(
        sure, np.array([[large, none], [none, large]]) / (large + none), rtol=1e-4
    )
    unsure = by_hand(3.0).probabilities(same, same).reshape(2, 2)
    np.testing.assert_allclose(
        unsure, np.array([[large, none], [none, large]]) / (large + none + np.exp(3)), rtol=1e-4
    )


def test_descriptors_have_unit_length() -> None:
    found = by_hand(None).descriptors(torch.tensor([3.0, 0, 4, 0]).reshape(1, 2, 1, 2))
    np.testing.assert_allclose(found.reshape(2, 2), [[0.6, 0], [0.8, 0]], atol=1e-5)


# Where there is a state for what has no match, the authors lay the first and the last of 25 cells on
# the first and the last of 400 pixels, so that two cells are a little more than 32 pixels.
@pytest.mark.parametrize(("score", "cell"), [(None, SIDE / 25), (1.0, (SIDE - 1) / 24)])
def test_a_shift_is_found(
    tmp_path: Path, picture: np.ndarray, score: float | None, cell: float
) -> None:
    weights = transparent_weights()
    if score is not None:
        weights = wrapped(weights, score)
    matcher = baseline("pwarpc-nc-net", checkpoint=written(tmp_path / "w.safetensors", weights))
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
    found = baseline("pwarpc-nc-net", checkpoint=path).match(picture, marks, wide)
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
    found = baseline("pwarpc-nc-net", checkpoint=path).match(picture, marks, picture)
    assert found.maps is not None
    np.testing.assert_allclose(found.maps.sum((1, 2)), 1, atol=1e-4)
    left, right, between = found.maps
    assert np.unravel_index(left.argmax(), left.shape) == (5, 7)
    assert np.unravel_index(right.argmax(), right.shape) == (5, 8)
    np.testing.assert_allclose(between, 0.75 * left + 0.25 * right, rtol=1e-3)
    # What surely has no match leaves nothing for the cells; where they go remains the same.
    path = written(tmp_path / "x.safetensors", wrapped(transparent_weights(), 30.0))
    unmatched = baseline("pwarpc-nc-net", checkpoint=path).match(picture, marks, picture)
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
    matcher = baseline("pwarpc-nc-net", checkpoint=str(tmp_path))
    small, large = (np.random.default_rng(0).random(size, np.float32) for size in
                    ((50, 70, 3), (600, 500, 3)))  # fmt: skip
    found = matcher.match(small, Landmarks({"a": (10, 60)}), large)
    assert np.isfinite(found.points).all()
    assert matcher.about() == {
        "matcher": "pwarpc-nc-net", "checkpoint": str(tmp_path), "side": SIDE
    }  # fmt: skip


def test_without_a_checkpoint_it_is_told_where_there_is_one() -> None:
    with pytest.raises(CheckpointError, match=r"needs --checkpoint, a \.safetensors file") as told:
        baseline("pwarpc-nc-net")
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
        baseline("pwarpc-nc-net", checkpoint=str(tmp_path / name))


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
        baseline("pwarpc-nc-net", checkpoint=path)
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
    matcher = baseline("pwarpc-nc-net", checkpoint="pwarpc-nc-net.safetensors")
    assert matcher.name == "pwarpc-nc-net"
