from __future__ import annotations

import hashlib

import numpy as np
import PIL
import pytest

from napari_homolog.synthetic import KINDS, generate, generate_damaged
from napari_homolog.synthetic.anatomy import ellipse, smooth
from napari_homolog.synthetic.palette import COLOURS


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_landmarks_lie_on_the_picture_and_left_is_left(kind: str, seed: int) -> None:
    specimen = generate(kind, seed, (120, 150))
    assert specimen.image.shape == (120, 150, 3)
    specimen.landmarks.require_inside(120, 150)
    for name in specimen.landmarks:
        if name.startswith("left "):
            other = specimen.landmarks[name.replace("left ", "right ")]
            assert specimen.landmarks[name][1] < other[1], "left is the viewer's left"


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_specimen_at_any_size(kind: str) -> None:
    small, large = generate(kind, 3, (100, 100)), generate(kind, 3, (200, 200))
    assert small.landmarks.names == large.landmarks.names
    # Pixel centres are integers: position p at 100 px is 2 p + 0.5 at 200 px.
    np.testing.assert_allclose(large.landmarks.points, 2 * small.landmarks.points + 0.5, atol=1e-9)


def test_other_seed_other_specimen() -> None:
    assert not np.array_equal(generate("fish", 1).image, generate("fish", 2).image)


def test_a_spot_is_where_its_landmark_says() -> None:
    differences = []
    for seed in range(40):
        specimen = generate("beetle", seed, (256, 256))
        row, col = np.rint(specimen.landmarks["left elytron spot"]).astype(int)
        centre = specimen.image[row - 1 : row + 2, col - 1 : col + 2].mean((0, 1))
        ring = specimen.image[row, [col - 22, col + 22]].mean(0)
        differences.append(np.abs(centre - ring).max())
    # Spots have colours of their own: most differ from what surrounds them.
    assert np.mean(np.array(differences) > 20) > 0.7


@pytest.mark.parametrize("kind", KINDS)
def test_captions_bind_colours_to_parts(kind: str) -> None:
    caption = generate(kind, 0).caption
    head, *clauses = caption.split(" , ")
    assert head == f"a {kind}"
    clauses[-1], _, background = clauses[-1].partition(" on ")
    assert background in COLOURS
    assert 6 <= len(clauses) <= 9
    assert all(clause.rsplit(" ", 1)[1] in COLOURS for clause in clauses)
    assert len({clause.rsplit(" ", 1)[0] for clause in clauses}) == len(clauses)


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_off_piece_takes_its_landmarks_along(kind: str) -> None:
    lost = []
    for seed in range(6):
        whole, damaged = generate(kind, seed, (150, 150)), generate_damaged(kind, seed, (150, 150))
        there = damaged.landmarks.present
        np.testing.assert_array_equal(
            damaged.landmarks.points[there], whole.landmarks.points[there]
        )
        assert not there.all()
        assert there.any()
        lost.append((~there).mean())
        # What is far from the piece looks as before.
        changed = np.abs(whole.image.astype(int) - damaged.image).max(-1) > 40
        assert 0.001 < changed.mean() < 0.3
    assert np.mean(lost) < 0.5


def test_smooth_curve_passes_through_its_points() -> None:
    knots = np.array([[0.0, 0.0], [1, 0], [1, 2], [0, 1]])
    curve = smooth(knots, steps=5)
    np.testing.assert_allclose(curve[::5], knots, atol=1e-12)
    open_curve = smooth(knots, steps=5, closed=False)
    np.testing.assert_allclose(open_curve[::5], knots, atol=1e-12)


def test_ellipse() -> None:
    outline = ellipse((3, 4), (2, 1), steps=100)
    np.testing.assert_allclose((((outline - (3, 4)) / (2, 1)) ** 2).sum(1), 1)
    np.testing.assert_allclose(np.ptp(outline, axis=0), (4, 2))


STORED = {
    "butterfly": ("0cb31c04aeb0f6fe", "5386b15b37c95270"),
    "beetle": ("d3f94f64f8866390", "e14a819d7fe2ce9f"),
    "fish": ("3d52f0d99d7b70e6", "93bf6fa0e10f4080"),
    "leaf": ("05828096969bd79b", "5b289f96b9f05384"),
    "wing": ("4c17d50d8051086e", "c00c0b450a16d0e4"),
}
"""Digests of pictures (whole and damaged) and of landmarks with captions, from version 0.1."""


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


@pytest.mark.parametrize("kind", KINDS)
def test_landmarks_and_captions_are_those_of_version_0_1(kind: str) -> None:
    specimen = generate(kind, 5, (96, 120))
    names = ",".join(specimen.landmarks.names).encode()
    points = specimen.landmarks.points.tobytes()
    assert digest(points, specimen.caption.encode(), names) == STORED[kind][1]


@pytest.mark.skipif(
    (PIL.__version__, np.__version__) != ("13.0.0", "2.4.6"),
    reason="other versions of Pillow or NumPy may round a pixel differently",
)
@pytest.mark.parametrize("kind", KINDS)
def test_pictures_are_those_of_version_0_1(kind: str) -> None:
    whole, damaged = generate(kind, 5, (96, 120)), generate_damaged(kind, 5, (96, 120))
    assert digest(whole.image.tobytes(), damaged.image.tobytes()) == STORED[kind][0]
