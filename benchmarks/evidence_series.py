"""Measures on series of specimens, stores the figures, and writes them into docs/evidence.md.

One command for everything that the page says of series: each part of the method alone and all of them
together, from one reference and from more, beside baselines. Runs that were measured already are read
back; an interrupted command continues. Takes hours on two cores.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from evidence_page import PAGE, RESULTS, generate, read_all
from napari_homolog.benchmark.run_results import RunResult, read_results
from stored_results import store

NAME = "series"
PAIRS, SOURCES, SEED = 60, 6, 5

SETS = {
    "fly wings": ("drosophila-wings", None),
    "snails, series": ("snails", "series"),
    "snails, genera": ("snails", "genera"),
    "trilobite tails": ("trilobite-pygidia", None),
    "salamanders": ("salamanders", None),
}
"""Folder and group of each set."""

RUNS: dict[str, list[str]] = {
    "same place": ["--matcher", "same-place"],
    "affine map of SIFT matches": ["--matcher", "affine"],
    "refinement alone": ["--matcher", "ncc"],
    "network alone": ["--set", "locate.refine=false"],
    "`standard`": [],
    "`standard`, 5 references": ["--references", "5"],
    "regression trees, 5 references": ["--matcher", "ert", "--references", "5"],
}
POSED: dict[str, list[str]] = {
    "refinement alone, posed": ["--matcher", "ncc", "--pose", "slight"],
    "network alone, posed": ["--set", "locate.refine=false", "--pose", "slight"],
    "`standard`, posed": ["--pose", "slight"],
}
"""On `POSED_SET` only: targets turned by up to 20 degrees, scaled and moved."""

POSED_SET = "fly wings"


def main() -> None:
    """Run, store and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="Folder that holds the folders of the sets.")
    parser.add_argument("--out", type=Path, default=Path("homolog-benchmark"))
    parser.add_argument("--set", action="append", choices=SETS, help="Default: all.")
    parser.add_argument("--stored", action="store_true", help="Run nothing; store what is there.")
    options = parser.parse_args()
    measured = {}
    for name in options.set or SETS:
        folder, group = SETS[name]
        if not (options.data / folder).is_dir():
            print(f"{name}: there is no {options.data / folder}; left out.")
            continue
        data = _folder_of(options.data / folder, group, options.out / "data")
        runs = RUNS | (POSED if name == POSED_SET else {})
        found = {}
        for label, arguments in runs.items():
            out = options.out / folder / (group or "all") / label.strip("`").replace("`", "")
            if not options.stored:
                _run(data, out, arguments)
            elif not out.is_dir():
                continue
            (result,) = read_results([out])
            if result.pairs < PAIRS:
                print(f"{name:16} {label:32} has {result.pairs} pairs so far; left out")
                continue
            found[label] = _figures(result)
            print(f"{name:16} {label:32} {found[label]['mean']:.2f} %")
        measured[name] = found
    print(f"stored in {store(NAME, {'sets': measured})}")
    PAGE.write_text(generate(PAGE.read_text(encoding="utf-8"), read_all(RESULTS)), encoding="utf-8")


def _run(data: Path, out: Path, arguments: list[str]) -> None:
    command = [
        *(sys.executable, "-m", "napari_homolog.cli", "benchmark", "folder", "--data", str(data)),
        *("--pairs", str(PAIRS), "--sources", str(SOURCES), "--seed", str(SEED)),
        *("--out", str(out), "--json"),
        *arguments,
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _folder_of(folder: Path, group: str | None, out: Path) -> Path:
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
