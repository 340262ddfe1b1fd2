"""The method through the matchers' interface, on drawn specimens and the embedded model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_homolog import Landmarks, Reference, learn, locate
from napari_homolog.benchmark.matchers import LandmarkSets, create_method_matchers
from napari_homolog.boxes import Box
from napari_homolog.context import RunContext
from napari_homolog.correspondence import Preset, preset
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import SettingsError
from napari_homolog.images import as_rgb
from napari_homolog.synthetic import SyntheticSpecimen, generate


@pytest.fixture(scope="module")
def quick() -> Preset:
    return preset("attention").changed(
        "quick", learn={"restarts": 1, "steps": 50, "encodings": 1}, locate={"encodings": 1}
    )


@pytest.fixture(scope="module")
def specimens() -> list[SyntheticSpecimen]:
    return [generate("leaf", seed, (96, 96)) for seed in (1, 2)]


def test_all_kinds_learn_once_and_find_what_locate_finds(
    embedded: Backbone, quick: Preset, specimens: list[SyntheticSpecimen], tmp_path: Path
) -> None:
    source, target = specimens
    image, other = as_rgb(source.image), as_rgb(target.image)
    matchers = create_method_matchers(
        ["homolog", "attention", "features", "both"],
        embedded,
        quick,
        folder=tmp_path,
        context=RunContext(3),
    )
    assert [one.name for one in matchers] == [
        "attention-quick", "attention-quick", "features-quick", "both-quick"
    ]  # fmt: skip
    learned = learn(
        embedded, [Reference(image, source.landmarks)], preset=quick, context=RunContext(3)
    )
    places = []
    for matcher in matchers:
        settings = matcher.settings
        expected = locate(embedded, other, learned, settings=settings, context=RunContext(3))
        found = matcher.match(image, source.landmarks, other)
        np.testing.assert_allclose(found.points, expected.points, atol=1e-4)
        assert found.maps is not None
        assert found.maps.shape == expected.maps.shape
        places.append(found.points)
    assert not np.allclose(places[1], places[2])
    assert len(list(tmp_path.glob("*.safetensors"))) == 1


def test_a_set_is_learned_again_only_for_another_source_or_seed(
    embedded: Backbone, quick: Preset, specimens: list[SyntheticSpecimen], tmp_path: Path
) -> None:
    image, marks = as_rgb(specimens[0].image), specimens[0].landmarks
    sets = LandmarkSets(embedded, quick, tmp_path)
    first = sets.get(Reference(image, marks))
    seconds = sets.seconds
    assert seconds > 0
    assert sets.get(Reference(image, marks)) is first
    other_run = LandmarkSets(embedded, quick, tmp_path)
    again = other_run.get(Reference(image, marks))
    np.testing.assert_array_equal(again.coarse.tokens, first.coarse.tokens)
    assert other_run.seconds == seconds
    fewer = Landmarks.from_arrays(marks.names[:2], marks.points[:2])
    assert sets.get(Reference(image, fewer)).names == marks.names[:2]
    LandmarkSets(embedded, quick, tmp_path, context=RunContext(1)).get(Reference(image, marks))
    assert len(list(tmp_path.glob("*.safetensors"))) == 3


def test_the_paper_s_views_have_no_features(embedded: Backbone) -> None:
    (own,) = create_method_matchers(["homolog"], embedded, preset("paper"))
    assert own.name == "attention-paper"
    with pytest.raises(SettingsError, match="uses attention maps only"):
        create_method_matchers(["both"], embedded, preset("paper"))


def test_a_set_that_was_broken_off_is_learned_again(
    embedded: Backbone, quick: Preset, specimens: list[SyntheticSpecimen], tmp_path: Path
) -> None:
    image, marks = as_rgb(specimens[0].image), specimens[0].landmarks
    LandmarkSets(embedded, quick, tmp_path).get(Reference(image, marks))
    (note,) = tmp_path.glob("*.json")
    note.unlink()
    next(iter(tmp_path.glob("*.safetensors"))).write_bytes(b"half")
    assert len(LandmarkSets(embedded, quick, tmp_path).get(Reference(image, marks))) == len(marks)


def test_further_pictures_are_learned_from_too(
    embedded: Backbone, quick: Preset, specimens: list[SyntheticSpecimen], tmp_path: Path
) -> None:
    pictures = [(as_rgb(one.image), one.landmarks) for one in specimens]
    (own,) = create_method_matchers(["attention"], embedded, quick, folder=tmp_path)
    together = own.learn_with(*pictures[0], pictures[1:])
    expected = learn(embedded, [Reference(*one) for one in pictures], preset=quick)
    np.testing.assert_allclose(together.coarse.tokens, expected.coarse.tokens, atol=1e-6)
    alone = own.learn(*pictures[0])
    assert not np.allclose(alone.coarse.tokens, together.coarse.tokens)
    assert own.learn_with(*pictures[0], ()) is alone


def test_boxes_are_learned_and_located_in(
    embedded: Backbone, quick: Preset, specimens: list[SyntheticSpecimen]
) -> None:
    first, second = (as_rgb(one.image) for one in specimens[:2])
    box, other = Box(2, 3, 90, 92), Box(4, 1, 94, 90)
    (own,) = create_method_matchers(["attention"], embedded, quick)
    reference = Reference(first, specimens[0].landmarks, box=box)
    learned = own.learn_references(reference, ())
    expected = locate(
        embedded,
        second,
        learn(embedded, [reference], preset=quick),
        settings=quick.locate,
        box=other,
    )
    np.testing.assert_allclose(
        own.find_in(learned, second, other).points, expected.points, atol=1e-3
    )
    assert own.learn(first, specimens[0].landmarks) is not learned
