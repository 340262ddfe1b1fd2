"""Files of older versions."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from made_up import found_at

from command_line import homolog
from napari_homolog.errors import LandmarkSetError, ProjectError
from napari_homolog.project import LandmarkDefinition, PlacementStatus, Project, SpecimenStatus
from napari_homolog.project.schema import MIGRATIONS, VERSION

SAMPLES = Path(__file__).with_name("samples")


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    path = tmp_path / "old.homolog"
    connection = sqlite3.connect(path)
    connection.executescript((SAMPLES / "version_1.sql").read_text(encoding="utf-8"))
    connection.close()
    return path


def test_a_file_of_version_1_is_brought_up_to_date(first_version: Path) -> None:
    with Project.open(first_version) as project:
        assert project.seed == 11
        assert project.landmarks == (
            LandmarkDefinition("tip", "#ff0000", "where the vein ends"),
            LandmarkDefinition("base"),
        )
        first, second, third = project.specimens()
        assert first.path == first_version.parent / "images" / "wing_1.png"
        assert first.reference
        assert (first.scale, first.unit) == (None, None)
        assert (third.status, third.reason) == (SpecimenStatus.FAILED, "it is damaged")
        placed = project.placements(second.id)
        assert placed["tip"].point == (1.5, 2.5)
        assert placed["base"].point == (31, 41)
        assert placed["base"].predicted == (30, 40)
        assert project.placements(first.id)["base"].status is PlacementStatus.MISSING
        assert project.redo() == "Place 'tip' on 'wing_2'"
        number = project.landmark_set_id
        assert number is not None
        assert project.model is None
        with pytest.raises(LandmarkSetError, match="another version of napari-homolog; learn it"):
            project.landmark_set()
        found = found_at(("tip", "base"), [(1, 2), (3, 4)])
        project.record_prediction(third.id, found, number, seed=5)
    connection = sqlite3.connect(first_version)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert connection.execute("SELECT seed FROM location").fetchall() == [(None,), (5,)]
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    Project.open(first_version, read_only=True).close()


def test_an_old_file_can_be_looked_at_without_changing_it(first_version: Path) -> None:
    """On read-only media, nothing is written into the file or beside it."""
    before = first_version.read_bytes()
    with Project.open(first_version, read_only=True) as project:
        assert project.placements(2)["tip"].point == (1.5, 2.5)
        assert project.read_only
        assert project.specimens()[0].path == first_version.parent / "images" / "wing_1.png"
        with pytest.raises(ProjectError, match="open for reading only"):
            project.set_landmarks(["another"])
    assert first_version.read_bytes() == before
    told = homolog("project", "status", first_version, "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["landmarks"] == ["tip", "base"]
    assert first_version.read_bytes() == before
    assert [path.name for path in first_version.parent.iterdir()] == [first_version.name]


def test_an_old_file_has_the_tables_of_a_new_one(first_version: Path, tmp_path: Path) -> None:
    Project.open(first_version).close()
    Project.create(tmp_path / "new.homolog").close()

    def columns(path: Path) -> set[tuple[str, str]]:
        connection = sqlite3.connect(path)
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        return {
            (table, column[1])
            for (table,) in tables
            for column in connection.execute(f"PRAGMA table_info('{table}')")
        }

    assert columns(first_version) == columns(tmp_path / "new.homolog")


def test_a_migration_that_fails_changes_nothing(
    first_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE decision")
        connection.execute("SELECT nonsense")

    monkeypatch.setattr("napari_homolog.project.schema.MIGRATIONS", (MIGRATIONS[0], fails))
    with pytest.raises(ProjectError, match="nonsense"):
        Project.open(first_version)
    monkeypatch.undo()
    with Project.open(first_version) as project:
        assert project.placements(1)["tip"].point == (3.25, 4.5)
