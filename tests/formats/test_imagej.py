"""Point selections and tables of ImageJ: whole numbers are centres of pixels."""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path

import numpy as np
import pytest
import roifile

from napari_homolog.errors import FormatError
from napari_homolog.formats import FormatWarning, read_landmarks, read_specimen

POINTS = [(12.0, 34.0), (250.25, 7.5), (99.0, 180.0)]
"""(x, y), as ImageJ shows them."""


def selection(
    points: list[tuple[float, float]], kind: roifile.ROI_TYPE = roifile.ROI_TYPE.POINT
) -> bytes:
    made = roifile.ImagejRoi.frompoints(np.array(points, np.float32))
    made.roitype = kind
    return made.tobytes()


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, data in members.items():
            made.writestr(name, data)
    return path


def test_a_multi_point_selection(tmp_path: Path) -> None:
    (tmp_path / "wing_01.roi").write_bytes(selection(POINTS))
    (wing,) = read_landmarks(tmp_path / "wing_01.roi", image_size=(200, 300))
    assert (wing.image, wing.image_size) == ("wing_01", (200, 300))
    assert wing.landmarks.names == ("1", "2", "3")
    assert wing.landmarks.points.tolist() == [[y, x] for x, y in POINTS]


@pytest.mark.parametrize("prefix", ["tip {}", "0034-{:04d}"])
def test_the_managers_archive(tmp_path: Path, prefix: str) -> None:
    members = {
        f"{prefix.format(number)}.roi": selection([point]) for number, point in enumerate(POINTS)
    }
    path = archive(
        tmp_path / "RoiSet.zip", {**members, "box.roi": selection(POINTS, roifile.ROI_TYPE.RECT)}
    )
    with pytest.warns(FormatWarning, match=r"left out 1 selections that are no points: box\.roi"):
        # Called as ImageJ calls it, so that it belongs to any image.
        wing = read_specimen(path, "/a/wing.jpg", (200, 300))
    assert wing.landmarks.points.tolist() == [[y, x] for x, y in POINTS]
    named = prefix.startswith("tip")
    assert wing.landmarks.names == (("tip 0", "tip 1", "tip 2") if named else ("1", "2", "3"))


def test_what_is_no_set_of_points(tmp_path: Path) -> None:
    whole = selection(POINTS)
    for name, data, message in (
        ("area.roi", selection(POINTS, roifile.ROI_TYPE.RECT), "1 selections but no points"),
        ("text.roi", b"no selection", "is no selection of ImageJ, or is damaged"),
        ("short.roi", whole[:40], "is no selection of ImageJ|no points"),
        ("empty.roi", b"", "is no selection of ImageJ"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(FormatError, match=message):
            read_landmarks(tmp_path / name)
    two = archive(tmp_path / "two.zip", {"a.roi": whole, "b.roi": whole})
    with pytest.raises(FormatError, match="2 selections, of which some have several points"):
        read_landmarks(two)
    (tmp_path / "cut.zip").write_bytes(two.read_bytes()[:-30])
    with pytest.raises(FormatError, match=r"no selection of ImageJ|damaged archive"):
        read_landmarks(tmp_path / "cut.zip")
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.roi", bytes(30_000_000))
    with pytest.raises(FormatError, match="unpacks to more than"):
        read_landmarks(bomb)


def test_no_damage_ends_in_another_error(tmp_path: Path) -> None:
    random, whole = np.random.default_rng(1), np.frombuffer(selection(POINTS), np.uint8)
    for _ in range(300):
        data = whole.copy()
        places = random.integers(0, len(data), 3)
        data[places] = random.integers(0, 256, 3)
        (tmp_path / "a.roi").write_bytes(data.tobytes())
        with contextlib.suppress(FormatError):
            read_landmarks(tmp_path / "a.roi")


TABLE = """ ,Label,Area,Mean,Min,Max,X,Y,Slice,Counter,Count
1,wing.tif:0001-0001,0,98.3,98.3,98.3,12,34,1,0,3
2,wing.tif:0001-0001,0,98.3,98.3,98.3,250.25,7.5,1,0,
3,wing.tif:0001-0001,0,98.3,98.3,98.3,99,180,1,0,
4,leg.tif,0,98.3,98.3,98.3,5,6,1,0,
"""


@pytest.mark.parametrize("columns", ["labelled", "unlabelled", "places only", "tabs"])
def test_the_table_of_measurements(tmp_path: Path, columns: str) -> None:
    rows = [row.split(",") for row in TABLE.splitlines()]
    if columns in ("unlabelled", "places only"):
        rows = rows[:4]
        kept = [0, 6, 7] if columns == "places only" else [0, *range(2, 9)]
        rows = [[row[index] for index in kept] for row in rows]
    path = tmp_path / "Results.csv"
    separator = "\t" if columns == "tabs" else ","
    path.write_text("".join(separator.join(row) + "\n" for row in rows))
    wing, *others = read_landmarks(path, image_size=(200, 300))
    assert wing.landmarks.points.tolist() == [[y, x] for x, y in POINTS]
    labelled = columns in ("labelled", "tabs")
    assert wing.image == ("wing.tif" if labelled else "")
    assert [one.image for one in others] == (["leg.tif"] if labelled else [])


def test_a_table_in_real_units_is_told(tmp_path: Path) -> None:
    rows = [f"{n},0,1,1,1,{x / 100},{y / 100}" for n, (x, y) in enumerate(POINTS)]
    (tmp_path / "wing.csv").write_text(" ,Area,Mean,Min,Max,X,Y\n" + "\n".join(rows) + "\n")
    with pytest.warns(FormatWarning, match="in a corner far smaller than the image"):
        read_landmarks(tmp_path / "wing.csv", image_size=(200, 300))
    (tmp_path / "wing.csv").write_text(" ,Area,Mean,X,Y\n1,0,1,5,six\n2,0,1\n")
    with pytest.raises(FormatError, match=r"line 2: no two numbers[\s\S]*line 3"):
        read_landmarks(tmp_path / "wing.csv")


def test_an_archive_with_damaged_data_is_one_error(tmp_path: Path) -> None:
    path = tmp_path / "RoiSet.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.roi", selection(POINTS))
    data = bytearray(path.read_bytes())
    start = 30 + len("a.roi")
    data[start : start + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    with pytest.raises(FormatError, match="damaged archive"):
        read_landmarks(path)
