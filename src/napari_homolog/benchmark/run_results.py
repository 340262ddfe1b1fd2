"""Results of benchmark runs, read back from their folders, grouped by their data and summed up."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import FormatError, SettingsError
from .benchmark_run import NOTES, PAIRS
from .datasets import DataIdentity, Protocol
from .examples import SHEETS
from .measurements import Measurement, mean_seconds, read_measurements, scores_of
from .published import published
from .scores import Averaging

WITHIN = (1, 2, 5)
"""Percent of the centroid size: what two people agree on, what is worth dragging, a gross error."""

THRESHOLDS = (0.01, 0.02, 0.05, 0.1, 0.15)
PROTOCOLS: tuple[Protocol, ...] = ("official", "corrected")
AVERAGINGS: tuple[Averaging, ...] = ("image", "point")
DECIMALS = 4
REQUIRED = {"dataset", "title", "matcher", "protocol", "pairs", "seed_of_pairs"}


@dataclass(frozen=True, eq=False)
class RunResult:
    """One run.

    Attributes
    ----------
    folder : Path
        The run's folder.
    notes : dict
        Its data set, matcher, settings, versions and date.
    measurements : sequence of Measurement
        All that is measured so far.
    """

    folder: Path
    notes: dict[str, Any]
    measurements: Sequence[Measurement]

    @property
    def data(self) -> DataIdentity:
        """The data that were measured on."""
        return DataIdentity(
            str(self.notes["dataset"]), str(self.notes["title"]), str(self.notes["data_digest"])
        )

    @property
    def dataset(self) -> str:
        """Name of the data set."""
        return self.data.dataset

    @property
    def matcher(self) -> str:
        """Name of the matcher, with the number of references if it is not one."""
        references = self.notes.get("references", 1)
        return str(self.notes["matcher"]) + (f", references={references}" if references > 1 else "")

    @property
    def network(self) -> str:
        """Name of the model or checkpoint; empty for matchers without a network."""
        model = self.notes.get("model", {}).get("name")
        # A local one is a path: its last part is name enough.
        return Path(str(model or self.notes.get("checkpoint") or "")).name

    @property
    def label(self) -> str:
        """What plots and tables call the run."""
        return f"{self.matcher}, {self.network}" if self.network else self.matcher

    @property
    def pairs(self) -> int:
        """Number of pairs measured so far."""
        return len({row.pair for row in self.measurements})

    @property
    def sources(self) -> int:
        """Number of sources measured so far."""
        return len({row.source for row in self.measurements})

    @property
    def shape_difference(self) -> float | None:
        """Mean difference between the shapes of sources and targets, in percent of centroid size.

        None for runs of versions that did not record it, and where it has no meaning.
        """
        difference = self.notes.get("shape_difference")
        return None if difference is None else float(difference)

    @property
    def examples(self) -> list[Path]:
        """Pictures of the best and the worst pairs, if there are any."""
        return [self.folder / name for name in SHEETS if (self.folder / name).is_file()]

    def summary(self) -> dict[str, Any]:
        """Return all figures of merit, for a JSON file; intervals are None for a single source."""
        figures: dict[str, Any] = {
            "matcher": self.matcher,
            "network": self.network,
            "protocol_of_pairs": self.notes["protocol"],
            "seed_of_pairs": self.notes["seed_of_pairs"],
            "pairs": self.pairs,
            "sources": self.sources,
            "points": len(self.measurements),
        }
        for protocol in PROTOCOLS:
            scores = scores_of(self.measurements, protocol)
            figures[protocol] = {
                f"per_{per}": {
                    str(threshold): {
                        "pck": round(scores.pck(threshold, per), DECIMALS),
                        "interval": _rounded(scores.pck_interval(threshold, per)),
                    }
                    for threshold in THRESHOLDS
                }
                for per in AVERAGINGS
            }
        scores = scores_of(self.measurements, "corrected")
        learning, finding = mean_seconds(self.measurements)
        return {
            **figures,
            "mean_error_px": round(scores.mean_error, DECIMALS),
            "mean_error_percent_of_centroid_size": round(scores.mean_relative_error, DECIMALS),
            "error_95_percent_of_centroid_size": round(scores.relative_error_95, DECIMALS),
            "share_within_percent_of_centroid_size": {
                str(limit): round(scores.share_within(limit), DECIMALS) for limit in WITHIN
            },
            "shape_difference_percent_of_centroid_size": self.shape_difference,
            "learn_seconds": round(learning, 2),
            "find_seconds": round(finding, 2),
            "published_pck_0.05_and_0.1": published(self.dataset, self.matcher) or None,
        }


@dataclass(frozen=True, eq=False)
class DataGroup:
    """All runs on the same data: only these can be compared with one another.

    Attributes
    ----------
    heading : str
        The data's title; with the digest where other data have the same title.
    data : DataIdentity
        The data.
    results : tuple of RunResult
        The runs.
    """

    heading: str
    data: DataIdentity
    results: tuple[RunResult, ...]


def group_by_data(results: Iterable[RunResult]) -> list[DataGroup]:
    """Return runs grouped by the identity of their data, whatever the data are called."""
    groups: dict[tuple[str, str], list[RunResult]] = {}
    for result in results:
        groups.setdefault(result.data.key, []).append(result)
    titles = Counter(own[0].data.title for own in groups.values())
    return [
        DataGroup(
            own[0].data.title
            + (f" ({own[0].data.short})" if titles[own[0].data.title] > 1 else ""),
            own[0].data,
            tuple(own),
        )
        for own in groups.values()
    ]


def summaries(groups: Sequence[DataGroup]) -> list[dict[str, Any]]:
    """Return the figures of merit of all runs, grouped by their data, for a JSON file."""
    return [
        {
            "dataset": group.data.dataset,
            "title": group.data.title,
            "digest": group.data.digest,
            "runs": [result.summary() for result in group.results],
        }
        for group in groups
    ]


def read_results(folders: Sequence[Path]) -> list[RunResult]:
    """Return all runs in some folders and below.

    Raises
    ------
    SettingsError
        If there is none.
    FormatError
        If a file is damaged, or a run does not record its data.
    """
    results = [_read(path) for path in _notes_in(folders)]
    results = [result for result in results if result.measurements]
    if not results:
        raise SettingsError(
            f"There is no run in {', '.join(map(str, folders))}; give folders that `homolog "
            "benchmark` wrote."
        )
    return sorted(
        results,
        key=lambda result: (
            result.data.title,
            result.data.digest,
            result.matcher,
            str(result.folder),
        ),
    )


def check_notes(folder: Path) -> None:
    """Raise `FormatError` unless all runs in a folder can be reported, before others are added."""
    for path in _notes_in([folder]):
        _read_notes(path)


def _notes_in(folders: Sequence[Path]) -> list[Path]:
    return sorted({path for folder in folders for path in Path(folder).rglob(NOTES)})


def _read_notes(path: Path) -> dict[str, Any]:
    try:
        notes: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = set(notes) >= REQUIRED
    except (json.JSONDecodeError, TypeError) as error:
        raise FormatError(f"{path} is damaged ({error}); run the benchmark again.") from error
    if not known:
        raise FormatError(f"{path} does not describe a run of this package's benchmarks.")
    if "data_digest" not in notes:
        raise FormatError(
            f"{path} does not record which data were measured, as version 0.1.0 wrote it; move "
            f"{path.parent} elsewhere and run the benchmark again."
        )
    return notes


def _read(path: Path) -> RunResult:
    notes = _read_notes(path)
    files = sorted((path.parent / PAIRS).glob("*.csv"))
    measurements = [row for file in files for row in read_measurements(file)]
    return RunResult(path.parent, notes, sorted(measurements, key=lambda row: row.pair))


def _rounded(interval: tuple[float, float]) -> list[float] | None:
    """Return an interval for JSON, which knows no NaN."""
    if any(map(math.isnan, interval)):
        return None
    return [round(value, DECIMALS) for value in interval]
