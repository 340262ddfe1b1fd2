from __future__ import annotations

import numpy as np
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
