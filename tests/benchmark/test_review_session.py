"""Simulated reviews, with a real model on drawings whose landmarks are known."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from napari_homolog import RunContext
from napari_homolog.benchmark import Pair, Picture
from napari_homolog.benchmark.datasets import choose_specimens
from napari_homolog.benchmark.review_session import simulate_reviews
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import DatasetError
from napari_homolog.synthetic import generate
from series import QUICK, SIZE


def pictures(folder: Path, count: int) -> list[Picture]:
    drawn = []
    for number in range(count):
        specimen = generate("beetle", number, SIZE)
        path = folder / f"beetle {number}.png"
        Image.fromarray(specimen.image).save(path)
        drawn.append(Picture(path.name, path, specimen.landmarks, "beetle"))
    return drawn


def test_both_orders_start_from_the_same_places(embedded: Backbone, tmp_path: Path) -> None:
    drawn = pictures(tmp_path, 6)
    sessions = simulate_reviews(
        drawn, embedded, QUICK, corrections=3, drag_beyond=0, context=RunContext(seed=2)
    )
    assert [session.order for session in sessions] == ["least certain first", "random"]
    names = {picture.name for picture in drawn[1:]}
    for session in sessions:
        assert session.reference == drawn[0].name
        assert set(session.corrected) < names
        assert len(set(session.corrected)) == len(session.dragged) == 3
        assert session.drags_before <= session.landmarks
        assert session.landmarks == 2 * len(drawn[0].landmarks.names)
        # Three specimens that were placed exactly tell a radius; beetles differ too much for none.
        assert session.covered is not None
        assert session.radius is not None
        assert session.radius > session.error_after / 2
    total = [sum(session.dragged) for session in sessions]
    assert min(total) >= 0


def test_too_few_specimens(embedded: Backbone, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="3 specimens are too few for 2 corrections"):
        simulate_reviews(
            pictures(tmp_path, 3), embedded, QUICK, corrections=2, context=RunContext()
        )


def test_specimens_are_drawn_from_one_group(tmp_path: Path) -> None:
    drawn = pictures(tmp_path, 4)
    pairs = [Pair(one, other) for one in drawn for other in drawn if one is not other]
    chosen = choose_specimens(pairs, None, 3, seed=1)
    assert len({picture.name for picture in chosen}) == 3
    assert chosen == choose_specimens(pairs, "beetle", 3, seed=1)
    with pytest.raises(DatasetError, match="no group 'fish'; choose one of beetle"):
        choose_specimens(pairs, "fish", 3, seed=1)
