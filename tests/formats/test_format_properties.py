"""What holds for any specimens, and for any damage to a file."""

from __future__ import annotations

import random
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from wings import SAMPLES

from napari_homolog import Landmarks, formats
from napari_homolog.errors import FormatError
from napari_homolog.formats import FormatWarning, Specimen

TEXT = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs"), include_characters=" '=+-@,;"),
    min_size=1,
    max_size=12,
).filter(lambda text: text == text.strip())


@st.composite
def specimens(draw, names=TEXT):
    height, width = draw(st.integers(16, 5000)), draw(st.integers(16, 5000))
    called = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    place = st.tuples(st.floats(-0.5, height - 0.5), st.floats(-0.5, width - 0.5))
    places = st.lists(st.none() | place, min_size=len(called), max_size=len(called))
    unit = st.lists(st.floats(0, 1), min_size=len(called), max_size=len(called)).map(np.array)
    return [
        Specimen(
            image=f"wing_{index}.png",
            landmarks=Landmarks(dict(zip(called, draw(places), strict=True))),
            identifier=f"wing {index}",
            scale=draw(st.none() | st.floats(1e-9, 1)),
            confidence=draw(unit),
            spread=draw(unit),
            status=tuple(draw(st.sampled_from(("manual", "predicted"))) for _ in called),
            image_size=(height, width),
        )
        for index in range(draw(st.integers(1, 3)))
    ]


def through(suffix, given_specimens):
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", FormatWarning)
        path = Path(folder) / f"file{suffix}"
        formats.write(path, given_specimens)
        sizes = {one.image: one.image_size for one in given_specimens}
        return formats.read(path, image_size=sizes.__getitem__)


@settings(deadline=None, max_examples=60)
@given(specimens())
def test_table_gives_everything_back_exactly(before):
    after = through(".csv", before)
    assert [one.image for one in after] == [one.image for one in before]
    assert [one.identifier for one in after] == [one.identifier for one in before]
    for old, new in zip(before, after, strict=True):
        assert new.landmarks.names == old.landmarks.names
        assert_array_equal(new.landmarks.points, old.landmarks.points)
        assert_array_equal(new.confidence, old.confidence)
        assert_array_equal(new.spread, old.spread)
        assert new.status == old.status
        assert new.image_size == old.image_size


@settings(deadline=None, max_examples=60)
@given(specimens())
def test_tps_gives_positions_back_to_five_decimals(before):
    after = through(".tps", before)
    scaled = all(one.scale is not None for one in before)
    for old, new in zip(before, after, strict=True):
        assert new.image == old.image
        assert new.identifier == old.identifier
        assert new.scale == (old.scale if scaled else None)
        assert_array_equal(new.landmarks.present, old.landmarks.present)
        assert_allclose(new.landmarks.points, old.landmarks.points, atol=5.1e-6, rtol=0)


ALL_SAMPLES = sorted(p for p in SAMPLES.rglob("*") if p.suffix in (".tps", ".csv"))


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return a file with a few bytes lost, doubled, overwritten or put elsewhere."""
    for _ in range(chance.randint(1, 4)):
        start = chance.randint(0, len(data))
        end = min(len(data), start + chance.randint(0, 12))
        insert = chance.choice(
            [b"", b"\0", b"\n", b"=", b"LM=3\n", b"CURVES=1\n", b"-", b'"', b",", b"\xff", b"1e999"]
            + [data[start:end] * 2, bytes(chance.randrange(256) for _ in range(3))]
        )
        data = data[:start] + insert + data[end:]
    return data[: chance.randint(0, len(data))] if chance.random() < 0.2 else data


@pytest.mark.filterwarnings("ignore::napari_homolog.formats.FormatWarning")
@pytest.mark.parametrize("sample", ALL_SAMPLES, ids=lambda path: path.name)
def test_damaged_file_is_read_or_refused(sample, tmp_path):
    chance = random.Random(sample.name)
    path = tmp_path / sample.name
    for _ in range(20):
        path.write_bytes(damaged(sample.read_bytes(), chance))
        try:
            read = formats.read(path, image_size=(480, 640))
        except FormatError as refused:
            told = str(refused)
        else:
            told = str(path) if read and all(len(one.landmarks) for one in read) else ""
        assert str(path) in told
