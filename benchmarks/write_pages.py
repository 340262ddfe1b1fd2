"""Writes the tables and figures of the pages in docs/ from stored results.

Everything between ``<!-- results: ... -->`` and ``<!-- end -->`` on a page is generated from
``results/``; the text around it is written by hand. The words of a block, divided by bars, say what is
wanted and of which results: `evidence_tables.py` and `series_table.py` make those of docs/evidence.md,
`stored_figures.py` any other.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import evidence_tables
import series_table
import stored_figures
from stored_figures import PageError

RESULTS = Path(__file__).with_name("results")
DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"(<!-- results: (.*?) -->)(.*?)(<!-- end -->)", re.DOTALL)

Filler = Callable[[re.Match[str]], str]
"""Returns a block with its contents generated anew."""


def pages() -> list[Path]:
    """Return the pages that have blocks of results."""
    return [path for path in sorted(DOCS.glob("*.md")) if BLOCK.search(path.read_text("utf-8"))]


def write_pages(paths: Iterable[Path] = (), results: Path = RESULTS) -> None:
    """Write the blocks of pages anew; by default of all pages."""
    fill = filler(results)
    for path in paths or pages():
        path.write_text(BLOCK.sub(fill, path.read_text("utf-8")), encoding="utf-8")


def filler(results: Path) -> Filler:
    """Return what fills blocks with the results of a folder, which are read once.

    It raises `PageError` if a block asks for what there is not.
    """
    named = {
        **evidence_tables.read_data(results),
        **series_table.read_series(results / "series.json"),
    }
    makers = {
        **evidence_tables.MAKERS,
        **series_table.MAKERS,
        **{name: partial(make, results) for name, make in stored_figures.MAKERS.items()},
    }

    def fill(block: re.Match[str]) -> str:
        maker, *words = (word.strip() for word in block[2].split("|"))
        if maker not in makers:
            raise PageError(f"The page asks for {maker!r}; there is {', '.join(makers)}.")
        values = [named.get(word, word) for word in words]
        return f"{block[1]}{makers[maker](*values)}{block[4]}"

    return fill


def main() -> None:
    """Write the pages, or check that they are up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="Write nothing; fail if stale.")
    parser.add_argument("--page", type=Path, action="append", help="Default: all of docs/.")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    chosen = options.page or pages()
    try:
        if not options.check:
            write_pages(chosen, options.results)
            return
        fill = filler(options.results)
        for page in chosen:
            stale = stale_blocks(page.read_text("utf-8"), fill)
            if stale:
                parser.exit(1, f"{page} is stale in {stale}; run benchmarks/write_pages.py.\n")
    except PageError as problem:
        parser.exit(1, f"{problem}\n")


def stale_blocks(text: str, fill: Filler) -> list[str]:
    """Return the blocks of a page that are not as the results."""
    return [block[2] for block in BLOCK.finditer(text) if fill(block) != block[0]]


if __name__ == "__main__":
    main()
