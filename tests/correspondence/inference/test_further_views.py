"""Views are added only while the refined points do not agree with the references' pictures."""

from __future__ import annotations

import numpy as np
import pytest

import napari_homolog as nh
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import SettingsError
from napari_homolog.synthetic import SyntheticSpecimen, generate

QUICK = nh.preset("lean").changed("quick", learn={"restarts": 1, "steps": 60})


@pytest.fixture(scope="module")
def specimen() -> SyntheticSpecimen:
    return generate("butterfly", 77, (150, 190))


@pytest.fixture
def passes(embedded: Backbone, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """Count the views that are encoded and that go through the UNet."""
    counted: dict[str, list[int]] = {"encoded": [], "queries": []}
    encode, queries = embedded.encode, embedded.queries

    def counting_encode(views):
        counted["encoded"].append(len(views))
        return encode(views)

    def counting_queries(noisy, *arguments, **options):
        counted["queries"].append(len(noisy))
        return queries(noisy, *arguments, **options)

    monkeypatch.setattr(embedded, "encode", counting_encode)
    monkeypatch.setattr(embedded, "queries", counting_queries)
    return counted


def test_one_encoding_and_one_pass_where_the_references_agree(
    embedded: Backbone,
    specimen: SyntheticSpecimen,
    learned: nh.LandmarkSet,
    passes: dict[str, list[int]],
) -> None:
    found = nh.locate(embedded, specimen.image, learned)
    assert passes == {"encoded": [1], "queries": [1]}
    errors = np.linalg.norm(found.points - specimen.landmarks.points, axis=1)
    assert errors.max() < 0.03 * specimen.landmarks.longer_side()
    alone = learned.preset.locate.changed(further_views=0)
    np.testing.assert_array_equal(
        nh.locate(embedded, specimen.image, learned, settings=alone).points, found.points
    )


def test_further_views_of_the_same_encoding_where_they_do_not(
    embedded: Backbone, learned: nh.LandmarkSet, passes: dict[str, list[int]]
) -> None:
    noise = np.random.default_rng(0).random((150, 190, 3), dtype=np.float32)
    found = nh.locate(embedded, noise, learned)
    assert passes["encoded"] == [1]
    assert 2 <= len(passes["queries"]) <= 3
    assert set(passes["queries"]) == {1}
    single = learned.preset.locate.changed(further_views=0)
    without = nh.locate(embedded, noise, learned, settings=single)
    assert np.nanmean(found.agreement) >= np.nanmean(without.agreement)


def test_further_views_need_the_refinement() -> None:
    with pytest.raises(SettingsError, match=r"further_views needs locate\.refine"):
        nh.preset("lean").changed("own", locate={"refine": False})
