from __future__ import annotations

import colorsys

import numpy as np
import pytest

from napari_homolog.synthetic.world import (
    COLOURS,
    FAMILIES,
    WORLD_KINDS,
    generate_world_picture,
    picture_of,
)
from napari_homolog.synthetic.world.axis import Axis
from napari_homolog.synthetic.world.colouring import HUES, LUMA, tint
from napari_homolog.synthetic.world.framing import mirrored, random_placement
from napari_homolog.synthetic.world.painting import paint_parts
from napari_homolog.synthetic.world.scene import MOST_WORDS, WorldPicture

families = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)


def clauses(picture: WorldPicture) -> dict[str, str]:
    """Return the parts that a caption names, with their colours."""
    _, *named = picture.caption.rpartition(" on ")[0].split(" , ")
    return dict(clause.rsplit(" ", 1) for clause in named)


def test_the_same_seed_gives_the_same_picture() -> None:
    for seed in range(5):
        first, second = generate_world_picture(seed), generate_world_picture(seed)
        np.testing.assert_array_equal(first.image, second.image)
        assert first.caption == second.caption
        assert first.landmarks == second.landmarks
    assert not np.array_equal(generate_world_picture(0).image, generate_world_picture(1).image)


@families
def test_specimens_of_a_family_differ_but_share_most_landmarks(family: object) -> None:
    assert callable(family)
    one, other = (family(np.random.default_rng(seed)) for seed in (1, 2))
    assert one.kind in WORLD_KINDS
    shared = one.landmarks.keys() & other.landmarks.keys()
    assert len(shared) >= 3
    assert any(one.landmarks[name] != other.landmarks[name] for name in shared)


@families
def test_landmarks_lie_on_the_specimen(family: object) -> None:
    assert callable(family)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        picture = picture_of(rng, family(rng), (96, 96), share=0.8)
        covered = picture.parts.covered
        points = np.array(list(picture.landmarks.values())) * 2 + 0.5
        rows, cols = np.nonzero(covered)
        body = np.stack([rows, cols], axis=1)
        inside = ((points >= 0) & (points <= 191)).all(1)
        assert inside.mean() > 0.6
        for point in points[inside]:
            # Tips are drawn thinner than a pixel, and points on an edge may be rounded off it.
            assert np.linalg.norm(body - point, axis=1).min() < 9


@families
def test_left_is_left_when_the_head_is_up(family: object) -> None:
    assert callable(family)
    compared = 0
    for seed in range(4):
        anatomy = family(np.random.default_rng(seed))
        for image in (anatomy, mirrored(FixedChoice(0.9), anatomy)):
            for name, (_, col) in image.landmarks.items():
                partner = name.replace("left ", "right ")
                if name.startswith("left ") and partner in image.landmarks:
                    assert col < image.landmarks[partner][1] + 0.02, name
                    compared += 1
    names = {part.name for part in anatomy.parts}
    assert compared or not any(name.startswith("left ") for name in names) or "petal" in str(names)


class FixedChoice:
    """Stands for a generator that draws one number: above a half, to mirror."""

    def __init__(self, number: float) -> None:
        self.number = number

    def random(self) -> float:
        return self.number


def test_a_mirror_image_of_a_mirror_image_is_the_original() -> None:
    family = next(iter(FAMILIES))
    anatomy = family(np.random.default_rng(3))
    back = mirrored(FixedChoice(0.9), mirrored(FixedChoice(0.9), anatomy))
    assert [part.name for part in back.parts] == [part.name for part in anatomy.parts]
    for first, second in zip(anatomy.parts, back.parts, strict=True):
        np.testing.assert_allclose(first.outline, second.outline)


def test_captions_name_visible_parts_and_their_colours() -> None:
    named = 0
    for seed in range(60):
        picture = generate_world_picture(seed)
        assert len(picture.caption.split(" ")) <= MOST_WORDS
        assert picture.caption.startswith(f"a {picture.kind}")
        assert picture.caption.rpartition(" on ")[2] in COLOURS
        for part, colour in clauses(picture).items():
            assert picture.colours[part] == colour
            index = picture.parts.names.index(part) + 1
            assert (picture.parts.index == index).any()
            named += 1
    assert named > 250


def test_parts_have_the_hue_that_the_caption_says() -> None:
    right, compared = 0, 0
    for seed in range(80):
        picture = generate_world_picture(seed, (64, 64))
        for part, colour in clauses(picture).items():
            index = picture.parts.names.index(part) + 1
            whole = (picture.parts.index == index).reshape(64, 2, 64, 2).all((1, 3))
            if colour == "grey" or whole.sum() < 12:
                continue
            red, green, blue = np.median(picture.image[whole], axis=0) / 255
            hue, saturation, _ = colorsys.rgb_to_hsv(red, green, blue)
            if saturation < 0.15:
                continue
            low, high = HUES[colour]
            away = (hue * 360 - (low + high) / 2 + 180) % 360 - 180
            right += abs(away) < (high - low) / 2 + 12
            compared += 1
    assert compared > 100
    assert right / compared > 0.9


@pytest.mark.parametrize("colour", [*HUES, "grey"])
def test_colours_do_not_change_how_light_a_picture_is(colour: str) -> None:
    anatomy = next(iter(FAMILIES))(np.random.default_rng(0))
    place = random_placement(np.random.default_rng(1), anatomy, (64, 64), 0.8)
    parts = paint_parts(anatomy, [place], (64, 64))
    grey = np.random.default_rng(2).random((64, 64)).astype(np.float32)
    tinted = tint(
        np.random.default_rng(3),
        grey,
        parts,
        dict.fromkeys(parts.names, colour),
        "blue",
        np.zeros((64, 64), bool),
    )
    assert tinted.min() > -1e-5
    assert tinted.max() < 1 + 1e-5
    np.testing.assert_allclose(tinted @ LUMA, grey, atol=1e-5)


def test_an_axis_places_points_in_body_coordinates() -> None:
    axis = Axis.through([[0, 0], [1, 0], [2, 0]], [0.5, 0.5, 0.5], [1.0, 1.0, 1.0])
    np.testing.assert_allclose(axis.at(0.5, -1), [1, -0.5], atol=1e-9)
    np.testing.assert_allclose(axis.at(0.25, 1), [0.5, 1.0], atol=1e-9)
    np.testing.assert_allclose(axis.beyond(0.5, -1, 0.25), [1, -0.75], atol=1e-9)
    np.testing.assert_allclose(axis.at([0, 1], 0), [[0, 0], [2, 0]], atol=1e-9)
