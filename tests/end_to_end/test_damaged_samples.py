"""Files that once raised anything: open, convert and locate end in a result or one sentence."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from napari_homolog import formats, images
from napari_homolog.correspondence import LandmarkSet
from napari_homolog.errors import HomologError
from napari_homolog.images import ImageLookup
from napari_homolog.project import Project

SAMPLES = Path(__file__).parents[1] / "samples" / "damaged"
SIZE = (400, 600)


def open_project(path: Path) -> None:
    with Project.open(path) as project:
        for specimen in project.specimens():
            project.placements(specimen.id)
        project.changed_images()
        project.landmark_set()


def convert(path: Path) -> None:
    lookup = ImageLookup(path.parent)
    specimens = formats.read_landmarks(path, image_size=lambda name: lookup.find(name) and SIZE)
    formats.write_landmarks(path.with_name("out.csv"), specimens)


WAYS = {
    ".homolog": open_project,
    ".safetensors": LandmarkSet.load,
    ".png": images.read_image,
    ".json": convert,
    ".tps": convert,
}


@pytest.mark.filterwarnings("ignore::napari_homolog.formats.FormatWarning")
@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))
def test_one_error_within_a_second(tmp_path: Path, name: str) -> None:
    path = Path(shutil.copy(SAMPLES / name, tmp_path / name))
    start = time.process_time()
    try:
        WAYS[path.suffix](path)
    except HomologError as error:
        said = str(error)
        assert said.rstrip().endswith((".", "update.")) or ";" in said
        assert len(said) < 1500
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("corrupt_page.homolog", "is damaged|damaged \\("),
        ("infinite_view.homolog", "does not have the tables of a project of its version"),
        ("set_without_repeats.safetensors", "no valid .*repeats"),
        ("eps.png", "in none of the formats that are read"),
    ],
)
def test_the_true_reason_is_told(tmp_path: Path, name: str, message: str) -> None:
    path = Path(shutil.copy(SAMPLES / name, tmp_path / name))
    with pytest.raises(HomologError, match=message):
        WAYS[path.suffix](path)
