"""Runs that are killed at random moments lose nothing and give the same results."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from napari_homolog.diffusion import Backbone
from napari_homolog.jobs import TransferJob, in_this_thread, run
from napari_homolog.project import Project, SpecimenStatus
from series import make_series, results

KILLS = 3
TARGETS = 6


def located(path: Path) -> int:
    """Return how many specimens are done; the file must be sound."""
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        (done,) = connection.execute("SELECT count(*) FROM location").fetchone()
    connection.close()
    return int(done)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_at_random_moments_and_resumed(tmp_path: Path, embedded: Backbone) -> None:
    path = make_series(tmp_path / "killed", embedded, TARGETS)
    undisturbed = path.with_name("undisturbed.homolog")
    with Project.open(path) as project:
        project.save_as(undisturbed)
        run(TransferJob(project), in_this_thread(embedded))

    moments = random.Random(1)
    before = 0
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-m", "napari_homolog.cli", "project", "run", str(path), "--json"]
        )
        deadline = time.monotonic() + 600
        while located(path) == before and time.monotonic() < deadline:
            # Not before there is something to lose.
            time.sleep(0.1)
        time.sleep(moments.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = located(path)
        assert done > before
        before = done
        assert len({*results(path)}) == TARGETS + 1
    with Project.open(path) as project:
        run(TransferJob(project), in_this_thread(embedded))
    assert results(path) == results(undisturbed)
    with Project.open(path, read_only=True) as project:
        assert project.summary()[SpecimenStatus.FOUND] == TARGETS
    assert located(path) == TARGETS, "no specimen was repeated"
