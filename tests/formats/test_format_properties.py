"""What holds for any specimens, and for any damage to a file."""

from __future__ import annotations

import dataclasses
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
def specimens(draw):
    height, width = draw(st.integers(16, 5000)), draw(st.integers(16, 5000))
    called = draw(st.lists(TEXT, min_size=1, max_size=6, unique=True))
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
            comment=draw(st.none() | TEXT),
            occluded=np.array([draw(st.booleans()) for _ in called]),
            curves=tuple(np.array(draw(st.lists(place, max_size=3))).reshape(-1, 2) for _ in "ab"),
        )
        for index in range(draw(st.integers(1, 3)))
    ]


def through(name, given_specimens):
    suffix = formats.find_format(name).suffixes[0]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", FormatWarning)
        path = Path(folder) / f"file{suffix}"
        formats.write_landmarks(path, given_specimens, format=name)
        sizes = {one.image: one.image_size for one in given_specimens}
        sizes |= {one.identifier: one.image_size for one in given_specimens}
        # Some formats are known by their first line alone.
        return formats.read_landmarks(
            path, image_size=lambda image: sizes.get(image.rpartition("/")[2])
        )


def assert_same_marks(old, new, places=slice(None)):
    assert new.landmarks.names == tuple(np.array(old.landmarks.names)[places])
    assert_array_equal(new.landmarks.points, old.landmarks.points[places])
    assert new.image_size == old.image_size


def assert_same_beside(old, new, places=slice(None)):
    assert (new.image, new.identifier) == (old.image, old.identifier)
    assert (new.scale, new.comment) == (old.scale, old.comment)
    assert_array_equal(new.confidence, old.confidence[places])
    assert_array_equal(new.spread, old.spread[places])
    assert new.status == tuple(np.array(old.status)[places])
    hidden = np.zeros(len(new.landmarks), bool) if new.occluded is None else new.occluded
    expected = old.occluded[places]
    assert_array_equal(hidden, expected)


@settings(deadline=None, max_examples=60)
@given(specimens())
def test_table_gives_everything_back_exactly(before):
    after = through("tidy", before)
    for old, new in zip(before, after, strict=True):
        assert_same_marks(old, new)
        assert_same_beside(old, new)


@settings(deadline=None, max_examples=60)
@given(specimens())
def test_napari_points_give_back_all_that_is_not_missing(before):
    there = [one for one in before if one.landmarks.present.any()]
    if not there:
        with pytest.raises(FormatError, match="all landmarks are missing"):
            through("napari", before)
        return
    after = through("napari", before)
    for old, new in zip(there, after, strict=True):
        assert_same_marks(old, new, old.landmarks.present)
        assert_same_beside(old, new, old.landmarks.present)


@settings(deadline=None, max_examples=60)
@given(specimens())
def test_coco_gives_everything_back_exactly(before):
    after = through("coco", before)
    for old, new in zip(before, after, strict=True):
        # A landmark that is missing is not hidden as well.
        seen = dataclasses.replace(old, occluded=old.occluded & old.landmarks.present)
        assert_same_marks(old, new)
        assert_same_beside(seen, new)


@pytest.mark.parametrize("name", ["deeplabcut", "deeplabcut-h5"])
@settings(deadline=None, max_examples=40)
@given(before=specimens())
def test_deeplabcut_gives_names_images_and_positions_back_exactly(name, before):
    if len({one.landmarks.names for one in before}) > 1:
        with pytest.raises(FormatError, match="differ in their landmarks"):
            through(name, before)
        return
    after = through(name, before)
    for old, new in zip(before, after, strict=True):
        assert_same_marks(old, new)
        assert new.image.rpartition("/")[2] == old.image


@settings(deadline=None, max_examples=60)
@given(specimens())
def test_morphoj_gives_complete_specimens_back(before):
    complete = [one for one in before if one.landmarks.present.all()]
    if not complete:
        with pytest.raises(FormatError, match="every specimen lacks a landmark"):
            through("morphoj", before)
        return
    after = through("morphoj", before)
    for old, new in zip(complete, after, strict=True):
        assert new.identifier == old.identifier
        assert_allclose(new.landmarks.points, old.landmarks.points, atol=1e-9, rtol=0)


@settings(deadline=None, max_examples=60)
@given(specimens())
def test_tps_gives_positions_back_to_five_decimals(before):
    after = through("tps", before)
    scaled = all(one.scale is not None for one in before)
    for old, new in zip(before, after, strict=True):
        assert (new.image, new.identifier, new.comment) == (old.image, old.identifier, old.comment)
        assert new.scale == (old.scale if scaled else None)
        assert_array_equal(new.landmarks.present, old.landmarks.present)
        assert_allclose(new.landmarks.points, old.landmarks.points, atol=5.1e-6, rtol=0)
        for old_curve, new_curve in zip(old.curves, new.curves, strict=True):
            assert_allclose(new_curve, old_curve, atol=5.1e-6, rtol=0)


@settings(deadline=None, max_examples=60)
@given(specimens(), st.sampled_from([one.name for one in formats.FORMATS if one.can_write]))
def test_every_loss_is_named(before, name):
    carried = formats.find_format(name).carries
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            formats.write_landmarks(Path(folder) / "file", before, format=name)
        except FormatError:
            return
    told = [str(one.message) for one in caught if "left out" in str(one.message)]
    assert len(told) <= 1
    for what in ("confidence", "spread", "status", "curves"):
        assert what in carried or what in "".join(told)


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
            read = formats.read_landmarks(path, image_size=(480, 640))
        except FormatError as refused:
            told = str(refused)
        else:
            told = str(path) if read and all(len(one.landmarks) for one in read) else ""
        assert str(path) in told
