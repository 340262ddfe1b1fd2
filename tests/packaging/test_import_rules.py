"""The arrows between the package's parts go down only (docs/architecture.md)."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "napari_homolog"

MAY_USE: dict[str, set[str]] = {
    "errors": set(),
    "lazy": set(),
    "files": {"errors"},
    "context": {"errors"},
    "logs": {"context", "errors"},
    "progress": {"errors"},
    "landmarks": {"errors"},
    "image_names": {"errors"},
    "images": {"errors", "image_names"},
    "procrustes": {"errors", "landmarks"},
    "repeatability": {"errors", "procrustes"},
    "pages": set(),
    "figures": {"errors", "procrustes"},
    "contact_sheet": {"files", "images", "landmarks"},
    "synthetic": {"landmarks"},
    "formats": {"errors", "files", "image_names", "landmarks"},
    "diffusion": {"context", "errors", "lazy"},
    "correspondence": {
        "context",
        "diffusion",
        "errors",
        "files",
        "images",
        "landmarks",
        "lazy",
        "progress",
    },
    "project": {
        "context",
        "correspondence",
        "diffusion",
        "pages",
        "errors",
        "figures",
        "files",
        "formats",
        "image_names",
        "images",
        "landmarks",
        "lazy",
        "progress",
        "repeatability",
        "procrustes",
    },
    "jobs": {
        "context",
        "correspondence",
        "diffusion",
        "errors",
        "images",
        "landmarks",
        "project",
    },
    "benchmark": {
        "context",
        "correspondence",
        "diffusion",
        "pages",
        "synthetic",
        "errors",
        "figures",
        "files",
        "formats",
        "image_names",
        "images",
        "landmarks",
        "lazy",
        "contact_sheet",
        "progress",
    },
    "demo": {
        "context",
        "benchmark",
        "correspondence",
        "diffusion",
        "files",
        "formats",
        "contact_sheet",
        "progress",
    },
    "cli": {
        "context",
        "benchmark",
        "correspondence",
        "demo",
        "diffusion",
        "synthetic",
        "errors",
        "figures",
        "formats",
        "image_names",
        "images",
        "logs",
        "contact_sheet",
        "progress",
        "jobs",
        "project",
    },
    "plugin": {
        "context",
        "correspondence",
        "diffusion",
        "synthetic",
        "errors",
        "figures",
        "files",
        "formats",
        "image_names",
        "images",
        "landmarks",
        "logs",
        "jobs",
        "project",
        "procrustes",
    },
    "": {
        "context",
        "correspondence",
        "diffusion",
        "errors",
        "formats",
        "images",
        "landmarks",
        "lazy",
    },
}
"""What each part may import from the others; ``""`` is the package itself."""


def modules() -> Iterator[Path]:
    yield from sorted(SOURCE.rglob("*.py"))


def part_of(path: Path) -> str:
    first = path.relative_to(SOURCE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imported_parts(path: Path) -> set[str]:
    """Return the other parts of the package that a module imports, wherever in its text."""
    depth = len(path.relative_to(SOURCE).parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {name.split(".")[0] for name in names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("napari_homolog"):
            found.add((node.module or "").partition(".")[2].split(".")[0])
    return found - {part_of(path)}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_arrows_go_down(path: Path) -> None:
    assert imported_parts(path) <= MAY_USE[part_of(path)]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_the_plugin_knows_napari_and_qt(path: Path) -> None:
    if part_of(path) == "plugin":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names.append(node.module or "")
        roots = {name.split(".")[0] for name in names}
        assert not roots & {"napari", "qtpy", "magicgui", "superqt", "PyQt6", "PySide6"}


def loaded_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import napari_homolog",
        "from napari_homolog import Landmarks, read_landmarks",
        "import napari_homolog.cli",
        "from napari_homolog.diffusion import CATALOGUE",
        "from napari_homolog.project import Project; Project.create().set_landmarks(['tip'])",
        "from napari_homolog.benchmark import DATASETS",
    ],
)
def test_no_torch_before_something_is_computed(statement: str) -> None:
    assert not loaded_after(statement) & {"torch", "diffusers", "transformers", "napari"}


def test_the_widget_needs_no_torch_to_be_shown() -> None:
    assert "torch" not in loaded_after("import napari_homolog.plugin.dock")


def test_public_names_are_all_there() -> None:
    import napari_homolog

    for name in napari_homolog.__all__:
        assert getattr(napari_homolog, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        napari_homolog.nonsense  # noqa: B018
