"""Tables with one row for each specimen."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_homolog import formats
from napari_homolog.errors import FormatError


def test_columns_name_the_specimens_and_the_rest_are_classifiers(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("species;Image;sex\nmaritima;a.JPG;f\n'=x;b.JPG;\n", encoding="utf-8-sig")
    one, other = formats.read_specimen_table(path)
    assert (one.image, one.specimen, dict(one.values)) == (
        "a.JPG",
        "",
        {"species": "maritima", "sex": "f"},
    )
    assert (other.line, dict(other.values)) == (3, {"species": "=x", "sex": ""})


def test_without_such_a_column_the_first_one_names_them(tmp_path: Path) -> None:
    # As R's write.csv writes row names.
    (tmp_path / "s.csv").write_text('"","species"\n"a","x"\n"b","y"\n')
    assert [one.image for one in formats.read_specimen_table(tmp_path / "s.csv")] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,\na,x\n", "column 2 has no name"),
        ("image,sex,sex\na,f,f\n", "duplicate column 'sex'"),
        ("image,sex\n,f\n", "line 2: it names no specimen"),
        ("image,sex\na,f,m\nb,f\n", "line 2: 3 cells, but the header has 2"),
        ("image,sex\n", "no specimens below it"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(FormatError, match=message):
        formats.read_specimen_table(tmp_path / "s.csv")


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    formats.write_specimen_table(path, ["specimen", "site"], [["a", "=1+1, here"]])
    (one,) = formats.read_specimen_table(path)
    assert (one.specimen, one.values["site"]) == ("a", "=1+1, here")
