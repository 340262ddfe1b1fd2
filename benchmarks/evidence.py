"""Stores the figures of benchmark runs for docs/evidence.md.

Takes folders that ``homolog benchmark`` wrote, and stores their figures by the data that they were
measured on, with machine, versions and date. `write_pages.py` writes them into the page.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from napari_homolog.benchmark.run_results import group_by_data, read_results, summaries
from stored_results import store


def main() -> None:
    """Sum up, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--name", default="evidence", help="Name of the file in results/.")
    options = parser.parse_args()
    data_sets = summaries(group_by_data(read_results(options.folders)))
    for data in data_sets:
        print(f"{data['title']}, {data['digest']}")
        for run in data["runs"]:
            pck = run["corrected"]["per_image"]["0.1"]["pck"]
            print(f"    {run['matcher']:40} {run['network']:12} PCK@0.1 {pck:.3f}")
    print(f"stored in {store(options.name, {'data_sets': data_sets})}")


if __name__ == "__main__":
    main()
