"""Links of the README and the documentation lead to files of the repository."""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
SITE = "https://napari-homolog.github.io/napari-homolog/"
ON_GITHUB = re.compile(
    r"https://(?:github\.com/napari-homolog/napari-homolog/(?:blob|tree|raw)"
    r"|raw\.githubusercontent\.com/napari-homolog/napari-homolog)/main/([^#\s]*)"
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
API_REFERENCE = re.compile(r"\]\[(napari_homolog[\w.]*)\]")
PAGES = [
    *sorted(REPOSITORY.glob("*.md")),
    *sorted(DOCS.rglob("*.md")),
    REPOSITORY / "benchmarks" / "README.md",
    *sorted((REPOSITORY / "tests").rglob("README.md")),
    REPOSITORY / "src" / "napari_homolog" / "diffusion" / "embedded" / "README.md",
]


def links(page: Path) -> list[str]:
    return LINK.findall(page.read_text(encoding="utf-8"))


def target(page: Path, link: str) -> Path | None:
    """Return the file of the repository that a link leads to; None where it leads elsewhere."""
    if on_github := ON_GITHUB.match(link):
        return REPOSITORY / on_github.group(1)
    if link.startswith(SITE):
        place = link.removeprefix(SITE).partition("#")[0].strip("/")
        return DOCS / place / "index.md" if (DOCS / place).is_dir() else DOCS / f"{place}.md"
    if re.match(r"[a-z]+:|#", link):
        return None
    return page.parent / link.partition("#")[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_to_files(page: Path) -> None:
    for link in links(page):
        path = target(page, link)
        assert path is None or path.exists(), f"{link} leads to {path}"


def test_the_readme_has_no_relative_links() -> None:
    """PyPI and napari-hub show it away from the repository."""
    assert all(re.match(r"https://|#", link) for link in links(REPOSITORY / "README.md"))


@pytest.mark.parametrize(
    "page", sorted(DOCS.rglob("*.md")), ids=lambda page: str(page.relative_to(DOCS))
)
def test_references_to_the_api_name_something_that_exists(page: Path) -> None:
    """A reference that cannot be resolved is no error to the site's builder."""
    for name in API_REFERENCE.findall(page.read_text(encoding="utf-8")):
        package, module, *rest = name.split(".")
        found: Any = importlib.import_module(f"{package}.{module}")
        assert reduce(getattr, rest, found) is not None


def navigation(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield entry
            continue
        for value in entry.values():
            yield from [value] if isinstance(value, str) else navigation(value)


def test_every_page_is_in_the_navigation() -> None:
    site = tomllib.loads((REPOSITORY / "zensical.toml").read_text(encoding="utf-8"))["project"]
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert set(navigation(site["nav"])) == pages
