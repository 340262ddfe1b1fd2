"""Project files that are damaged, or were made to do harm: one sentence, and nothing changes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from made_up import draw_noise, found_at, learned_names

from napari_homolog.errors import ProjectError
from napari_homolog.project import Project
from napari_homolog.project.schema import VERSION
from without_privileges import needs_permissions, run_python

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other links and permissions")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project in which every table has rows."""
    folder = tmp_path_factory.mktemp("sound")
    path = folder / "wings.homolog"
    with Project.create(path, seed=3) as project:
        project.set_landmarks(["tip", "base"])
        wing = project.add_image(draw_noise(folder / "wing.png", 1))
        number = project.add_landmark_set(learned_names("tip", "base"))
        project.record_prediction(wing, found_at(["tip", "base"], [(1, 2), (3, 4)]), number, seed=5)
        project.place(wing, "tip", (4, 5))
        project.set_curves(wing, [[(1.0, 2.0), (3.0, 4.0)]])
    return path


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "wings.homolog"))


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


CHANGES = {
    "a view": ["CREATE VIEW wings AS SELECT 1"],
    "a trigger": [
        "CREATE TRIGGER t AFTER UPDATE ON specimen BEGIN DELETE FROM landmark; END",
    ],
    "a view in place of a table": [
        "DROP TABLE residual",
        "CREATE VIEW residual AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
        "SELECT x AS specimen_id, x AS landmark_id, x AS error FROM n",
    ],
    "a further column": ["ALTER TABLE specimen ADD COLUMN more TEXT"],
    "no table": ["DROP TABLE prediction"],
    "no index": ["DROP INDEX specimen_path"],
    "text for a height": ["UPDATE specimen SET height = 'tall'"],
    "a negative height": ["UPDATE specimen SET height = -3"],
    "a blob for a name": ["UPDATE specimen SET name = x'00ff'"],
    "text for a row": ["UPDATE prediction SET row = 'top'"],
    "an infinite column": ["UPDATE prediction SET col = 9e999"],
    "an unknown status": ["UPDATE specimen SET status = 'lost'"],
    "text for data": ["UPDATE landmark_set SET data = 'text'"],
    "a prediction of no landmark": ["UPDATE prediction SET landmark_id = 77 WHERE landmark_id = 1"],
    "no seed": ["DELETE FROM project"],
    "a negative version": ["PRAGMA user_version = -1"],
    "version 0": ["PRAGMA user_version = 0"],
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("read_only", [False, True])
def test_what_no_project_can_hold_is_one_error(path: Path, what: str, read_only: bool) -> None:
    change(path, *CHANGES[what])
    before = path.read_bytes()
    start = time.process_time()
    with pytest.raises(ProjectError, match=r"damaged|changed by another program"):
        Project.open(path, read_only=read_only)
    assert time.process_time() - start < 1
    assert path.read_bytes() == before


INSIDE = {
    "a curve of text": ("UPDATE curve SET points = '[[1, \"x\"]]'", lambda one: one.curves(1)),
    "a curve of threes": ("UPDATE curve SET points = '[[1, 2, 3]]'", lambda one: one.curves(1)),
    "a box of text": ("UPDATE specimen SET box = '{'", lambda one: one.specimens()),
    "a box of three": ("UPDATE specimen SET box = '[1, 2, 3]'", lambda one: one.specimens()),
    "a change": ("UPDATE change SET before = '[1]'", lambda one: one.undo()),
    "landmarks of a set": (
        "UPDATE landmark_set SET landmarks = '[1]'",
        lambda one: one.landmark_set(),
    ),
    "a name that is not UTF-8": (
        "UPDATE specimen SET name = CAST(x'ff41' AS TEXT)",
        lambda one: one.specimens(),
    ),
}


@pytest.mark.parametrize("what", INSIDE)
def test_damaged_values_within_a_column_are_one_error(path: Path, what: str) -> None:
    statement, use = INSIDE[what]
    change(path, statement)
    with pytest.raises(ProjectError, match="damaged"), Project.open(path) as project:
        use(project)


def test_a_zeroed_page_is_one_error(path: Path) -> None:
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    seen = set()
    for page in range(1, len(data) // size):
        hurt = data.copy()
        hurt[page * size : (page + 1) * size] = bytes(size)
        path.write_bytes(hurt)
        try:
            with Project.open(path) as project:
                for specimen in project.specimens():
                    project.placements(specimen.id)
        except ProjectError:
            seen.add(page)
    assert seen


def test_a_new_file_of_an_older_version_is_migrated_all_the_same(path: Path) -> None:
    with Project.open(path) as project:
        assert [one.name for one in project.specimens()] == ["wing"]
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone() == (VERSION,)


@posix
def test_a_symbolic_link_is_the_file_that_it_points_to(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.homolog"
    link.symlink_to(path)
    shutil.copy(draw_noise(tmp_path / "wing.png", 1), tmp_path / "elsewhere" / "other.png")
    with (
        Project.open(path),
        pytest.raises(ProjectError, match="open for writing in another window"),
    ):
        Project.open(link)
    with Project.open(link) as project:
        assert project.path == path
        assert project.specimens()[0].path == tmp_path / "wing.png"
    assert [one.name for one in link.parent.iterdir() if one.suffix != ".png"] == ["link.homolog"]


@posix
def test_a_second_name_of_a_file_is_refused_for_writing(path: Path, tmp_path: Path) -> None:
    os.link(path, tmp_path / "second.homolog")
    for name in (path, tmp_path / "second.homolog"):
        with pytest.raises(ProjectError, match=r"several names .hard links.*make a copy"):
            Project.open(name)
        with Project.open(name, read_only=True) as project:
            assert project.seed == 3


LOOKING = """
import sys
from napari_homolog.project import Project
with Project.open(sys.argv[1], read_only=True) as project:
    print(project.seed, [one.name for one in project.specimens()])
try:
    Project.open(sys.argv[1])
except Exception as error:
    print(type(error).__name__, error)
"""


@needs_permissions
def test_a_project_where_nothing_can_be_written_can_be_looked_at(
    sound: Path, tmp_path: Path
) -> None:
    place = tmp_path / "share"
    place.mkdir()
    path = Path(shutil.copy(sound, place / "wings.homolog"))
    path.chmod(0o444)
    place.chmod(0o555)
    run = run_python("-c", LOOKING, path)
    first, second = run.stdout.splitlines()
    assert first == "3 ['wing']", run.stderr
    assert second.startswith("ProjectAccessError")
    assert "open it for reading only, or make a copy of it" in second
    assert [one.name for one in place.iterdir()] == ["wings.homolog"]
    place.chmod(0o755)


CREATED_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from napari_homolog.project import Project
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    Project.create(sys.argv[1])
except Exception as error:
    print(type(error).__name__, error)
"""


@posix
@pytest.mark.parametrize("size", [0, 5000, 20_000])
def test_a_disk_that_is_full_while_a_project_is_made_leaves_nothing(
    tmp_path: Path, size: int
) -> None:
    command = [sys.executable, "-c", CREATED_ON_A_FULL_DISK, tmp_path / "a.homolog", str(size)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stdout.startswith("ProjectAccessError"), run.stderr
    assert list(tmp_path.iterdir()) == []


KILLED_WHILE_SAVING = """
import os, signal, sys
from pathlib import Path
from napari_homolog.files import replacing
with replacing(Path(sys.argv[1])) as part:
    part.with_name(part.name + "-wal").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@posix
def test_what_a_killed_save_left_is_gone_after_the_next_open(path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED_WHILE_SAVING, path], check=False)
    assert len(list(path.parent.glob(".wings*.part*"))) == 2
    with Project.open(path):
        assert list(path.parent.glob(".wings*.part*")) == []
