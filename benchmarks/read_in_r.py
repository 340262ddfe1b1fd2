"""Reads an exported folder in R, and compares what geomorph reads with what was written.

The folder for geomorph of synthetic fish with a curve: `readland.tps` has to read the same numbers,
`gpagen(curves = )` has to take the sliders, and the written script has to run. Where `Rscript` or the
package geomorph is not installed, it says so and ends without figures.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from napari_homolog.project import Project, draw_and_define, export_for
from napari_homolog.synthetic import generate

RESULTS = Path(__file__).parent / "results" / "read_in_r.json"
SIZE, COUNT, SEMILANDMARKS = (240, 320), 8, 9
ENDS = ("upper tail tip", "lower tail tip")

READING = """
library(geomorph)
coords <- readland.tps("landmarks.tps", specID = "ID", negNA = FALSE)
write.csv(t(apply(coords, 3, function(one) as.vector(t(one)))), "read.csv", row.names = FALSE)
sliders <- as.matrix(read.csv("landmarks_sliders.csv"))
shapes <- gpagen(coords, curves = sliders, print.progress = FALSE)
write.csv(data.frame(size = shapes$Csize), "sizes.csv", row.names = FALSE)
"""


def why_not() -> str:
    """Return why nothing can be read in R here; empty if it can."""
    if shutil.which("Rscript") is None:
        return "Rscript is not installed"
    asked = subprocess.run(
        ["Rscript", "-e", 'stopifnot(requireNamespace("geomorph", quietly = TRUE))'],
        capture_output=True,
        check=False,
    )
    return "" if asked.returncode == 0 else "R has no package geomorph"


def export(folder: Path) -> np.ndarray:
    """Write the folder; return what is to be read, (specimens, x and y of each point, y upwards)."""
    expected = []
    with Project.create() as project:
        for number in range(COUNT):
            fish = generate("fish", 700 + number, SIZE)
            if not number:
                project.set_landmarks(fish.landmarks.names)
            specimen = project.add_picture(f"fish {number}", SIZE)
            points = {name: tuple(fish.landmarks[name]) for name in fish.landmarks.names}
            project.place_many(specimen, points)
            first, last = (np.array(points[name]) for name in ENDS)
            path = np.linspace(first, last, SEMILANDMARKS + 2)
            draw_and_define(project, specimen, {"tail": path}, SEMILANDMARKS)
            # Along a straight line, semilandmarks at even distances are known.
            every = np.concatenate([fish.landmarks.points, path[1:-1]])
            expected.append(np.stack([every[:, 1], SIZE[0] - every[:, 0]], axis=1).ravel())
        export_for(project, "geomorph", folder, project.specimens())
    return np.array(expected)


def main() -> None:
    """Export, read in R, compare and store."""
    reason = why_not()
    if reason:
        print(f"Skipped: {reason}.")
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        expected = export(folder)
        for script in (["-e", READING], ["analysis.R"]):
            done = subprocess.run(
                ["Rscript", *script], cwd=folder, capture_output=True, text=True, check=False
            )
            if done.returncode:
                sys.exit(f"R refused {script[-1]}: {done.stderr}")
        read = np.loadtxt(folder / "read.csv", delimiter=",", skiprows=1)
        figures = {
            "specimens": len(read),
            "points": read.shape[1] // 2,
            "largest difference, px": float(np.abs(read - expected).max()),
        }
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
