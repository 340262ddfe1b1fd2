"""The specimen of a landmark file that belongs to an image."""

from __future__ import annotations

import unicodedata

import pytest

from napari_homolog import Landmarks
from napari_homolog.errors import FormatError
from napari_homolog.formats import (
    Specimen,
    read_specimen,
    specimen_for_image,
    specimens_of_image,
)

MARKS = Landmarks({"1": (10, 20)})

TWO = "LM=1\n20 50\nIMAGE=scans\\Wing.TIF\nID=0\nLM=1\n30 900\nIMAGE=other.jpg\nID=1\n"


def specimens(*images: str) -> list[Specimen]:
    return [Specimen(image, MARKS, f"no {number}") for number, image in enumerate(images)]


@pytest.mark.parametrize(
    ("images", "image", "expected"),
    [
        (("a.jpg", "b.jpg"), "/data/b.jpg", 1),
        (("A.TIF", "b.jpg"), "/data/a.jpg", 0),
        (("a", "b"), "/data/b.png", 1),
        (("male/1.jpg", "female/1.jpg"), "/data/female/1.jpg", 1),
        ((unicodedata.normalize("NFD", "Flügel.jpg"), "b"), "Flügel.jpg", 0),
        (("",), "any.jpg", 0),
    ],
)
def test_the_specimen_of_an_image(images: tuple[str, ...], image: str, expected: int) -> None:
    rows = specimens(*images)
    assert specimen_for_image(rows, image) is rows[expected]


def test_a_specimen_without_an_image_goes_by_its_identifier() -> None:
    rows = [Specimen("", MARKS, "wing_1"), Specimen("", MARKS, "wing_2")]
    assert specimen_for_image(rows, "scans/wing_2.jpg") is rows[1]


def test_landmarks_of_another_image_are_refused() -> None:
    with pytest.raises(FormatError, match=r"^a\.tps has landmarks of a\.jpg, not of b\.jpg; give"):
        specimen_for_image(specimens("a.jpg"), "scans/b.jpg", file="a.tps")
    many = specimens(*(f"{number}.jpg" for number in range(7)))
    with pytest.raises(FormatError, match=r"3\.jpg, 4\.jpg and 2 more, not of b\.jpg"):
        specimen_for_image(many, "b.jpg")


def test_an_image_that_was_digitised_twice() -> None:
    rows = specimens("a.jpg", "b.jpg", "a.jpg")
    assert specimens_of_image(rows, "a.jpg") == [rows[0], rows[2]]
    with pytest.raises(
        FormatError,
        match=r"2 specimens for a\.jpg: a\.jpg \(no 0\), a\.jpg \(no 2\); .* keep the one",
    ):
        specimen_for_image(rows, "a.jpg")
    with pytest.raises(FormatError, match=r": male/1\.jpg \(no 0\), female/1\.jpg \(no 1\); "):
        specimen_for_image(specimens("male/1.jpg", "female/1.jpg"), "1.jpg")


def test_the_size_of_the_other_images_need_not_be_known(tmp_path) -> None:
    (tmp_path / "two.tps").write_text(TWO)
    specimen = read_specimen(tmp_path / "two.tps", "/data/wing.jpg", (60, 80))
    # y = 50 of 60 rows upwards; no warning of the other one, which lies outside 60 rows.
    assert specimen.landmarks.points.tolist() == [[10, 20]]
    assert specimen.image_size == (60, 80)
    with pytest.raises(FormatError, match=r"two\.tps has landmarks of scans\\Wing\.TIF, other"):
        read_specimen(tmp_path / "two.tps", "third.jpg", (60, 80))
