"""Pages rendered from templates: what is put into them is escaped, and nothing may be missing."""

from __future__ import annotations

import base64
import re

import pytest
from jinja2 import UndefinedError

from napari_homolog.pages import Figure, Table, render

VALUES = {"sections": [], "seconds": Figure("a b.png", 'say "x"')}


def section(**changes: object) -> dict[str, object]:
    table = Table(["name", "what", "count"], [["a|b", "<i>", "1"]], text_columns=2)
    tables = {name: table for name in ("official", "corrected", "errors", "shape", "classes")}
    texts = {"heading": "A & B", "data": "1 < 2", "classes_heading": "classes"}
    rest = {"unfinished": [], "examples": [], "published": None, "curves": Figure("c.png", "c")}
    return {**texts, **tables, **rest, **changes}


def test_html_is_escaped_and_numbers_are_aligned_to_the_right() -> None:
    page = render("benchmark_report.html.jinja", title="<T>", **{**VALUES, "sections": [section()]})
    assert "<title>&lt;T&gt;</title>" in page
    assert "<h2>A &amp; B</h2>" in page
    assert "<p>1 &lt; 2</p>" in page
    assert 'alt="say &#34;x&#34;"' in page
    assert '<tr><td class="text">a|b</td><td class="text">&lt;i&gt;</td><td>1</td></tr>' in page
    assert "<i>" not in page


def test_markdown_tables_keep_bars_inside_their_cells() -> None:
    page = render("benchmark_report.md.jinja", title="T", **{**VALUES, "sections": [section()]})
    lines = page.splitlines()
    start = lines.index("| name | what | count |")
    assert lines[start - 1] == ""
    assert lines[start + 1 : start + 4] == ["| --- | --- | ---: |", "| a\\|b | <i> | 1 |", ""]
    assert '![say "x"](<a b.png>)' in lines


def test_a_figure_may_be_part_of_the_page() -> None:
    values = {"sections": [], "seconds": Figure.embedded(b"PNG bytes", "a plot")}
    page = render("benchmark_report.html.jinja", title="T", **values)
    (data,) = re.findall('src="data:image/png;base64,([^"]*)"', page)
    assert base64.b64decode(data) == b"PNG bytes"


def test_a_page_without_one_of_its_values_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="seconds"):
        render("benchmark_report.html.jinja", title="T", sections=[])
