"""Tables with one row per specimen and the columns NAME_x and NAME_y."""

from __future__ import annotations

import numpy as np
import pandas
import pytest
from numpy.testing import assert_allclose

from napari_homolog import formats
from napari_homolog.errors import FormatError
from napari_homolog.formats import FormatWarning


def test_a_table_of_pandas_is_read(tmp_path):
    table = pandas.DataFrame(
        {
            "image": ["a.jpg", "b.jpg"],
            "tip_x": [10.5, 12],
            "tip_y": [20, 22.25],
            "wing base_x": [30, np.nan],
            "wing base_y": [40, np.nan],
        }
    )
    table.to_csv(tmp_path / "a.csv", index=False)
    table.to_csv(tmp_path / "b.csv", index=False, sep=";", decimal=",")
    for name in ("a.csv", "b.csv"):
        first, second = formats.read_landmarks(tmp_path / name)
        assert (first.image, second.image) == ("a.jpg", "b.jpg")
        assert first.landmarks.names == ("tip", "wing base")
        assert_allclose(first.landmarks.points, [(20, 10.5), (40, 30)])
        assert_allclose(second.landmarks.points, [(22.25, 12), (np.nan, np.nan)])


def test_covariates_are_left_out(tmp_path):
    (tmp_path / "a.csv").write_text("sex,id,tip_x,tip_y\nm,a,1,2\n")
    with pytest.warns(FormatWarning, match="left out the columns sex"):
        (read,) = formats.read_landmarks(tmp_path / "a.csv")
    assert read.identifier == "a"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,tip_x,tip_y,base_x\na,1,2,3\n", "one is lacking of base"),
        ("id,tip_x,tip_y\n", "a header, but no rows"),
        ("id,tip_x,tip_y\na,1,\n", "line 2: 'tip' has no two numbers"),
        ("id,tip_x,tip_y\na,1,2,3,4\n", "line 2: 5 fields, but the header has 3"),
        ("id,tip_x,tip_y,tip_x\na,1,2,3\n", "duplicate columns: tip_x"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, text, told):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(FormatError, match=told):
        formats.read_landmarks(tmp_path / "a.csv")
