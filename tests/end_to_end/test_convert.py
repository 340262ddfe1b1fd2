"""`homolog convert`, as a user runs it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image

from command_line import homolog
from napari_homolog import Landmarks, formats

SIZE = (48, 64)
POINTS = np.array([(10, 20), (30.5, 40.25)])


def convert(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return homolog("convert", *arguments, cwd=cwd, columns=200)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Image.new("L", SIZE[::-1]).save(tmp_path / "Wing_01.png")
    (tmp_path / "wing.tps").write_text(
        "LM=2\n20 38\n40.25 17.5\nIMAGE=wing_01.jpg\nID=wing_01\nSCALE=0.5\n"
    )
    return tmp_path


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("out.csv", []),
        ("out.csv", ["--to", "napari"]),
        ("out.csv", ["--to", "deeplabcut"]),
        ("out.h5", []),
        ("out.json", []),
        ("out.txt", []),
        ("out.dat", ["--to", "tps"]),
    ],
)
def test_there_and_back(folder: Path, name: str, options: list[str]) -> None:
    run = convert("wing.tps", name, *options, cwd=folder)
    assert run.returncode == 0, run.stderr
    assert f"Wrote 1 specimens to {name}." in run.stdout
    # The file names a .jpg; the message says which file was used instead.
    assert "Wing_01.png is used as the image wing_01.jpg." in run.stderr
    back = [*("--from", options[1])] if options else []
    run = convert(name, "back.csv", *back, "--json", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {"out": "back.csv", "specimens": 1}
    (specimen,) = formats.read_landmarks(folder / "back.csv")
    assert_allclose(specimen.landmarks.points, POINTS)


def test_what_is_left_out_is_told_in_one_line(folder: Path) -> None:
    run = convert("wing.tps", "out.h5", cwd=folder)
    told = [line for line in run.stderr.splitlines() if line.startswith("Warning:")]
    (line,) = told
    assert line.endswith("DeepLabCut HDF5 has no place for scales; left out.")


def test_images_may_lie_elsewhere(folder: Path, tmp_path: Path) -> None:
    (folder / "pictures").mkdir()
    (folder / "Wing_01.png").rename(folder / "pictures" / "wing_01.jpg")
    assert convert("wing.tps", "out.csv", cwd=folder).returncode == 2
    run = convert("wing.tps", "out.csv", "--images", "pictures", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "finding"),
    [
        (["none.tps", "out.csv"], "There is no file"),
        (["wing.tps", "out.doc"], "must end in .tps or .csv"),
        (["wing.tps", "out.csv", "--to", "dlc"], "There is no format 'dlc'; choose one of tps,"),
        (["wing.tps", "out.csv", "--images", "none"], "There is no folder none"),
        (["[bold].tps", "out.csv"], "[bold].tps"),
    ],
)
def test_errors_end_in_one_sentence_and_exit_code_2(
    folder: Path, arguments: list[str], finding: str
) -> None:
    run = convert(*arguments, cwd=folder)
    assert run.returncode == 2
    assert finding in run.stderr
    assert "Traceback" not in run.stderr
    assert not (folder / "out.csv").exists()


def test_help_names_every_format(tmp_path: Path) -> None:
    shown = convert("--help", cwd=tmp_path).stdout
    for one in formats.FORMATS:
        assert one.name in shown
        assert one.suffixes[0] in shown


def test_names_come_through(folder: Path) -> None:
    marks = Landmarks({"tip": (10, 20), "base": (30.5, 40.25)})
    formats.write_landmarks(folder / "named.csv", [formats.Specimen("Wing_01.png", marks)])
    assert convert("named.csv", "named.json", cwd=folder).returncode == 0
    (specimen,) = formats.read_landmarks(folder / "named.json")
    assert specimen.landmarks.names == ("tip", "base")
    assert specimen.image_size == SIZE


def test_formats_that_count_upwards_need_no_images(tmp_path: Path) -> None:
    (tmp_path / "a.tps").write_text("LM=2\n10.5 400.25\n200 300\nIMAGE=none.jpg\nID=0\n")
    assert convert("a.tps", "b.txt", cwd=tmp_path).returncode == 0
    assert (tmp_path / "b.txt").read_text().splitlines()[1] == "0\t10.5\t400.25\t200.0\t300.0"
    assert convert("a.tps", "c.tps", cwd=tmp_path).returncode == 0
    assert (tmp_path / "c.tps").read_text().splitlines()[1:3] == [
        "10.50000 400.25000",
        "200.00000 300.00000",
    ]


@pytest.mark.parametrize("options", [["--height", "480"], ["--size", "640x480"]])
def test_size_may_be_given_instead_of_images(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "a.tps").write_text("LM=1\n10.5 400.25\nIMAGE=none.jpg\n")
    assert convert("a.tps", "b.csv", cwd=tmp_path).returncode == 2
    run = convert("a.tps", "b.csv", *options, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    (specimen,) = formats.read_landmarks(tmp_path / "b.csv")
    assert specimen.landmarks.points.tolist() == [[79.75, 10.5]]
