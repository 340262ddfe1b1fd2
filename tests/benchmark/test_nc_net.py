"""The parts of NC-Net beside other implementations, direct formulas and cases computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from nc_nets import STAGES, random_weights, randomised
from scipy.signal import correlate
from transformers import ResNetConfig, ResNetModel

from napari_homolog.benchmark.matchers.nc_net import NcNet, nc_net
from napari_homolog.benchmark.matchers.neighbourhood_consensus import (
    NeighbourhoodConsensus,
    conv4d,
    mutual,
    transposed,
)
from napari_homolog.benchmark.matchers.resnet import Stage, trunk, trunk_for
from napari_homolog.benchmark.matchers.tensors import Tensors, fill


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


@pytest.mark.parametrize("score", [None, 0.5])
def test_each_cell_of_the_source_has_probabilities_of_its_own(score: float | None) -> None:
    torch.manual_seed(0)
    network = by_hand(score)
    source, target = torch.rand(7, 3, 4), torch.rand(7, 4, 2)
    found = network.probabilities(source, target)
    weights = network.scores(source, target).exp()
    none = 0 if score is None else np.exp(score)
    torch.testing.assert_close(found, weights / (weights.sum((2, 3), keepdim=True) + none))


def test_descriptors_have_unit_length() -> None:
    found = by_hand(None).descriptors(torch.tensor([3.0, 0, 4, 0]).reshape(1, 2, 1, 2))
    np.testing.assert_allclose(found.reshape(2, 2), [[0.6, 0], [0.8, 0]], atol=1e-5)
