"""What several modules test: a specimen's landmarks, learned and located on itself."""

from __future__ import annotations

import pytest

import napari_homolog as nh
from napari_homolog.diffusion import Backbone
from napari_homolog.synthetic import SyntheticSpecimen


@pytest.fixture(scope="module")
def learned(
    request: pytest.FixtureRequest, embedded: Backbone, specimen: SyntheticSpecimen
) -> nh.LandmarkSet:
    """Return the landmarks of the module's specimen, learned with its preset ``QUICK``."""
    reference = nh.Reference(specimen.image, specimen.landmarks)
    return nh.learn(embedded, [reference], preset=request.module.QUICK)


@pytest.fixture(scope="module")
def on_itself(
    embedded: Backbone, specimen: SyntheticSpecimen, learned: nh.LandmarkSet
) -> nh.Prediction:
    """Return the landmarks as they are located on that specimen."""
    return nh.locate(embedded, specimen.image, learned)
