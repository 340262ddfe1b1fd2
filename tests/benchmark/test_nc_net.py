"""The parts of NC-Net beside other implementations, direct formulas and cases computed by hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from nc_nets import random_weights
from scipy.signal import correlate
from torch import Tensor
from torch.nn import functional

from napari_homolog.benchmark.matchers.nc_net import NcNet, nc_net
from napari_homolog.benchmark.matchers.neighbourhood_consensus import (
    NeighbourhoodConsensus,
    conv4d,
    mutual,
    transposed,
)
from napari_homolog.benchmark.matchers.resnet import Trunk, published_name, trunk_for
from napari_homolog.benchmark.matchers.tensors import Tensors, fill


def resnet_by_hand(weights: Mapping[str, Tensor], batch: Tensor) -> Tensor:
    """Return the features of torchvision's ResNet after three stages, layer by layer."""

    def normalised(values: Tensor, name: str) -> Tensor:
        mean, variance, scale, shift = (
            weights[f"{name}.{part}"][:, None, None]
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (values - mean) / (variance + 1e-5).sqrt() * scale + shift

    def convolved(values: Tensor, name: str, norm: str, stride: int = 1) -> Tensor:
        kernel = weights[f"{name}.weight"]
        values = functional.conv2d(values, kernel, stride=stride, padding=kernel.shape[-1] // 2)
        return normalised(values, norm)

    values = functional.max_pool2d(convolved(batch, "0", "1", 2).relu(), 3, 2, 1)
    for stage in (4, 5, 6):
        block = 0
        while (name := f"{stage}.{block}") + ".conv1.weight" in weights:
            stride = 2 if stage > 4 and block == 0 else 1
            inner = convolved(values, f"{name}.conv1", f"{name}.bn1").relu()
            inner = convolved(inner, f"{name}.conv2", f"{name}.bn2", stride).relu()
            inner = convolved(inner, f"{name}.conv3", f"{name}.bn3")
            if f"{name}.downsample.0.weight" in weights:
                down = f"{name}.downsample"
                values = convolved(values, f"{down}.0", f"{down}.1", stride)
            values = (inner + values).relu()
            block += 1
    return values


def test_the_trunk_is_torchvision_s_resnet() -> None:
    torch.manual_seed(0)
    prefix = "FeatureExtraction.model."
    weights = {
        name.removeprefix(prefix): value
        for name, value in random_weights().items()
        if name.startswith(prefix)
    }
    network = trunk_for(Tensors(weights, ""))
    fill(network, Tensors(weights, ""), published_name)
    batch = torch.randn(2, 3, 96, 80)
    with torch.no_grad():
        features = network.eval()(batch)
        expected = resnet_by_hand(weights, batch)
    assert features.shape == (2, 64, 6, 5)
    assert features.std() > 0.1
    torch.testing.assert_close(features, expected)


def test_resnet_101_has_the_blocks_and_names_of_torchvision_s() -> None:
    with torch.device("meta"):
        network = Trunk(64, (3, 4, 23), (256, 512, 1024))
    shapes = {
        published_name(name): tuple(value.shape) for name, value in network.state_dict().items()
    }
    assert shapes["0.weight"] == (64, 3, 7, 7)
    assert shapes["4.0.downsample.0.weight"] == (256, 64, 1, 1)
    assert shapes["6.0.conv2.weight"] == (256, 256, 3, 3)
    assert shapes["6.22.bn3.running_var"] == (1024,)
    # One tensor of each convolution and five of each normalisation: one of each in the stem, three in
    # each of 30 blocks, one for the shortcut of each stage.
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
