"""The arrows between the package's parts go down only (docs/architecture.md)."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "napari_homolog"

MAY_USE: dict[str, set[str]] = {
    "errors": set(),
    "lazy": set(),
    "pages": set(),
    "files": {"errors"},
    "context": {"errors"},
    "logs": {"context", "errors"},
    "landmarks": {"errors"},
    "boxes": {"errors"},
    "curves": {"errors"},
    "image_names": {"errors"},
    "images": {"errors", "files", "image_names"},
    "procrustes": {"errors", "landmarks"},
    "thin_plate": set(),
    "missing_landmarks": {"errors", "landmarks", "procrustes", "thin_plate"},
    "shape_space": {"errors", "landmarks", "procrustes"},
    "repeatability": {"errors", "procrustes"},
    "rulers": {"errors"},
    "scale_bars": {"errors"},
    "symmetry": {"errors", "landmarks"},
    "figures": {"errors", "procrustes"},
    "contact_sheet": {"files", "images", "landmarks"},
    "synthetic": {"landmarks"},
    "formats": {"boxes", "curves", "errors", "files", "image_names", "landmarks", "lazy"},
    "diffusion": {"context", "errors", "lazy"},
    "correspondence": {
        *("boxes", "context", "curves", "diffusion", "errors", "files", "images", "landmarks"),
        *("lazy", "thin_plate"),
    },
    "project": {
        *(
            "boxes",
            "correspondence",
            "curves",
            "errors",
            "figures",
            "files",
            "formats",
            "image_names",
        ),
        *("images", "landmarks", "lazy", "missing_landmarks", "pages", "procrustes"),
        *("repeatability", "rulers", "shape_space", "symmetry"),
    },
    "jobs": {
        *("boxes", "context", "correspondence", "curves", "diffusion", "errors", "files", "images"),
        *("landmarks", "project"),
        "scale_bars",
    },
    "benchmark": {
        *(
            "boxes",
            "contact_sheet",
            "context",
            "correspondence",
            "diffusion",
            "errors",
            "figures",
            "files",
        ),
        *("formats", "images", "jobs", "landmarks", "lazy", "pages", "project", "synthetic"),
    },
    "demo": {
        *("benchmark", "contact_sheet", "context", "correspondence", "diffusion", "files"),
        "formats",
    },
    "cli": {
        *("benchmark", "contact_sheet", "context", "correspondence", "demo", "diffusion"),
        *("errors", "figures", "files", "formats", "image_names", "images", "jobs", "logs"),
        *("missing_landmarks", "project", "synthetic"),
    },
    "plugin": {
        *(
            "boxes",
            "context",
            "correspondence",
            "curves",
            "diffusion",
            "errors",
            "figures",
            "files",
            "formats",
            "image_names",
        ),
        *("images", "jobs", "landmarks", "logs", "missing_landmarks", "procrustes", "project"),
        *("rulers", "synthetic"),
    },
    "": {
        *("context", "correspondence", "diffusion", "errors", "formats", "images", "landmarks"),
        "lazy",
    },
}
"""What each part may import from the others; ``""`` is the package itself."""

ROOMS_MAY_USE: dict[str, set[str]] = {
    "settings": set(),
    "presets": {"settings"},
    "views": {"presets", "settings"},
    "maps": {"presets", "settings", "views"},
    "priors": {"maps", "presets", "settings", "views"},
    "curves": {"priors"},
    "refinement": {"priors"},
    "optimisation": {"maps", "presets", "settings", "views"},
    "paper_crops": {"maps", "settings"},
    "paper": {"maps", "optimisation", "paper_crops", "presets", "settings", "views"},
    "learning": {
        *("maps", "optimisation", "paper", "presets", "priors", "refinement", "settings", "views"),
    },
    "inference": {
        *("learning.landmark_set", "maps", "paper", "presets", "priors", "refinement", "settings"),
        "views",
    },
    "word_maps": {"maps", "presets", "settings", "views"},
    "": {"inference", "learning", "maps", "presets", "settings", "word_maps"},
}
"""What each room of the method may import from the others."""

ONLY_USERS = {
    "distributed": {"jobs/cluster.py"},
    "dask": {"jobs/cluster.py"},
    "zarr": {"project/maps.py"},
    "sqlite3": {"project"},
    "typer": {"cli"},
    "rich": {"cli"},
}
"""Libraries that one part alone may import."""


def modules() -> Iterator[Path]:
    yield from sorted(SOURCE.rglob("*.py"))


def names_of(paths: Iterator[Path]) -> list[str]:
    return [path.relative_to(SOURCE).as_posix() for path in paths]


def part_of(path: Path) -> str:
    first = path.relative_to(SOURCE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported_modules(path: Path) -> set[str]:
    """Return the package's own modules that a module imports, wherever in its text.

    Each is given from the package's root: ``correspondence.maps.peaks`` for ``from .peaks import x``
    in ``correspondence/maps/score_maps.py``.
    """
    package = path.relative_to(SOURCE).parent.parts
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            origin = [*package[: len(package) - node.level + 1], *filter(None, [node.module])]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == SOURCE.name:
            origin = (node.module or "").split(".")[1:]
        else:
            continue
        for alias in node.names:
            child = SOURCE.joinpath(*origin, alias.name)
            is_module = child.with_suffix(".py").is_file() or child.is_dir()
            found.add(".".join([*origin, alias.name] if is_module else origin))
    return found


def imported_parts(path: Path) -> set[str]:
    """Return the other parts of the package that a module imports."""
    return {name.split(".")[0] for name in imported_modules(path)} - {part_of(path)}


@cache
def imported_libraries(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").split(".")[0])
    return found


def test_the_parts_have_an_order_from_the_bottom_to_the_top() -> None:
    """Each part uses parts listed before it only, so that no circle is possible."""
    for rules in (MAY_USE, ROOMS_MAY_USE):
        listed: set[str] = set()
        for part, used in rules.items():
            assert {name.split(".")[0] for name in used} <= listed, part
            listed.add(part)


def test_every_part_is_listed_and_uses_what_is_listed() -> None:
    used: dict[str, set[str]] = {}
    for path in modules():
        used.setdefault(part_of(path), set()).update(imported_parts(path))
    assert used.keys() == MAY_USE.keys()
    allowed_in_vain = {part: MAY_USE[part] - used[part] for part in MAY_USE}
    assert not any(allowed_in_vain.values()), allowed_in_vain


@pytest.mark.parametrize("path", modules(), ids=names_of(modules()))
def test_arrows_go_down(path: Path) -> None:
    assert imported_parts(path) <= MAY_USE[part_of(path)]


METHOD = SOURCE / "correspondence"


@pytest.mark.parametrize("path", sorted(METHOD.rglob("*.py")), ids=names_of(METHOD.rglob("*.py")))
def test_arrows_between_the_method_s_rooms_go_down(path: Path) -> None:
    first = path.relative_to(METHOD).parts[0]
    room = "" if first == "__init__.py" else first.removesuffix(".py")
    own = [name.split(".")[1:] for name in imported_modules(path) if name.startswith(METHOD.name)]
    others = {".".join(parts) for parts in own if parts and parts[0] != room}
    allowed = ROOMS_MAY_USE[room]
    forbidden = {name for name in others if not {name, name.split(".")[0]} & allowed}
    assert not forbidden


@pytest.mark.parametrize("library", ONLY_USERS)
def test_a_library_of_one_part_is_used_by_no_other(library: str) -> None:
    users = {
        path.relative_to(SOURCE).as_posix()
        for path in modules()
        if library in imported_libraries(path)
    }
    allowed = ONLY_USERS[library]
    assert {user for user in users if not {user, user.split("/")[0]} & allowed} == set()


@pytest.mark.parametrize("path", modules(), ids=names_of(modules()))
def test_only_the_plugin_knows_napari_and_qt(path: Path) -> None:
    if part_of(path) != "plugin":
        graphical = {"napari", "qtpy", "magicgui", "superqt", "PyQt6", "PySide6"}
        assert not imported_libraries(path) & graphical


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
        "from napari_homolog.jobs import LearnJob, TransferJob",
        "from napari_homolog.benchmark import DATASETS",
    ],
)
def test_no_torch_before_something_is_computed(statement: str) -> None:
    assert not loaded_after(statement) & {"torch", "diffusers", "transformers", "napari"}


def test_no_dask_before_a_cluster_is_used() -> None:
    assert "distributed" not in loaded_after("import napari_homolog.jobs, napari_homolog.cli")


def test_the_widget_needs_no_torch_to_be_shown() -> None:
    assert "torch" not in loaded_after("import napari_homolog.plugin.dock")
