"""Files that once raised anything: open, convert and locate end in a result or one sentence."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from napari_homolog import formats, images
from napari_homolog.cli import app
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


COMMANDS = {
    ".homolog": [
        *("project status IN", "project images IN --update", "project suggest IN"),
        *("project add IN a.png", "project run IN", "project learn IN", "project report IN"),
        *("project export IN out.csv", "project export IN out --for geomorph", "project links IN"),
        *("project scale IN", "project sides IN", "project export-curves IN out.csv"),
        *("project boxes IN boxes.csv", "project classify IN boxes.csv"),
        "project curves IN boxes.csv",
    ],
    ".safetensors": [
        "locate IN a.png --out out.csv --device cpu",
        "learn a.png --landmarks boxes.csv --extend IN --out out.safetensors --device cpu",
    ],
    ".png": [
        *("project add whole.homolog IN", "words IN wing --out out"),
        "learn IN --landmarks boxes.csv --out out.safetensors",
    ],
    ".json": [
        *("convert IN out.csv", "project new out.homolog --landmarks IN"),
        *("learn a.png --landmarks IN --out out.safetensors", "project boxes whole.homolog IN"),
        *("project curves whole.homolog IN", "project report whole.homolog --against IN"),
        "project classify whole.homolog IN",
    ],
}
COMMANDS[".tps"] = COMMANDS[".json"]


@pytest.mark.filterwarnings("ignore::napari_homolog.formats.FormatWarning")
@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))
def test_every_command_ends_in_a_result_or_one_error(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.effect_noise((64, 64), 50).save("a.png")
    Path("boxes.csv").write_text("image,top,left,height,width\na.png,5,5,40,40\n")
    Project.create("whole.homolog").close()
    path = Path(shutil.copy(SAMPLES / name, tmp_path / name))
    sound = path.read_bytes()
    for line in COMMANDS[path.suffix]:
        end = CliRunner().invoke(app, [name if word == "IN" else word for word in line.split()])
        # What the program turns into one sentence, or an exit code of the command itself.
        said = isinstance(end.exception, HomologError | SystemExit | type(None))
        assert said, f"{line}: {end.exception!r}"
        assert "Traceback" not in end.output
        # A project that is sound but for its paths is updated.
        if path.suffix != ".homolog":
            assert path.read_bytes() == sound, line
