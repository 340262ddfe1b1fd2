"""Atomic writing on a real file system: content, permissions, links, and failures."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from napari_homolog.errors import HomologError, WriteError
from napari_homolog.files import atomic_write, replacing

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")

OVER_THE_LIMIT = """
import resource, sys
from pathlib import Path
from napari_homolog.files import atomic_write
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
with atomic_write(Path(sys.argv[1])) as file:
    file.write(bytes(1001))
"""

WITH_UMASK = """
import os, sys
from pathlib import Path
from napari_homolog.files import atomic_write
os.umask(0o027)
with atomic_write(Path(sys.argv[1])) as file:
    file.write(b"new")
"""


def python(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_file_appears_once_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    with atomic_write(path) as file:
        file.write(b"all of it")
        assert not path.exists()
    assert path.read_bytes() == b"all of it"
    assert names_in(tmp_path) == ["file.txt"]


def test_an_interrupted_write_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(b"old")

    def interrupt() -> None:
        with atomic_write(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["file.txt"]


@posix
def test_a_new_file_has_the_permissions_that_the_umask_leaves(tmp_path: Path) -> None:
    run = python(WITH_UMASK, tmp_path / "new")
    assert run.returncode == 0, run.stderr
    assert mode_of(tmp_path / "new") == 0o640


@posix
@pytest.mark.parametrize("mode", [0o600, 0o664, 0o444])
def test_an_existing_file_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(mode)
    with atomic_write(path) as file:
        (part,) = tmp_path.glob(".file.*.part")
        assert mode_of(part) == 0o600
        file.write(b"new")
    assert (path.read_bytes(), mode_of(path)) == (b"new", mode)


@posix
def test_the_umask_of_the_process_is_never_changed(tmp_path: Path, monkeypatch) -> None:
    def umask(mask: int) -> int:
        raise AssertionError("other threads create files at the same time")

    monkeypatch.setattr(os, "umask", umask)
    with atomic_write(tmp_path / "file") as file:
        file.write(b"new")


@posix
def test_a_symbolic_link_stays_one_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "file").write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(Path("data", "file"))
    with atomic_write(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert (tmp_path / "data" / "file").read_bytes() == b"new"
    assert names_in(tmp_path) == ["data", "link"]
    assert names_in(tmp_path / "data") == ["file"]


@posix
def test_a_symbolic_link_to_nothing_creates_its_file(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("file")
    with atomic_write(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert (tmp_path / "file").read_bytes() == b"new"


def test_the_longest_name_that_a_file_can_have(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 251 + ".txt")
    with atomic_write(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"


@posix
def test_the_content_reaches_the_disk_before_it_replaces_the_file(tmp_path, monkeypatch) -> None:
    calls = []
    fsync, replace = os.fsync, os.replace

    def logged_fsync(handle: int) -> None:
        calls.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def logged_replace(source: Path, target: Path) -> None:
        calls.append("replace")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", logged_fsync)
    monkeypatch.setattr(os, "replace", logged_replace)
    with replacing(tmp_path / "file") as part:
        part.write_bytes(b"new")
    assert calls == ["file", "replace", "folder"]


@posix
def test_a_file_that_outgrows_the_disk_changes_nothing(tmp_path: Path) -> None:
    """The system's limit on a file's size stands in for a full disk: both fail while writing."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    run = python(OVER_THE_LIMIT, path)
    assert run.returncode == 1
    assert f"WriteError: {path} cannot be written (File too large); check that" in run.stderr
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["file"]


def test_a_missing_folder_and_a_folder_in_the_way_are_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "nowhere" / "file", tmp_path / "folder"):
        with (
            pytest.raises(
                WriteError, match=r"cannot be written .* check that its folder"
            ) as caught,
            atomic_write(path) as file,
        ):
            file.write(b"new")
        assert str(path) in str(caught.value)
        assert isinstance(caught.value, HomologError)
    assert names_in(tmp_path) == ["folder"]


def test_errors_about_other_files_are_passed_on(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught, atomic_write(tmp_path / "copy") as file:
        file.write((tmp_path / "original").read_bytes())
    assert caught.value.filename == str(tmp_path / "original")
    assert names_in(tmp_path) == []
