"""Whether commands that are killed while they write lose anything, or leave anything behind.

Each command is started again and again, killed after a random time, and its results are looked at:
what was there before is there, complete, and so is what it wrote. Afterwards the command runs to its
end once; then no temporary file is left. `killed_runs.py` does the same for `project run` in detail.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_homolog import formats
from napari_homolog.correspondence import LandmarkSet
from napari_homolog.project import Project
from napari_homolog.project.schema import MIGRATIONS
from stored_results import store_part
from synthetic_project import create_project

SAVE_AS = """
import sys
from napari_homolog.project import Project
with Project.open(sys.argv[1]) as project:
    project.save_as(sys.argv[2])
"""

MIGRATE = """
import sys
from napari_homolog.project import Project
Project.open(sys.argv[1]).close()
"""


MOST_STARTS = 4
"""Starts for each kill: a command may end before it is killed."""


@dataclass(frozen=True)
class Command:
    """A command, and how its results are looked at.

    Attributes
    ----------
    arguments : list
        What Python is started with.
    check : callable
        Raises an error unless what it writes is complete, or not there yet.
    prepare : callable
        Sets the scene before each start.
    """

    arguments: list[object]
    check: Callable[[], None]
    prepare: Callable[[], None] = lambda: None


def homolog(*arguments: object) -> list[object]:
    return ["-m", "napari_homolog.cli", *arguments]


def check_project(path: Path) -> Callable[[], None]:
    """Return a check that a project, if it is there, is sound."""

    def check() -> None:
        if path.exists():
            connection = sqlite3.connect(path)
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            connection.close()
            Project.open(path).close()

    return check


def check_landmarks(path: Path) -> Callable[[], None]:
    """Return a check that a landmark file, if it is there, is complete."""

    def check() -> None:
        if path.exists():
            assert formats.read_landmarks(path, image_size=(120, 120))

    return check


def check_set(path: Path) -> Callable[[], None]:
    """Return a check that a landmark set, if it is there, is complete."""

    def check() -> None:
        if path.exists():
            LandmarkSet.load(path)

    return check


def older(target: Path) -> None:
    """Write an empty project of the first version."""
    for one in target.parent.glob(f"*{target.name}*"):
        one.unlink()
    connection = sqlite3.connect(target, isolation_level=None)
    MIGRATIONS[0](connection)
    connection.execute("PRAGMA user_version = 1")
    connection.execute(f"PRAGMA application_id = {0x484F4D4C}")
    connection.close()


def commands(folder: Path) -> dict[str, Command]:
    """Return the commands, on a project that has learned and been run."""
    path, out = folder / "beetles.homolog", folder / "out"
    out.mkdir()
    images = sorted(folder.glob("*.png"))
    reference = out / "reference.csv"
    old = out / "old.homolog"
    run = homolog("project", "run", path, "--again", "--device", "cpu", "--json")
    learn = homolog(
        *("learn", images[0], "--landmarks", reference, "--preset", "attention", "--device", "cpu"),
        *("--out", out / "set.safetensors"),
    )
    with Project.open(path) as project:
        learned = project.landmark_set()
        assert learned is not None
        learned.save(out / "learned.safetensors")
    subprocess.run(
        [sys.executable, *map(str, homolog("project", "export", path, reference))], check=True
    )
    located = out / "located.csv"
    locate = homolog("locate", out / "learned.safetensors", *images[1:3], "--out", located)
    return {
        "project run": Command(run, check_project(path)),
        "project run, two workers": Command([*run, "--local-workers", "2"], check_project(path)),
        "learn": Command(learn, check_set(out / "set.safetensors")),
        "convert": Command(
            homolog("convert", reference, out / "c.tps", "--images", folder),
            check_landmarks(out / "c.tps"),
        ),
        "locate": Command([*locate, "--device", "cpu"], check_landmarks(located)),
        "export": Command(
            homolog("project", "export", path, out / "e.csv"), check_landmarks(out / "e.csv")
        ),
        "save as": Command(
            ["-c", SAVE_AS, path, out / "copy.homolog"], check_project(out / "copy.homolog")
        ),
        "migration": Command(["-c", MIGRATE, old], check_project(old), lambda: older(old)),
    }


def kill(command: Command, folder: Path, kills: int, moments: random.Random) -> dict[str, Any]:
    """Start a command until it was killed so often, then let it end; return the figures."""
    arguments = [sys.executable, *map(str, command.arguments)]
    command.prepare()
    start = time.monotonic()
    subprocess.run(arguments, check=True, capture_output=True)
    seconds = time.monotonic() - start
    killed, starts, broken = 0, 0, list[str]()
    while killed < kills and starts < MOST_STARTS * kills:
        starts += 1
        command.prepare()
        begun = time.monotonic()
        process = subprocess.Popen(
            arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            # Most of the time is imports; what is written is written at the end.
            process.wait(seconds * moments.uniform(0.5, 1.05))
            # How long a command takes varies with what else the computer does.
            seconds = time.monotonic() - begun
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        try:
            command.check()
        except Exception as error:
            # Whatever is wrong is what is looked for here.
            broken.append(f"start {starts}: {type(error).__name__}: {error}"[:300])
    command.prepare()
    subprocess.run(arguments, check=True, capture_output=True)
    command.check()
    left = sorted(one.name for one in folder.rglob("*.part*"))
    return {
        "killed": killed,
        "starts": starts,
        "seconds": round(seconds, 1),
        "broken": broken,
        "left_over": left,
    }


def main() -> None:
    """Kill, look, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specimens", type=int, default=20)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", help="some of the commands")
    options = parser.parse_args()
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        create_project(folder / "beetles.homolog", options.specimens)
        for name, command in commands(folder).items():
            if not options.only or name in options.only:
                found = kill(command, folder, options.kills, moments)
                print(f"{name}: {found}", flush=True)
                store_part("killed_commands", name, found)
        shutil.rmtree(folder / "out")


if __name__ == "__main__":
    main()
