"""Whether runs that are killed at random moments lose results, or end with other results."""

from __future__ import annotations

import argparse
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from napari_homolog.project import Project
from stored_results import store
from synthetic_project import create_project, results_of

STARTING = 15.0
"""Seconds that a process may need until it has loaded the model."""

KILLED_WHILE_STARTING = 0.25
"""Share of the processes that are killed at a moment counted from their start.

The others are killed at a moment counted from their first result.
"""


def run_of(path: Path) -> subprocess.Popen[bytes]:
    """Start a run over a project in a process of its own."""
    command = [sys.executable, "-m", "napari_homolog.cli", "project", "run", str(path), "--json"]
    return subprocess.Popen([*command, "--device", "cpu"])


def inspect(path: Path) -> tuple[str, int]:
    """Return the result of SQLite's integrity check of a file, and the number of finished specimens."""
    connection = sqlite3.connect(path)
    (opinion,) = connection.execute("PRAGMA integrity_check").fetchone()
    (done,) = connection.execute("SELECT count(*) FROM location").fetchone()
    connection.close()
    return str(opinion), int(done)


def wait_for_more(path: Path, done: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a run has done another specimen, or has ended."""
    while process.poll() is None and inspect(path)[1] == done:
        time.sleep(0.2)


def main() -> None:
    """Kill and resume, compare with an undisturbed run, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specimens", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "killed.homolog"
        create_project(path, options.specimens)
        undisturbed = path.with_name("undisturbed.homolog")
        with Project.open(path) as project:
            project.save_as(undisturbed)
        start = time.monotonic()
        assert run_of(undisturbed).wait() == 0
        seconds = max(time.monotonic() - start - STARTING, options.kills / 10)
        killed, opinions, progress = 0, [], [0]
        for _ in range(options.kills):
            process = run_of(path)
            if moments.random() < KILLED_WHILE_STARTING:
                wait = moments.uniform(0, STARTING)
            else:
                wait_for_more(path, progress[-1], process)
                wait = moments.uniform(0, 1.5 * seconds / options.kills)
            try:
                process.wait(wait)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed += 1
            opinion, done = inspect(path)
            opinions.append(opinion)
            progress.append(done)
        assert run_of(path).wait() == 0
        opinion, done = inspect(path)
        figures = {
            "specimens": options.specimens,
            "killed": killed,
            "done_after_each": progress[1:],
            "integrity_ok_every_time": {*opinions, opinion} == {"ok"},
            "nothing_lost": progress == sorted(progress),
            "nothing_twice": done == options.specimens,
            "identical_to_undisturbed": results_of(path) == results_of(undisturbed),
        }
    for name, value in figures.items():
        print(f"{name}: {value}")
    print(store("killed_runs", figures))


if __name__ == "__main__":
    main()
