"""Ten times as much in a file takes about ten times as long, not a hundred times."""

from __future__ import annotations

import contextlib
import time

import numpy as np
import pytest

from napari_homolog import Landmarks, formats
from napari_homolog.errors import FormatError
from napari_homolog.formats import Specimen
from napari_homolog.images import ImageLookup

SIZE = (1000, 1000)
FEW, MANY = 200, 2000


def shortest(action):
    """Return the shortest of three durations: load makes them longer, never shorter."""
    durations = []
    for _ in range(3):
        start = time.process_time()
        action()
        durations.append(time.process_time() - start)
    return min(durations)


def assert_about_linear(action):
    few, many = (shortest(lambda count=count: action(count)) for count in (FEW, MANY))
    # A quadratic part would make this a hundred.
    assert many < 40 * max(few, 0.002)


def many_landmarks(count):
    points = np.random.default_rng(0).uniform(1, 999, (count, 2)).round()
    names = [str(n + 1) for n in range(count)]
    return [Specimen("a.jpg", Landmarks.from_arrays(names, points), image_size=SIZE)]


def many_specimens(count):
    marks = Landmarks({"1": (10, 20), "2": (700, 800)})
    return [Specimen(f"{n}.jpg", marks, image_size=SIZE) for n in range(count)]


@pytest.mark.parametrize("name", ["tps", "tidy", "deeplabcut", "coco", "morphoj", "imglab"])
@pytest.mark.parametrize("make", [many_landmarks, many_specimens])
def test_files_are_written_and_read_in_linear_time(tmp_path, name, make):
    path = tmp_path / f"a{formats.find_format(name).suffixes[0]}"

    def there_and_back(count):
        formats.write_landmarks(path, make(count), format=name)
        formats.read_landmarks(path, format=name, image_size=SIZE)

    assert_about_linear(there_and_back)


def test_individuals_of_deeplabcut_are_read_in_linear_time(tmp_path):
    def read(count):
        cells = [("me", f"i{n}", "tip", axis) for n in range(count) for axis in "xy"]
        rows = [
            ",".join([title, "", "", *column])
            for title, column in zip(
                ("scorer", "individuals", "bodyparts", "coords"),
                zip(*cells, strict=True),
                strict=True,
            )
        ]
        rows.append(",".join(["labeled-data", "v", "1.png", *["5"] * len(cells)]))
        (tmp_path / "a.csv").write_text("\n".join(rows))
        assert len(formats.read_landmarks(tmp_path / "a.csv")) == count

    assert_about_linear(read)


def test_images_are_looked_up_in_linear_time(tmp_path):
    def look_up(count):
        folder = tmp_path / str(count)
        if not folder.exists():
            folder.mkdir()
            for number in range(count):
                (folder / f"wing_{number}.jpg").touch()
        lookup = ImageLookup(folder)
        assert all(lookup.find(f"WING_{number}.tif") for number in range(count))

    assert_about_linear(look_up)


def test_blanks_in_a_comment_are_written_in_linear_time(tmp_path):
    def write(count):
        wing = Specimen("a.jpg", Landmarks({"1": (1, 2)}), comment=f"a{' ' * 50 * count}b")
        formats.write_landmarks(tmp_path / "a.csv", [wing])

    assert_about_linear(write)


LONG_LINES = {
    "a.tps": [
        "LM=1\n1 2\nCOMMENT=x{}y\n",
        "LM=1\n1 2\nIMAGE=x{}y\n",
        "LM=1\n{} 2\n",
        "LM={}\n1 2\n",
    ],
    "a.csv": [
        "image,landmark,x,y\na{}b,1,2,3\n",
        "image,landmark,x{},y\na,1,2,3\n",
        "id,x1,y1\na,{},2\n",
    ],
    "a.txt": [
        "<shapes type=list>\n<a{}b type=matrix>\n",
        "<shapes type=list>\n</a{}\n",
        "id{}\tx1\ty1\n",
    ],
    "a.json": ['{{"images"{}: []}}', '{{"imagePath": "a{}", "shapes": []}}'],
}


@pytest.mark.filterwarnings("ignore::napari_homolog.formats.FormatWarning")
@pytest.mark.parametrize("fill", [" ", "\t", "\u00a0", "1", "a", '"', "[estimated: 1 ", "<", "/"])
@pytest.mark.parametrize("name", LONG_LINES)
def test_long_lines_are_read_in_linear_time(tmp_path, name, fill):
    """100,000 blanks in a comment once took 14 s to read."""
    path = tmp_path / name
    for line in LONG_LINES[name]:
        path.write_text(line.format(fill * (100_000 // len(fill))), encoding="utf-8")
        start = time.process_time()
        with contextlib.suppress(FormatError):
            formats.read_landmarks(path, image_size=SIZE)
        assert time.process_time() - start < 1
