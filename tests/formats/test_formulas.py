"""No table runs a formula in a spreadsheet, and every text is read as it was written."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from napari_homolog import Landmarks, formats
from napari_homolog.formats import Specimen

FORMULA = "=HYPERLINK(A1)"
STARTS = ("=", "+", "-", "@")


@pytest.mark.filterwarnings("ignore::napari_homolog.formats.FormatWarning")
@pytest.mark.parametrize("name", ["tidy", "napari", "deeplabcut", "morphoj"])
def test_text_that_looks_like_a_formula_is_guarded_in_every_table(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / ("a.txt" if name == "morphoj" else "CollectedData_a.csv")
    landmarks = Landmarks({FORMULA: (3.0, 4.0), "-base": (5.0, 6.0)})
    specimen = Specimen(f"{FORMULA}.png", landmarks, FORMULA, image_size=(40, 60))
    formats.write_landmarks(path, [specimen], format=name)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t" if name == "morphoj" else ","))
    assert not [cell for row in rows for cell in row if cell.startswith(STARTS)]
    assert "'=" in path.read_text(encoding="utf-8")
    (again,) = formats.read_landmarks(path, format=name, image_size=(40, 60))
    assert again.landmarks.points.tolist() == [[3, 4], [5, 6]]
    if name == "morphoj":
        assert again.identifier == FORMULA
    else:
        assert again.landmarks.names == (FORMULA, "-base")
