"""Files that version 0.1 wrote; the expected values were printed by that version."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_homolog import formats
from napari_homolog.project import PlacementStatus, Project
from napari_homolog.project.schema import VERSION

SAMPLES = Path(__file__).parents[1] / "samples" / "version_0_1"
SIZE = (96, 120)


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    text = (SAMPLES / "expected.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["project"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLES, tmp_path / "series")) / "series.homolog"


def pair(values: list[float] | None) -> tuple[float, ...] | None:
    return None if values is None else tuple(values)


def test_the_project_has_the_same_contents(path: Path, expected: dict[str, Any]) -> None:
    with Project.open(path) as project:
        specimens = project.specimens()
        assert project.seed == expected["seed"]
        assert {one.name: one.status.value for one in specimens} == expected["status"]
        assert {one.name: [one.scale, one.unit] for one in specimens} == expected["scale"]
        assert [change.description for change in project.history()] == expected["history"]
        assert [one.name for one in project.references()] == ["beetle_0"]
        assert [one.path for one in specimens] == [
            path.parent / f"beetle_{number}.png" for number in range(3)
        ]
        assert project.changed_images() == []
        for specimen in specimens:
            assert specimen.comment is None
            assert project.curves(specimen.id) == ()
            placements = project.placements(specimen.id)
            wanted = expected["placements"][specimen.name]
            assert list(placements) == list(wanted)
            for name, values in wanted.items():
                placement = placements[name]
                assert placement.point == pair(values["point"])
                assert placement.predicted == pair(values["predicted"])
                assert placement.status.value == values["status"]
                for number in ("confidence", "spread", "missing_probability", "expected_error"):
                    assert getattr(placement, number) == values[number]
                assert not placement.occluded


def test_its_history_can_be_undone(path: Path) -> None:
    with Project.open(path) as project:
        assert project.undo() == "Accept 'beetle_2'"
        assert project.specimen(3).status.value == "found"
        assert project.undo() == "Mark 'left elytron spot' as missing on 'beetle_1'"
        assert project.placements(2)["left elytron spot"].status is PlacementStatus.PREDICTED
        assert project.undo() == "Place 'left shoulder' on 'beetle_1'"
        assert project.undo() == "Take 'beetle_0' as a reference"
        assert project.references() == []
        assert project.undo() == "Place 3 landmarks on 'beetle_0'"
        assert project.placements(1) == {}


def test_the_tables_keep_seeds_and_settings_and_become_present_ones(
    path: Path, expected: dict[str, Any]
) -> None:
    before = path.read_bytes()
    Project.open(path).close()
    assert path.read_bytes() != before
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    rows = connection.execute("SELECT specimen_id, seed, settings FROM location").fetchall()
    assert [list(row) for row in rows] == expected["seeds"]
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


@pytest.mark.parametrize(
    ("name", "tolerance", "named"),
    [
        ("series.csv", 0, True),
        ("series.json", 0, True),
        ("series.tps", 1e-5, False),
        ("series.txt", 1e-12, False),
    ],
)
def test_landmark_files_read_the_same(
    expected: dict[str, Any], name: str, tolerance: float, named: bool
) -> None:
    specimens = formats.read_landmarks(SAMPLES / name, image_size=SIZE)
    # MorphoJ holds complete specimens only.
    complete = ["beetle_0", "beetle_2"] if name == "series.txt" else list(expected["placements"])
    assert [one.identifier for one in specimens] == complete
    for specimen in specimens:
        wanted = expected["placements"][specimen.identifier]
        points = [values["point"] or (np.nan, np.nan) for values in wanted.values()]
        np.testing.assert_allclose(specimen.landmarks.points, points, rtol=0, atol=tolerance)
        assert specimen.landmarks.names == (tuple(wanted) if named else ("1", "2", "3"))
        if named:
            assert specimen.status == tuple(values["status"] for values in wanted.values())
            assert specimen.scale == expected["scale"][specimen.identifier][0]
            confidence = np.array([values["confidence"] for values in wanted.values()], float)
            given = specimen.confidence
            np.testing.assert_array_equal(
                np.full(3, np.nan) if given is None else given, confidence
            )
