"""Measures on series of specimens, stores the figures, and writes them into docs/.

One command for everything that the page says of series: each part of the method alone and all of
them together, from one reference and from more, beside baselines. What is stored already stays, unless
it is to be measured again; an interrupted command continues. Takes hours on two cores.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from napari_homolog.benchmark.run_results import RunResult, read_results
from stored_results import processor, store
from write_pages import RESULTS, write_pages

NAME = "series"
SEED = 5

PAIRS_AND_SOURCES = {"salamanders": (50, 10)}
"""Other than 60 and 6: ten pictures leave no others for references if all pairs are measured."""

SETS = {
    "fly wings": ("drosophila-wings", None),
    "snails, series": ("snails", "series"),
    "snails, genera": ("snails", "genera"),
    "trilobite tails": ("trilobite-pygidia", None),
    "salamanders": ("salamanders", None),
}
"""Folder and group of each set."""

MOST_REFERENCES = {"salamanders": 3}
"""Where there are too few pictures beside the targets for more."""

RUNS: dict[str, list[str]] = {
    "same place": ["--matcher", "same-place"],
    "affine map of SIFT matches": ["--matcher", "affine"],
    "refinement alone": ["--matcher", "ncc"],
    "network alone": ["--set", "locate.refine=false"],
    "`standard`": [],
    "`lean`": ["--preset", "lean"],
    "`standard`, 3 references": ["--references", "3"],
    "`standard`, 5 references": ["--references", "5"],
    "`standard`, 10 references": ["--references", "10"],
    "regression trees, 5 references": ["--matcher", "ert", "--references", "5"],
}
POSED: dict[str, list[str]] = {
    "refinement alone, posed": ["--matcher", "ncc", "--pose", "slight"],
    "network alone, posed": ["--set", "locate.refine=false", "--pose", "slight"],
    "`standard`, posed": ["--pose", "slight"],
    "`lean`, posed": ["--preset", "lean", "--pose", "slight"],
}
"""On `POSED_SET` only: targets turned by up to 20 degrees, scaled and moved."""

POSED_SET = "fly wings"

BOXED: dict[str, list[str]] = {
    "same place in the box": ["--matcher", "same-place", "--boxes"],
    "refinement alone, boxes": ["--matcher", "ncc", "--boxes"],
    "`standard`, boxes": ["--boxes"],
    "`standard`, 3 references, boxes": ["--boxes", "--references", "3"],
    "`standard`, 5 references, boxes": ["--boxes", "--references", "5"],
    "regression trees, 5 references, boxes": [
        *("--matcher", "ert", "--references", "5", "--boxes"),
    ],
}
"""On `BOXED_SETS` only: a loose box around each specimen is given, as a user would draw it."""

BOXED_SETS = ("trilobite tails", "salamanders")


def main() -> None:
    """Run, store and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="Folder that holds the folders of the sets.")
    parser.add_argument("--out", type=Path, default=Path("homolog-benchmark"))
    parser.add_argument("--set", action="append", choices=SETS, help="Default: all.")
    parser.add_argument("--again", action="store_true", help="Measure also what is stored.")
    options = parser.parse_args()
    for name in options.set or SETS:
        folder, group = SETS[name]
        if not (options.data / folder).is_dir():
            print(f"{name}: there is no {options.data / folder}; left out.")
            continue
        data = folder_of(options.data / folder, group, options.out / "data")
        for label, arguments in _runs_on(name).items():
            if label in _stored().get(name, {}) and not options.again:
                continue
            out = options.out / folder / (group or "all") / label.replace("`", "")
            _run(name, data, out, arguments)
            (result,) = read_results([out])
            figures = _figures(result)
            print(f"{name:16} {label:32} {figures['mean']:.2f} %", flush=True)
            _store(name, label, figures)
    write_pages()


def _stored() -> dict[str, dict[str, Any]]:
    """Return the figures stored so far, by set and run, each with its machine and date."""
    path = RESULTS / f"{NAME}.json"
    if not path.is_file():
        return {}
    sets: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["figures"][
        "sets"
    ]
    return sets


def _store(name: str, label: str, figures: dict[str, Any]) -> None:
    """Store a run among the others, in the order of the page."""
    sets = _stored()
    measured = {"machine": processor(), "date": datetime.now(UTC).date().isoformat()}
    runs = {**sets.get(name, {}), label: measured | figures}
    order = list(_runs_on(name))
    sets[name] = {one: runs[one] for one in order if one in runs}
    store(NAME, {"sets": {one: sets[one] for one in SETS if one in sets}})


def _runs_on(name: str) -> dict[str, list[str]]:
    runs = RUNS | (POSED if name == POSED_SET else {}) | (BOXED if name in BOXED_SETS else {})
    most = MOST_REFERENCES.get(name)
    too_many = [f"{count} references" for count in (3, 5, 10) if most is not None and count > most]
    return {
        label: arguments
        for label, arguments in runs.items()
        if not any(many in label for many in too_many)
    }


def _run(name: str, data: Path, out: Path, arguments: list[str]) -> None:
    pairs, sources = PAIRS_AND_SOURCES.get(name, (60, 6))
    command = [
        *(sys.executable, "-m", "napari_homolog.cli", "benchmark", "folder", "--data", str(data)),
        *("--pairs", str(pairs), "--sources", str(sources), "--seed", str(SEED)),
        *("--out", str(out), "--json"),
        *arguments,
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def folder_of(folder: Path, group: str | None, out: Path) -> Path:
    """Return a folder with the images of one group only."""
    if group is None:
        return folder
    own = out / f"{folder.name}-{group}"
    own.mkdir(parents=True, exist_ok=True)
    document = json.loads((folder / "keypoints.json").read_text(encoding="utf-8"))
    document["images"] = [one for one in document["images"] if one["group"] == group]
    for one in document["images"]:
        link = own / one["file"]
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to((folder / one["file"]).resolve())
    (own / "keypoints.json").write_text(json.dumps(document), encoding="utf-8")
    return own


def _figures(result: RunResult) -> dict[str, Any]:
    summary = result.summary()
    return {
        "digest": result.data.digest,
        "matcher": summary["matcher"],
        "pairs": summary["pairs"],
        "sources": summary["sources"],
        "within": summary["share_within_percent_of_centroid_size"],
        "mean": summary["mean_error_percent_of_centroid_size"],
        "error_95": summary["error_95_percent_of_centroid_size"],
        "shape_difference": summary["shape_difference_percent_of_centroid_size"],
        "learn_seconds": summary["learn_seconds"],
        "find_seconds": summary["find_seconds"],
    }


if __name__ == "__main__":
    main()
