"""Writes the tables and figures of the pages in docs/ from stored results.

Everything between ``<!-- results: ... -->`` and ``<!-- end -->`` on a page is generated from
``results/``; the text around it is written by hand. The words of a block, divided by bars, say what is
wanted and of which results: `evidence_tables.py` and `series_table.py` make those of docs/evidence.md,
`stored_figures.py` any other.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

import evidence_tables
import series_table
import stored_figures
from stored_figures import PageError

RESULTS = Path(__file__).with_name("results")
DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"(<!-- results: (.*?) -->)(.*?)(<!-- end -->)", re.DOTALL)

ResultsByName = Mapping[str, evidence_tables.Data | series_table.Series]


def pages() -> list[Path]:
    """Return the pages that have blocks of results."""
    return [path for path in sorted(DOCS.glob("*.md")) if BLOCK.search(path.read_text("utf-8"))]


def write_pages(paths: Iterable[Path] = (), results: Path = RESULTS) -> None:
    """Write the blocks of pages anew; by default of all pages."""
    for path in paths or pages():
        path.write_text(generate(path.read_text("utf-8"), results), encoding="utf-8")


def generate(text: str, results: Path) -> str:
    """Return a page with all its blocks generated anew.

    Raises
    ------
    PageError
        If a block asks for what there is not.
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

    return BLOCK.sub(fill, text)


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
        for page in chosen:
            stale = stale_blocks(page.read_text("utf-8"), options.results)
            if stale:
                parser.exit(1, f"{page} is stale in {stale}; run benchmarks/write_pages.py.\n")
    except PageError as problem:
        parser.exit(1, f"{problem}\n")


def stale_blocks(text: str, results: Path) -> list[str]:
    """Return the blocks of a page that are not as the results."""
    fresh = generate(text, results)
    pairs = zip(BLOCK.finditer(text), BLOCK.finditer(fresh), strict=True)
    return [old[2] for old, new in pairs if old[3] != new[3]]


if __name__ == "__main__":
    main()
