"""What runs found, read back from their folders and summed up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import FormatError, SettingsError
from .datasets import Protocol
from .examples import SHEETS
from .published import published
from .rows import Row, read_rows, scores_of, seconds_per_pair
from .runs import NOTES, PAIRS
from .scores import Averaging

THRESHOLDS = (0.01, 0.02, 0.05, 0.1, 0.15)
PROTOCOLS: tuple[Protocol, ...] = ("official", "corrected")
AVERAGINGS: tuple[Averaging, ...] = ("image", "point")
DECIMALS = 4


@dataclass(frozen=True, eq=False)
class Result:
    """One run.

    Attributes
    ----------
    folder : Path
        Where it lies.
    notes : dict
        What it is: data set, matcher, settings, versions, date.
    rows : sequence of Row
        What it found so far.
    """

    folder: Path
    notes: dict[str, Any]
    rows: Sequence[Row]

    @property
    def dataset(self) -> str:
        """Name of the data set."""
        return str(self.notes["dataset"])

    @property
    def title(self) -> str:
        """What the data are called: a folder of one's own has a name of its own."""
        return str(self.notes["title"])

    @property
    def matcher(self) -> str:
        """Name of the matcher, and how many pictures it learned each source from if not one."""
        references = self.notes.get("references", 1)
        return str(self.notes["matcher"]) + (f", references={references}" if references > 1 else "")

    @property
    def network(self) -> str:
        """Name of the model or checkpoint; empty for what needs none."""
        model = self.notes.get("model", {}).get("name")
        # A local one is a path: its last part is name enough.
        return Path(str(model or self.notes.get("checkpoint") or "")).name

    @property
    def pairs(self) -> int:
        """Pairs that were measured."""
        return len({row.pair for row in self.rows})

    @property
    def examples(self) -> list[Path]:
        """Pictures of the best and the worst pairs, if there are any."""
        return [self.folder / name for name in SHEETS if (self.folder / name).is_file()]

    def summary(self) -> dict[str, Any]:
        """Return all figures of merit, for a JSON file."""
        figures: dict[str, Any] = {
            "dataset": self.dataset,
            "title": self.title,
            "matcher": self.matcher,
            "network": self.network,
            "protocol_of_pairs": self.notes["protocol"],
            "seed_of_pairs": self.notes["seed_of_pairs"],
            "pairs": self.pairs,
            "sources": len({row.source for row in self.rows}),
            "points": len(self.rows),
        }
        for protocol in PROTOCOLS:
            scores = scores_of(self.rows, protocol)
            figures[protocol] = {
                f"per_{per}": {
                    str(share): {
                        "pck": round(scores.pck(share, per), DECIMALS),
                        "interval": [
                            round(value, DECIMALS) for value in scores.pck_interval(share, per)
                        ],
                    }
                    for share in THRESHOLDS
                }
                for per in AVERAGINGS
            }
        scores = scores_of(self.rows, "corrected")
        learning, finding = seconds_per_pair(self.rows)
        return {
            **figures,
            "mean_error_px": round(scores.mean_error, DECIMALS),
            "mean_error_percent_of_centroid_size": round(scores.mean_relative_error, DECIMALS),
            "learn_seconds": round(learning, 2),
            "find_seconds": round(finding, 2),
            "published_pck_0.05_and_0.1": published(self.dataset, self.matcher) or None,
        }


def read_results(folders: Sequence[Path]) -> list[Result]:
    """Return all runs in some folders and below.

    Raises
    ------
    SettingsError
        If there is none.
    FormatError
        If a file is damaged.
    """
    notes = sorted({path for folder in folders for path in Path(folder).rglob(NOTES)})
    results = [_read(path) for path in notes]
    found = [result for result in results if result.rows]
    if not found:
        raise SettingsError(
            f"There is no run in {', '.join(map(str, folders))}; give folders that `homolog "
            "benchmark` wrote."
        )
    return sorted(found, key=lambda one: (one.title, one.matcher, str(one.folder)))


def _read(path: Path) -> Result:
    try:
        notes = json.loads(path.read_text(encoding="utf-8"))
        known = {"dataset", "title", "matcher", "protocol", "pairs", "seed_of_pairs"} <= set(notes)
    except (json.JSONDecodeError, TypeError) as error:
        raise FormatError(f"{path} is damaged ({error}); run the benchmark again.") from error
    if not known:
        raise FormatError(f"{path} does not describe a run of this package's benchmarks.")
    files = sorted((path.parent / PAIRS).glob("*.csv"))
    rows = [row for file in files for row in read_rows(file)]
    return Result(path.parent, notes, sorted(rows, key=lambda row: row.pair))
