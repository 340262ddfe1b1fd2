"""Documents as Markdown and as HTML."""

from __future__ import annotations

import base64
import re

from napari_homolog.document import Heading, Paragraph, Picture, Table, to_html, to_markdown


def test_a_document_is_escaped() -> None:
    blocks = [
        Heading("A & B"),
        Paragraph("1 < 2"),
        Table(["name", "value"], [["a|b", "<i>"]]),
        Picture("a b.png", 'say "x"'),
    ]
    assert to_markdown(blocks).splitlines() == [
        "## A & B", "", "1 < 2", "", "| name | value |", "| --- | ---: |", "| a\\|b | <i> |", "",
        '![say "x"](<a b.png>)',
    ]  # fmt: skip
    page = to_html("T", blocks)
    assert "<h2>A &amp; B</h2>" in page
    assert "<td>&lt;i&gt;</td>" in page
    assert 'alt="say &quot;x&quot;"' in page


def test_columns_of_words_are_at_the_left() -> None:
    table = Table(["name", "what", "count"], [["a", "b", "1"]], words=2)
    assert table.markdown().splitlines()[1] == "| --- | --- | ---: |"
    assert '<td>a</td><td class="words">b</td><td>1</td>' in table.html()


def test_a_picture_may_be_in_the_document_itself() -> None:
    page = to_html("T", [Picture.within(b"PNG bytes", "a plot")])
    (data,) = re.findall('src="data:image/png;base64,([^"]*)"', page)
    assert base64.b64decode(data) == b"PNG bytes"
