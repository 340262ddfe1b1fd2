"""How repeatable are people? The report of a project on replicates of real heads.

The folder has StereoMorph files of TriloMorph (CC BY 4.0): the head of one trilobite digitised ten
times by one person, that of another ten times by a second person, and once by each of seven people.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from napari_homolog import formats
from napari_homolog.project import Project
from napari_homolog.project.report import make_report, summary_of
from stored_results import store

FIRST, SECOND = "UA13256", "UA13384"
PEOPLE = ("BGW", "DB", "DM", "ER", "EV", "FS", "JJR")
SIZE = (2000, 2000)
"""Of the pictures, which are not there; it is not used."""


def digitised(folder: Path, specimen: str, who: str) -> formats.Specimen:
    """Return one digitisation."""
    (read,) = formats.read_landmarks(folder / f"{specimen}_{who}.txt", image_size=SIZE)
    return replace(read, image=specimen, identifier=specimen, curves=(), curve_names=None)


def report_on(files: Sequence[Sequence[formats.Specimen]]) -> dict[str, Any]:
    """Return the summary of the report of a project with these digitisations, one list a file."""
    with tempfile.TemporaryDirectory() as folder, Project.create() as project:
        project.set_landmarks(files[0][0].landmarks.names)
        for name in dict.fromkeys(one.image for rows in files for one in rows):
            project.add_picture(name, SIZE)
        paths = []
        for number, rows in enumerate(files):
            paths.append(Path(folder, f"{number}.csv"))
            formats.write_landmarks(paths[-1], rows)
        return summary_of(make_report(project, paths))


def apart(summary: dict[str, Any]) -> dict[str, float]:
    """Return how far apart digitisations of the same landmark are, in percent of the centroid size."""
    errors = [one["errors"] for one in summary["comparisons"] if one["errors"]]
    return {
        "pairs of digitisations": len(errors),
        "mean": round(float(np.mean([one["mean_percent"] for one in errors])), 3),
        "median": round(float(np.mean([one["median_percent"] for one in errors])), 3),
        "95 %": round(float(np.mean([one["percentile_95_percent"] for one in errors])), 3),
    }


def by_effect(summary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the rows of the ANOVA by the names of their effects."""
    return {row["name"]: row for row in summary["anova"]["effects"]}


def main() -> None:
    """Report, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("replicates", type=Path, help="Folder of the StereoMorph files.")
    folder = parser.parse_args().replicates
    sessions = [
        [digitised(folder, FIRST, f"FS{number}"), digitised(folder, SECOND, f"DB{number}")]
        for number in range(1, 11)
    ]
    both = report_on(sessions)
    figures = {
        "one person again, first head": apart(report_on([[one] for one, _ in sessions])),
        "one person again, second head": apart(report_on([[other] for _, other in sessions])),
        "seven people": apart(report_on([[digitised(folder, SECOND, who)] for who in PEOPLE])),
        "both heads, ten sessions": both["together"] | {"effects": by_effect(both["together"])},
    }
    print(json.dumps(figures, indent=2))
    print(f"stored in {store('repeatability', figures)}")


if __name__ == "__main__":
    main()
