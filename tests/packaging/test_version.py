"""The version comes from the tags of the repository, and from git's own archives."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
NEEDED = (
    "pyproject.toml",
    "hatch_build.py",
    "README.md",
    "LICENSE",
    ".gitattributes",
    ".git_archival.txt",
)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A. Tester", "-c", "user.email=tester@example.org"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)


def version_of(folder: Path) -> str:
    """Return the version that the build backend gives to the sources in a folder."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "hatchling", "version"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Return a folder with the files that decide about the version, not yet under git."""
    folder = tmp_path / "sources"
    folder.mkdir()
    for name in NEEDED:
        shutil.copy(REPOSITORY / name, folder / name)
    return folder


@pytest.fixture
def tagged(sources: Path) -> Path:
    """Return a repository whose only commit has the tag v3.1.0."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    git(sources, "init", "--quiet")
    commit(sources, "First")
    git(sources, "tag", "v3.1.0")
    return sources


def unpacked_archive(repository: Path, folder: Path) -> Path:
    folder.mkdir()
    archive = folder.with_suffix(".zip")
    git(repository, "archive", "--format=zip", f"--output={archive}", "HEAD")
    shutil.unpack_archive(archive, folder)
    return folder


def test_a_tagged_commit_has_the_version_of_its_tag(tagged: Path) -> None:
    assert version_of(tagged) == "3.1.0"


def test_two_commits_after_a_tag_the_version_counts_them(tagged: Path, tmp_path: Path) -> None:
    commit(tagged, "Second")
    commit(tagged, "Third")
    head = git(tagged, "rev-parse", "HEAD")
    version, _, node = version_of(tagged).partition("+g")
    assert version == "3.1.1.dev2"
    assert node
    assert head.startswith(node)
    archive = unpacked_archive(tagged, tmp_path / "archive")
    assert version_of(archive).partition("+")[0] == "3.1.1.dev2"


def test_an_archive_of_a_tag_has_its_version(tagged: Path, tmp_path: Path) -> None:
    assert version_of(unpacked_archive(tagged, tmp_path / "archive")) == "3.1.0"


def test_a_shallow_clone_without_tags_can_be_built(tagged: Path, tmp_path: Path) -> None:
    commit(tagged, "Second")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--no-tags", "--depth=1", tagged.as_uri(), str(shallow))
    assert re.fullmatch(r"\d+\.\d+\.\d+\.dev\d+\+g[0-9a-f]+", version_of(shallow))


def test_sources_without_git_have_the_fall_back_version(sources: Path) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\.dev0", version_of(sources))
