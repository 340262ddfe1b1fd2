"""Figures of benchmark runs, stored for the documentation.

Takes folders that ``homolog benchmark`` wrote, and stores what was measured there, with machine,
versions and date.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from napari_homolog.benchmark.run_results import read_results
from results import store


def main() -> None:
    """Sum up, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--name", default="evidence", help="Of the file in results/.")
    options = parser.parse_args()
    rows = [result.summary() for result in read_results(options.folders)]
    for row in rows:
        pck = row["corrected"]["per_image"]["0.1"]["pck"]
        print(f"{row['title']:20} {row['matcher']:20} PCK@0.1 {pck:.3f}")
    print(f"stored in {store(options.name, {'runs': rows})}")


if __name__ == "__main__":
    main()
