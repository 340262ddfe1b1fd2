"""A document of headings, paragraphs, tables and pictures, as Markdown and as HTML."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0; font-size: 0.9em }
th, td { border-bottom: 1px solid #ccc; padding: 0.3rem 0.7rem; text-align: right }
th:first-child, td:first-child, .words { text-align: left }
figure { margin: 1rem 0; break-inside: avoid }
figcaption { font-size: 0.9em; color: #555 }
img { max-width: 100% }
@media print {
  body { font-size: 11px; max-width: none; margin: 0; padding: 0 }
  h2, h3 { break-after: avoid }
  tr { break-inside: avoid }
}"""


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 6."""

    text: str
    level: int = 2

    def markdown(self) -> str:
        """Return it as Markdown."""
        return f"{'#' * self.level} {self.text}"

    def html(self) -> str:
        """Return it as HTML."""
        return f"<h{self.level}>{escape(self.text)}</h{self.level}>"


@dataclass(frozen=True)
class Paragraph:
    """Plain text."""

    text: str

    def markdown(self) -> str:
        """Return it as Markdown."""
        return self.text

    def html(self) -> str:
        """Return it as HTML."""
        return f"<p>{escape(self.text)}</p>"


@dataclass(frozen=True)
class Table:
    """Rows of text under headings; but for some columns of words at the left they hold numbers."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1

    def markdown(self) -> str:
        """Return it as Markdown."""
        rule = ["---"] * self.words + ["---:"] * (len(self.headings) - self.words)
        lines = [self.headings, rule, *self.rows]
        # A bar would end the cell.
        return "\n".join(
            "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
        )

    def html(self) -> str:
        """Return it as HTML."""

        def line(cells: Sequence[str], tag: str) -> str:
            # The first column is at the left anyway.
            kinds = ["", *[' class="words"'] * (self.words - 1)]
            kinds += [""] * (len(cells) - len(kinds))
            told = zip(cells, kinds, strict=True)
            return (
                "<tr>"
                + "".join(f"<{tag}{kind}>{escape(cell)}</{tag}>" for cell, kind in told)
                + "</tr>"
            )

        body = "\n".join(line(row, "td") for row in self.rows)
        return f"<table>\n{line(self.headings, 'th')}\n{body}\n</table>"


@dataclass(frozen=True)
class Picture:
    """An image file, by its place relative to the document."""

    place: str
    caption: str

    @classmethod
    def within(cls, png: bytes, caption: str) -> Picture:
        """Return a picture whose PNG file is in the document itself."""
        return cls(f"data:image/png;base64,{b64encode(png).decode()}", caption)

    def markdown(self) -> str:
        """Return it as Markdown."""
        return f"![{self.caption}](<{self.place}>)"

    def html(self) -> str:
        """Return it as HTML."""
        caption = escape(self.caption)
        return (
            f'<figure><img src="{escape(self.place)}" alt="{caption}">'
            f"<figcaption>{caption}</figcaption></figure>"
        )


Block = Heading | Paragraph | Table | Picture


def to_markdown(blocks: Sequence[Block]) -> str:
    """Return a document as Markdown."""
    return "\n\n".join(block.markdown() for block in blocks) + "\n"


def to_html(title: str, blocks: Sequence[Block]) -> str:
    """Return a document as one HTML page."""
    body = "\n".join(block.html() for block in blocks)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n{body}\n"
        "</body>\n</html>\n"
    )
