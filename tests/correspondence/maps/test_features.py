from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

import napari_homolog as nh
from napari_homolog.correspondence import Embeddings, LandmarkSet, LocateSettings
from napari_homolog.correspondence.maps.cached_queries import CachedLayer
from napari_homolog.correspondence.maps.features import describe_landmarks, similarity_maps
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import LandmarkSetError
from napari_homolog.synthetic import SyntheticSpecimen, generate


def layer_of(images: torch.Tensor) -> CachedLayer:
    """Return a layer whose features are images (views, channels, rows, cols)."""
    features = functional.normalize(images.flatten(2).transpose(1, 2), dim=-1)
    nothing = torch.zeros(1, len(images), images[0, 0].numel(), 1)
    return CachedLayer(nothing, torch.zeros(1, 1, 1), features, tuple(images.shape[-2:]))


def test_a_landmark_matches_its_own_position_best() -> None:
    images = torch.randn(2, 24, 6, 8, generator=torch.Generator().manual_seed(0))
    layer = layer_of(images)
    # The centre of cell (2, 5) in the first view; missing in the second.
    normalised = torch.tensor([[[2.5 / 6, 5.5 / 8]], [[float("nan")] * 2]])
    described = describe_landmarks([layer], normalised)
    torch.testing.assert_close(described[0][0], layer.features[0, 2 * 8 + 5])
    (maps,) = similarity_maps([layer], described)
    assert maps.shape == (2, 1, 6, 8)
    assert maps[0, 0].argmax() == 2 * 8 + 5
    assert maps.max() == pytest.approx(1.0, abs=1e-5)


def test_views_that_contain_the_landmark_are_averaged() -> None:
    images = torch.zeros(2, 2, 4, 4)
    images[0, 0] = images[1, 1] = 1.0
    middle = torch.full((2, 1, 2), 0.5)
    (described,) = describe_landmarks([layer_of(images)], middle)
    torch.testing.assert_close(described, torch.full((1, 2), 0.5**0.5))


@pytest.fixture(scope="module")
def specimen() -> SyntheticSpecimen:
    return generate("leaf", 12, (120, 120))


@pytest.fixture(scope="module")
def learned(embedded: Backbone, specimen: SyntheticSpecimen) -> LandmarkSet:
    quick = nh.preset("attention").changed("quick", learn={"restarts": 1, "steps": 100})
    return nh.learn(embedded, [nh.Reference(specimen.image, specimen.landmarks)], preset=quick)


@pytest.mark.parametrize("matcher", ["attention", "features", "both"])
def test_every_matcher_finds_the_reference_s_own_landmarks(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: LandmarkSet, matcher: str
) -> None:
    found = nh.locate(embedded, specimen.image, learned, settings=LocateSettings(matcher=matcher))
    errors = np.linalg.norm(found.points - specimen.landmarks.points, axis=1)
    assert np.median(errors) < 0.05 * specimen.landmarks.longer_side()
    assert found.maps.min() >= 0
    assert found.maps.max() <= 1 + 1e-5


def test_features_survive_saving(learned: LandmarkSet, tmp_path: Path) -> None:
    learned.save(tmp_path / "set.safetensors")
    again = LandmarkSet.load(tmp_path / "set.safetensors")
    assert len(again.coarse.features) == len(learned.coarse.features) > 0
    for loaded, saved in zip(again.coarse.features, learned.coarse.features, strict=True):
        torch.testing.assert_close(loaded, saved, atol=0, rtol=0)


def test_a_set_without_features_is_refused(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: LandmarkSet
) -> None:
    bare = replace(learned, coarse=Embeddings(learned.coarse.tokens, learned.coarse.repeats))
    with pytest.raises(LandmarkSetError, match="no image features"):
        nh.locate(embedded, specimen.image, bare, settings=LocateSettings(matcher="both"))


@pytest.mark.parametrize("facet", ["queries", "values"])
def test_every_facet_finds_the_reference_s_own_landmarks(
    embedded: Backbone, specimen: SyntheticSpecimen, facet: str
) -> None:
    settings = nh.preset("attention").changed(
        facet,
        shared={"features": facet},
        learn={"restarts": 1, "steps": 10},
        locate={"matcher": "features"},
    )
    learned = nh.learn(
        embedded, [nh.Reference(specimen.image, specimen.landmarks)], preset=settings
    )
    found = nh.locate(embedded, specimen.image, learned)
    errors = np.linalg.norm(found.points - specimen.landmarks.points, axis=1)
    assert np.median(errors) < 0.05 * specimen.landmarks.longer_side()
