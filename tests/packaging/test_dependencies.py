"""The declared dependencies are those that the source imports."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "src" / "napari_homolog"

# diffusers and transformers load weights through it without a second copy in memory.
IMPORTED_BY_OTHERS = {"accelerate"}


@cache
def pyproject() -> dict[str, Any]:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


# Its distribution names the extension module only.
UNNAMED = {"dlib": ["dlib-bin"]}


@cache
def installed() -> dict[str, list[str]]:
    return {**packages_distributions(), **UNNAMED}


def distribution(requirement: str) -> str:
    """Return the normalised name of a requirement such as ``PyYAML[libyaml]>=6``."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name.group()).lower()


def declared(requirements: list[str]) -> set[str]:
    return {distribution(requirement) for requirement in requirements}


def base() -> set[str]:
    return declared(pyproject()["project"]["dependencies"])


def extra(name: str) -> set[str]:
    return declared(pyproject()["project"]["optional-dependencies"][name])


def third_party(node: ast.AST) -> set[str]:
    """Return the distributions whose packages a statement imports."""
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.level == 0:
        modules = [node.module or ""]
    else:
        return set()
    roots = {module.partition(".")[0] for module in modules}
    roots -= {*sys.stdlib_module_names, "napari_homolog"}
    return {distribution(name) for root in roots for name in installed().get(root, [root])[:1]}


@cache
def imports() -> list[tuple[Path, bool, str]]:
    """Return module, whether the import runs with the module itself, and distribution."""
    rows = []
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            for name in third_party(node):
                rows.append((path.relative_to(SOURCE), node in tree.body, name))
    return rows


def test_every_dependency_is_imported() -> None:
    used = {name for _, _, name in imports()}
    assert base() - IMPORTED_BY_OTHERS <= used
    assert not used & IMPORTED_BY_OTHERS


@pytest.mark.parametrize("name", ["napari", "deeplabcut", "cluster", "ert", "maps"])
def test_every_dependency_of_an_extra_is_imported(name: str) -> None:
    assert extra(name) <= {used for _, _, used in imports()}


def test_every_import_is_declared() -> None:
    for path, at_module_level, name in imports():
        optional = extra("napari") if path.parts[0] == "plugin" else set()
        if not at_module_level:
            optional = optional.union(
                *map(extra, ("napari", "deeplabcut", "cluster", "ert", "maps", "raw", "heic"))
            )
        assert name in base() | optional, f"{path} imports {name}"


def test_base_dependencies_hold_no_napari_and_no_qt() -> None:
    assert not base() & {"napari", "pyqt5", "pyqt6", "pyside2", "pyside6", "pyside6-essentials"}


@pytest.mark.parametrize("name", ["test", "lint", "docs"])
def test_dependency_groups_and_extras_agree(name: str) -> None:
    assert (
        pyproject()["dependency-groups"][name]
        == (pyproject()["project"]["optional-dependencies"][name])
    )


def test_the_group_of_developers_holds_the_others() -> None:
    assert pyproject()["dependency-groups"]["dev"] == [
        {"include-group": name} for name in ("test", "lint", "docs")
    ]
    assert extra("dev") == {"napari-homolog"}


def test_constraints_pin_every_declared_dependency() -> None:
    text = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all("==" in line for line in lines)
    groups = pyproject()["project"]["optional-dependencies"].values()
    needed = base().union(*map(declared, groups)) - {"napari-homolog"}
    assert needed <= declared(lines)
