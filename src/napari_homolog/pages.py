"""Pages of reports: HTML and Markdown, rendered from the templates in ``page_templates/``.

Templates whose names end in ``.html.jinja`` escape whatever is put into them.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = "page_templates"


@dataclass(frozen=True)
class Table:
    """A table of a page.

    Attributes
    ----------
    headings : sequence of str
        One for each column.
    rows : sequence of sequence of str
        The cells.
    text_columns : int
        How many columns at the left hold text; the others hold numbers, aligned to the right.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    text_columns: int = 1


@dataclass(frozen=True)
class Figure:
    """A picture of a page.

    Attributes
    ----------
    source : str
        Path relative to the page, or a data URL.
    caption : str
        Text below the picture.
    """

    source: str
    caption: str

    @classmethod
    def embedded(cls, png: bytes, caption: str) -> Figure:
        """Return a figure whose PNG file is part of the page."""
        return cls(f"data:image/png;base64,{b64encode(png).decode()}", caption)


def render(template: str, **values: Any) -> str:
    """Return a page.

    Parameters
    ----------
    template : str
        Name of a file in ``page_templates/``.
    **values
        What the template calls by these names; a name that it lacks is an error.
    """
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("napari_homolog", FOLDER),
        autoescape=select_autoescape(enabled_extensions=("html.jinja",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = _markdown_cell
    return environment


def _markdown_cell(text: str) -> str:
    """Return text for a cell of a Markdown table, which a bar would end."""
    return text.replace("|", "\\|")
