"""Draws the picture of the documentation of shapes at a glance, of synthetic fish: no figures."""

from __future__ import annotations

import io
from base64 import b64decode
from pathlib import Path

from PIL import Image

from napari_homolog.project import Project
from napari_homolog.project.report import shape_plots
from napari_homolog.project.report.shapes_at_a_glance import shapes_at_a_glance
from napari_homolog.synthetic import generate

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "shapes.png"
SIZE, COUNT, WIDTH = (140, 180), 24, 1100
WRONG = 5
"""Fish on which two landmarks are exchanged."""


def main() -> None:
    """Draw it."""
    with Project.create() as project:
        for index in range(COUNT):
            fish = generate("fish", index, SIZE)
            names = list(fish.landmarks.names)
            if index == 0:
                project.set_landmarks(names)
            points = dict(zip(names, fish.landmarks.points.tolist(), strict=True))
            if index == WRONG:
                points[names[0]], points[names[1]] = points[names[1]], points[names[0]]
            number = project.add_picture(f"fish {index}", SIZE)
            project.place_many(number, points)
            project.set_classifiers(number, {"sex": "mf"[index % 3 == 0]})
        shapes = shapes_at_a_glance(project)
    figures = [shape_plots.components(shapes), shape_plots.ends(shapes)[0]]
    drawn = [
        Image.open(io.BytesIO(b64decode(one.source.split(",")[1]))).convert("RGB")
        for one in figures
    ]
    width = max(one.width for one in drawn)
    sheet = Image.new("RGB", (width, sum(one.height for one in drawn)), "white")
    top = 0
    for one in drawn:
        sheet.paste(one, (0, top))
        top += one.height
    sheet = sheet.resize((WIDTH, round(sheet.height * WIDTH / width)), Image.Resampling.LANCZOS)
    sheet.quantize(64).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
