"""A vision transformer's evidence: by hand, and from learning to locating with random weights."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import napari_homolog as nh
from napari_homolog.correspondence.maps.map_grid import MapGrid
from napari_homolog.correspondence.maps.vision_scores import (
    by_certainty,
    describe_by_vision,
    see,
    vision_scores,
)
from napari_homolog.diffusion import Backbone, ModelName, load_backbone
from napari_homolog.errors import LandmarkSetError, SettingsError
from napari_homolog.synthetic import SyntheticSpecimen, generate
from small_models import save_small_dinov2

QUICK = nh.preset("attention").changed("quick", learn={"restarts": 1, "steps": 60})


@pytest.fixture(scope="module")
def with_vision(tmp_path_factory: pytest.TempPathFactory) -> Backbone:
    folder = save_small_dinov2(tmp_path_factory.mktemp("dinov2"))
    return load_backbone(ModelName("embedded", vision=str(folder)), device="cpu")


@pytest.fixture(scope="module")
def specimen() -> SyntheticSpecimen:
    return generate("leaf", 12, (120, 100))


@pytest.fixture(scope="module")
def learned(with_vision: Backbone, specimen: SyntheticSpecimen) -> nh.LandmarkSet:
    return nh.learn(with_vision, [nh.Reference(specimen.image, specimen.landmarks)], preset=QUICK)


def test_evidence_counts_by_its_own_certainty() -> None:
    """Maximum 0.8, mean 0.35: a place that is less similar by 0.6 counts exp(-0.45 * 0.6 / 0.2)."""
    similarity = torch.tensor([[[0.8, 0.2], [0.2, 0.2]]])
    found = by_certainty(similarity, 0.2)
    torch.testing.assert_close(found[0, 0, 0], torch.tensor(1.0))
    torch.testing.assert_close(found[0, 0, 1], torch.tensor(math.exp(-0.45 * 0.6 / 0.2)))
    # What is equally similar everywhere, however much, decides nothing.
    torch.testing.assert_close(by_certainty(torch.full((1, 3, 3), 0.9), 0.2), torch.ones(1, 3, 3))


def test_a_landmark_is_seen_where_it_is(with_vision: Backbone) -> None:
    """An image of 60 x 40 pixels in its square of 60: 4 x 4 patches of 15 pixels, from column -10."""
    image = np.random.default_rng(0).random((60, 40, 3), dtype=np.float32)
    # Centres of the patches (1, 1) and (3, 2); the last landmark is missing.
    points = np.array([[22.0, 12.0], [52.0, 27.0], [np.nan, np.nan]])
    vision = with_vision.vision
    assert vision is not None
    described = describe_by_vision(vision, [(image, points)])
    seen = see(vision, image)
    torch.testing.assert_close(described[0], seen.features[0, 1 * 4 + 1], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(described[1], seen.features[0, 3 * 4 + 2], atol=1e-5, rtol=1e-5)
    grid = MapGrid((60, 40), 60)
    evidence = vision_scores(seen, described, grid, 0.2)
    assert evidence.shape == (3, 60, 40)
    assert evidence[0, 22, 12] == pytest.approx(1, abs=1e-4)
    assert evidence[1, 52, 27] == pytest.approx(1, abs=1e-4)
    torch.testing.assert_close(evidence[2], torch.ones(60, 40))


def test_locating_multiplies_the_scores_by_it(
    with_vision: Backbone, embedded: Backbone, specimen: SyntheticSpecimen, learned: nh.LandmarkSet
) -> None:
    target = generate("leaf", 13, (120, 100))
    alone = replace(learned, backbone=embedded.to_dict(), vision=None)
    without = nh.locate(embedded, target.image, alone)
    found = nh.locate(with_vision, target.image, learned)
    vision = with_vision.vision
    assert vision is not None
    assert learned.vision is not None
    seen = see(vision, nh.images.as_rgb(target.image))
    expected = vision_scores(seen, learned.vision, MapGrid((120, 100), 256), 0.2)
    np.testing.assert_allclose(found.maps, without.maps * expected.numpy(), atol=1e-6)
    assert found.uncertainty_features is not None


def test_the_set_keeps_it_and_belongs_to_it(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: nh.LandmarkSet, tmp_path: Path
) -> None:
    learned.save(tmp_path / "set.safetensors")
    again = nh.LandmarkSet.load(tmp_path / "set.safetensors")
    assert again.vision is not None
    assert learned.vision is not None
    torch.testing.assert_close(again.vision, learned.vision, atol=0, rtol=0)
    assert " with vision " in again.backbone["name"]
    first = again.names[0]
    assert again.subset([first]).vision.shape == (1, 24)
    with pytest.raises(LandmarkSetError, match=r"with vision .* load that model or learn again"):
        nh.locate(embedded, specimen.image, again)


def test_further_references_are_averaged_in(with_vision: Backbone, learned: nh.LandmarkSet) -> None:
    other = generate("leaf", 14, (120, 100))
    extended = nh.extend(with_vision, learned, [nh.Reference(other.image, other.landmarks)])
    vision = with_vision.vision
    assert vision is not None
    assert extended.vision is not None
    assert learned.vision is not None
    points = np.stack([other.landmarks[name] for name in learned.names])
    new = describe_by_vision(vision, [(nh.images.as_rgb(other.image), points)])
    expected = torch.nn.functional.normalize(learned.vision + new, dim=-1)
    torch.testing.assert_close(extended.vision, expected, atol=1e-5, rtol=1e-5)


def test_the_paper_s_views_refuse_it(with_vision: Backbone, specimen: SyntheticSpecimen) -> None:
    reference = nh.Reference(specimen.image, specimen.landmarks)
    with pytest.raises(SettingsError, match="paper's views take no evidence"):
        nh.learn(with_vision, [reference], preset=nh.preset("paper"))
