"""Running a benchmark: one matcher on the pairs of a data set, into a folder, pair by pair."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from ..context import RunContext
from ..correspondence import Reference
from ..errors import SettingsError
from ..files import atomic_write
from ..landmarks import Landmarks
from .datasets import (
    DataIdentity,
    Pair,
    Picture,
    Protocol,
    digest_of_pictures,
    identify,
    shape_difference,
)
from .matchers.matcher import Matcher
from .measurements import Measurement, read_measurements, write_measurements
from .protocols import pair_errors

NOTES = "run.json"
PAIRS = "pairs"
ALL_ROWS = "rows.csv"
PACKAGES = ("napari-homolog", "torch", "diffusers", "transformers", "scikit-image", "numpy")
MAY_DIFFER = ("date", "versions", "title", "shape_difference")
"""Notes that may differ between two parts of the same run."""


@dataclass(frozen=True, eq=False)
class BenchmarkTask:
    """The pairs to measure on.

    Attributes
    ----------
    dataset : str
        Name of the data set.
    protocol : {"official", "corrected"}
        How pairs were chosen; results of both protocols are reported.
    pairs : sequence of Pair
        Those with the same source one after another.
    seed : int
        Seed of the choice of pairs.
    title : str
        What reports call the data; default: the data set's name.
    further : mapping of str to sequence of Picture
        By a source's name, the further references it is learned with; equally many for all sources.
    """

    dataset: str
    protocol: Protocol
    pairs: Sequence[Pair]
    seed: int = 0
    title: str = ""
    further: Mapping[str, Sequence[Picture]] = field(default_factory=dict)

    @property
    def references(self) -> int:
        """Number of pictures that each source is learned from, itself included."""
        return 1 + max(map(len, self.further.values()), default=0)

    @cached_property
    def data(self) -> DataIdentity:
        """The identity of the pairs and of all that is in them."""
        return identify(self.dataset, self.title, self.pairs)


def run_benchmark(
    task: BenchmarkTask,
    matcher: Matcher[Any],
    folder: Path,
    *,
    context: RunContext | None = None,
) -> list[Measurement]:
    """Find the landmarks of every pair, and store positions, errors and times in a folder.

    An interrupted run continues where it stopped: each pair has its own file, written atomically. A
    folder belongs to one matcher on one data set, identified by its contents.

    Parameters
    ----------
    task : BenchmarkTask
        The pairs to measure on.
    matcher : Matcher
        What finds the landmarks.
    folder : Path
        Gets ``run.json``, ``pairs/`` and, once all pairs are done, ``rows.csv``; created if missing.
    context : RunContext, optional
        Reports progress and stops the run.

    Returns
    -------
    list of Measurement
        Of all pairs, including those of earlier parts of the run.

    Raises
    ------
    SettingsError
        If the folder holds another run, or a run on other data.
    Cancelled
        If the context says stop; what was measured so far stays.
    """
    context = context or RunContext()
    (folder / PAIRS).mkdir(parents=True, exist_ok=True)
    _note(task, matcher, folder / NOTES)
    measurements: list[Measurement] = []
    done = 0
    for _, group in groupby(task.pairs, key=lambda pair: pair.source.name):
        pairs = list(group)
        missing = [pair for pair in pairs if not _file(folder, pair).is_file()]
        for pair in pairs:
            if pair not in missing:
                measurements += read_measurements(_file(folder, pair))
        done += len(pairs) - len(missing)
        if not missing:
            continue
        context.check_stop()
        source = _learn(task, matcher, pairs[0].source)
        for pair in missing:
            context.check_stop()
            new = _measure(task, matcher, source, pair)
            write_measurements(_file(folder, pair), new)
            measurements += new
            done += 1
            context.report(done, len(task.pairs), f"measuring {matcher.name}")
    write_measurements(folder / ALL_ROWS, measurements)
    return measurements


@dataclass(frozen=True, eq=False)
class _LearnedSource:
    """A source as a matcher knows it, the names of its landmarks, and how long that took."""

    learned: Any
    names: tuple[str, ...]
    seconds: float


def _learn(task: BenchmarkTask, matcher: Matcher[Any], source: Picture) -> _LearnedSource:
    image = source.read()
    landmarks = _present_landmarks(source.landmarks, image.shape[:2])
    further = _further_references(task, source, landmarks)
    start = time.perf_counter()
    learned = matcher.learn_references(Reference(image, landmarks, box=source.drawn), further)
    seconds = matcher.seconds_of_learning(time.perf_counter() - start)
    return _LearnedSource(learned, landmarks.names, seconds)


def _measure(
    task: BenchmarkTask, matcher: Matcher[Any], source: _LearnedSource, pair: Pair
) -> list[Measurement]:
    image = pair.target.read()
    start = time.perf_counter()
    match = matcher.find_in(source.learned, image, pair.target.drawn)
    seconds = time.perf_counter() - start
    by_name = Landmarks.from_arrays(source.names, match.points)
    points = np.stack([by_name[name] for name in pair.shared])
    official = pair_errors(task.dataset, "official", pair, points)
    corrected = pair_errors(task.dataset, "corrected", pair, points)
    truth = pair.target.landmarks
    return [
        Measurement(
            pair=pair.name,
            category=pair.source.category,
            source=pair.source.name,
            target=pair.target.name,
            landmark=name,
            true_row=float(truth[name][0]),
            true_col=float(truth[name][1]),
            found_row=float(points[index][0]),
            found_col=float(points[index][1]),
            error_px=float(corrected.errors[index]),
            centroid_size_px=truth.centroid_size(),
            corrected_side=corrected.side,
            official_error=float(official.errors[index]),
            official_side=official.side,
            learn_seconds=source.seconds,
            find_seconds=seconds,
        )
        for index, name in enumerate(pair.shared)
    ]


def _note(task: BenchmarkTask, matcher: Matcher[Any], path: Path) -> None:
    """Write the notes of a run, or raise unless those in the folder describe the same run."""
    further = [picture for name in sorted(task.further) for picture in task.further[name]]
    notes = {
        "dataset": task.dataset,
        "title": task.data.title,
        "data_digest": task.data.digest,
        "protocol": task.protocol,
        "pairs": len(task.pairs),
        "sources": len({pair.source.name for pair in task.pairs}),
        "shape_difference": _mean_shape_difference(task.pairs),
        "seed_of_pairs": task.seed,
        "references": task.references,
        "references_digest": digest_of_pictures(further) if further else None,
        **matcher.about(),
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {package: version(package) for package in PACKAGES},
    }
    # Through JSON, so that tuples compare as the lists that are read back.
    notes = json.loads(json.dumps(notes))
    if path.is_file():
        _require_same_run(json.loads(path.read_text(encoding="utf-8")), notes, path.parent)
        return
    with atomic_write(path) as file:
        file.write((json.dumps(notes, indent=2) + "\n").encode())


def _mean_shape_difference(pairs: Sequence[Pair]) -> float | None:
    """Return the mean difference between sources and targets in percent of the centroid size."""
    every = np.concatenate([shape_difference(pair) for pair in pairs])
    return None if np.isnan(every).all() else round(float(np.nanmean(every)), 4)


def _require_same_run(earlier: dict[str, Any], notes: dict[str, Any], folder: Path) -> None:
    data = ("dataset", "data_digest")
    if any(earlier.get(key) != notes[key] for key in data):
        raise SettingsError(
            f"{folder} holds a run on other data: {earlier.get('title')!r} with "
            f"{earlier.get('pairs')} pairs, not {notes['title']!r} with {notes['pairs']} pairs as they "
            "are now; choose another folder, or remove that one."
        )
    keys = [key for key in {**earlier, **notes} if key not in MAY_DIFFER]
    different = [key for key in keys if earlier.get(key) != notes.get(key)]
    if different:
        raise SettingsError(
            f"{folder} holds another run, with other {', '.join(different)}; choose another "
            "folder, or remove that one."
        )


def _file(folder: Path, pair: Pair) -> Path:
    """Return the file of a pair; names of pictures hold slashes and more that file names may not."""
    return folder / PAIRS / f"{hashlib.sha256(pair.name.encode()).hexdigest()[:24]}.csv"


def _present_landmarks(landmarks: Landmarks, size: tuple[int, ...]) -> Landmarks:
    """Return all landmarks that a source shows: they serve every pair with this source.

    Data sets have points on the edge and just beyond it; they are moved to the outermost pixels.
    """
    names = [name for name, shown in zip(landmarks.names, landmarks.present, strict=True) if shown]
    inside = np.clip(landmarks.points[landmarks.present], 0, np.array(size) - 1)
    return Landmarks.from_arrays(names, inside)


def _further_references(
    task: BenchmarkTask, source: Picture, landmarks: Landmarks
) -> list[Reference]:
    """Return the further references of a source, with those landmarks that the source has too."""
    references = []
    for picture in task.further.get(source.name, ()):
        image = picture.read()
        own = _present_landmarks(picture.landmarks, image.shape[:2])
        points = {name: own[name] if name in own.names else None for name in landmarks.names}
        references.append(Reference(image, Landmarks(points), box=picture.drawn))
    return references
