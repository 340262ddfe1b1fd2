"""How much less is dragged once some specimens are corrected, and whether error radii hold.

Simulated reviews on series of photographs (`homolog benchmark review`), three sessions on each. What is
in the folder of results already is not run again; the figures go into the pages of docs/.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from evidence_series import SETS, folder_of
from stored_results import store_part
from write_pages import write_pages

NAME = "simulated_reviews"
REVIEWED = ("fly wings", "snails, series", "snails, genera")
SPECIMENS, CORRECTIONS, SESSIONS, SEED = 25, 5, 3, 3


def main() -> None:
    """Review, store and write the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="Folder that holds the folders of the sets.")
    parser.add_argument("--out", type=Path, default=Path("homolog-reviews"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in REVIEWED:
        folder, group = SETS[name]
        path = options.out / f"{folder}-{group or 'all'}.json"
        if not path.is_file():
            review(folder_of(options.data / folder, group, options.out / "data"), path)
        sessions = json.loads(path.read_text(encoding="utf-8"))["sessions"]
        for order in sorted({one["order"] for one in sessions}):
            of_order = [one for one in sessions if one["order"] == order]
            store_part(NAME, f"{name}, {order}", figures(of_order))
    write_pages()


def review(data: Path, out: Path) -> None:
    """Run the sessions on one series."""
    numbers = {
        "--specimens": SPECIMENS,
        "--corrections": CORRECTIONS,
        "--sessions": SESSIONS,
        "--seed": SEED,
    }
    options = [word for name, number in numbers.items() for word in (name, str(number))]
    command = ["benchmark", "review", "--data", str(data), "--out", str(out), "--json", *options]
    subprocess.run(
        [sys.executable, "-m", "napari_homolog.cli", *command],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def figures(sessions: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what sessions have in common, on the specimens that were not corrected."""
    landmarks = sum(one["landmarks"] for one in sessions)

    def mean(name: str) -> float:
        return round(sum(one[name] * one["landmarks"] for one in sessions) / landmarks, 4)

    before, after = (sum(one[f"drags_{when}"] for one in sessions) for when in ("before", "after"))
    return {
        "sessions": len(sessions),
        "landmarks": landmarks,
        "drags before": before,
        "drags after": after,
        "share left": round(after / before, 3) if before else None,
        "error before": mean("error_before"),
        "error after": mean("error_after"),
        "within the radius": mean("covered"),
        "radius": mean("radius"),
    }


if __name__ == "__main__":
    main()
