"""Runs: a matcher on the pairs of a data set, into a folder, pair by pair."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SettingsError
from ..files import atomic_write
from ..landmarks import Landmarks
from ..progress import Progress, StopCheck, check_stop
from .datasets import Pair, Picture, Protocol
from .matchers.matcher import Image, Matcher
from .rows import Row, read_rows, write_rows
from .rules import judge_pair

NOTES = "run.json"
PAIRS = "pairs"
ALL_ROWS = "rows.csv"
PACKAGES = ("napari-homolog", "torch", "diffusers", "transformers", "scikit-image", "numpy")
MAY_DIFFER = ("date", "versions")
"""What a run's notes say that does not make it another run."""


@dataclass(frozen=True, eq=False)
class Task:
    """What a run measures on.

    Attributes
    ----------
    dataset : str
        Name of the data set.
    protocol : {"official", "corrected"}
        How pairs were chosen; both are reported.
    pairs : sequence of Pair
        Those with the same source one after another.
    seed : int
        Of the choice of pairs.
    title : str
        What the data are called in reports.
    further : mapping of str to sequence of Picture
        By a source's name, what it is learned with beside itself; as many for all sources.
    """

    dataset: str
    protocol: Protocol
    pairs: Sequence[Pair]
    seed: int = 0
    title: str = ""
    further: Mapping[str, Sequence[Picture]] = field(default_factory=dict)

    @property
    def references(self) -> int:
        """Pictures that each source is learned from, itself among them."""
        return 1 + max(map(len, self.further.values()), default=0)


def run(
    task: Task,
    matcher: Matcher[Any],
    folder: Path,
    *,
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> list[Row]:
    """Find the landmarks of every pair, and note points, errors and times in a folder.

    A run that was broken off goes on where it stopped: each pair has its own file, which is there
    whole or not at all.

    Parameters
    ----------
    task : Task
        What to measure on.
    matcher : Matcher
        What finds the landmarks.
    folder : Path
        Gets ``run.json``, ``pairs/`` and, once all pairs are done, ``rows.csv``; made where it does
        not exist.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`.

    Returns
    -------
    list of Row
        Of all pairs, those of earlier runs among them.

    Raises
    ------
    SettingsError
        If the folder holds another run.
    Cancelled
        If `should_stop` said yes; what was found so far stays.
    """
    (folder / PAIRS).mkdir(parents=True, exist_ok=True)
    _note(task, matcher, folder / NOTES)
    rows: list[Row] = []
    done = 0
    for _, group in groupby(task.pairs, key=lambda pair: pair.source.name):
        pairs = list(group)
        missing = [pair for pair in pairs if not _file(folder, pair).is_file()]
        rows += [row for pair in pairs if pair not in missing for row in _rows(folder, pair)]
        done += len(pairs) - len(missing)
        if missing:
            check_stop(should_stop)
            image = pairs[0].source.read()
            source = _given(pairs[0].source.landmarks, image.shape[:2])
            start = time.perf_counter()
            learned = matcher.learn_with(image, source, _further(task, pairs[0].source, source))
            learn_seconds = matcher.seconds_of_learning(time.perf_counter() - start)
        for pair in missing:
            check_stop(should_stop)
            target = pair.target.read()
            start = time.perf_counter()
            found = matcher.find(learned, target)
            find_seconds = time.perf_counter() - start
            points = Landmarks.from_arrays(source.names, found.points)
            new = _judged(task, pair, points, learn_seconds, find_seconds)
            write_rows(_file(folder, pair), new)
            rows += new
            done += 1
            if progress is not None:
                progress(done, len(task.pairs), f"measuring {matcher.name}")
    write_rows(folder / ALL_ROWS, rows)
    return rows


def _note(task: Task, matcher: Matcher[Any], path: Path) -> None:
    """Write what the run is, or make sure that it is the one noted there."""
    names = "\n".join(pair.name for pair in task.pairs)
    notes = {
        "dataset": task.dataset,
        "title": task.title or task.dataset,
        "protocol": task.protocol,
        "pairs": len(task.pairs),
        "sources": len({pair.source.name for pair in task.pairs}),
        "pairs_digest": hashlib.sha256(names.encode()).hexdigest()[:16],
        "seed_of_pairs": task.seed,
        "references": task.references,
        **matcher.about(),
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {package: version(package) for package in PACKAGES},
    }
    # Through JSON, so that tuples compare as the lists that are read back.
    notes = json.loads(json.dumps(notes))
    if path.is_file():
        earlier = json.loads(path.read_text(encoding="utf-8"))
        keys = [key for key in {**earlier, **notes} if key not in MAY_DIFFER]
        other = [key for key in keys if earlier.get(key) != notes.get(key)]
        if other:
            raise SettingsError(
                f"{path.parent} holds another run, with other {', '.join(other)}; choose another "
                "folder, or remove that one."
            )
        return
    with atomic_write(path) as file:
        file.write((json.dumps(notes, indent=2) + "\n").encode())


def _file(folder: Path, pair: Pair) -> Path:
    """Return a pair's file; names of pictures hold slashes and more that file names may not."""
    return folder / PAIRS / f"{hashlib.sha256(pair.name.encode()).hexdigest()[:24]}.csv"


def _rows(folder: Path, pair: Pair) -> list[Row]:
    return read_rows(_file(folder, pair))


def _given(marks: Landmarks, size: tuple[int, ...]) -> Landmarks:
    """Return all landmarks that a source shows: they serve every pair with this source.

    Data sets have points on the edge and just beyond it; they are moved to the outermost pixels.
    """
    names = [name for name, there in zip(marks.names, marks.present, strict=True) if there]
    inside = np.clip(marks.points[marks.present], 0, np.array(size) - 1)
    return Landmarks.from_arrays(names, inside)


def _further(task: Task, source: Picture, given: Landmarks) -> list[tuple[Image, Landmarks]]:
    """Return the pictures that a source is learned with, with those landmarks that it has itself."""
    found = []
    for picture in task.further.get(source.name, ()):
        image = picture.read()
        own = _given(picture.landmarks, image.shape[:2])
        points = {name: own[name] if name in own.names else None for name in given.names}
        found.append((image, Landmarks(points)))
    return found


def _judged(
    task: Task, pair: Pair, points: Landmarks, learn_seconds: float, find_seconds: float
) -> list[Row]:
    found = np.stack([points[name] for name in pair.shared])
    official = judge_pair(task.dataset, "official", pair, found)
    corrected = judge_pair(task.dataset, "corrected", pair, found)
    truth = pair.target.landmarks
    return [
        Row(
            pair=pair.name,
            category=pair.source.category,
            source=pair.source.name,
            target=pair.target.name,
            landmark=name,
            true_row=float(truth[name][0]),
            true_col=float(truth[name][1]),
            found_row=float(found[index][0]),
            found_col=float(found[index][1]),
            error_px=float(corrected.errors[index]),
            centroid_size_px=truth.centroid_size(),
            corrected_side=corrected.side,
            official_error=float(official.errors[index]),
            official_side=official.side,
            learn_seconds=learn_seconds,
            find_seconds=find_seconds,
        )
        for index, name in enumerate(pair.shared)
    ]
