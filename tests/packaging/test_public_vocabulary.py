"""Names: one term for one thing, standard terms of the field, old names still understood."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "napari_homolog"

REPLACED = {
    "glimpse": "preview",
    "glimpses": "previews",
    "watching": "preview",
    "verdict": "uncertainty",
    "verdicts": "uncertainty",
    "judge": "estimate uncertainty",
    "judgement": "uncertainty",
    "rival": "secondary peak",
    "rivals": "secondary peaks",
    "arrangement": "shape prior, mean shape",
    "frozen": "cached queries",
    "taken": "subset",
    "noted": "what it is",
    "home": "cycle reference",
    "gather": "score maps",
    "evidence": "score maps",
    "slips": "digitising outliers",
    "floors": "classical baselines",
    "carried": "moving-least-squares matcher",
    "looking": "pass",
    "signs": "uncertainty features",
    "superimpose": "generalised Procrustes analysis",
}
"""Words of version 0.1 that no public name has any more, and the terms that replaced them."""

REPLACED_IN_THE_METHOD = {
    "look": "pass",
    "exact": "full UNet",
    "drawn": "synthetic",
    "shares": "normalised coordinates",
    "rounds": "restarts",
    "turns": "rotations",
    "watch": "preview",
    "far": "coarse",
    "near": "close-up",
}
"""Likewise, of words that mean something else outside the method and what runs it."""

METHOD = ("correspondence", "jobs", "diffusion")

STANDARD = {"NEAR", "near_radius"}
"""Names in which such a word has its ordinary meaning: near a point."""


def words(name: str) -> set[str]:
    """Return the words of a name in snake_case or CamelCase, in small letters."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def public_names(path: Path) -> Iterator[str]:
    """Yield the names of a module that others see: itself, its classes, functions and parameters."""
    yield path.stem if path.stem != "__init__" else path.parent.name
    yield from _names_in(ast.parse(path.read_text(encoding="utf-8")).body)


def _names_in(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name
            yield from _names_in(node.body)
        elif isinstance(node, ast.FunctionDef) and (
            node.name == "__init__" or not node.name.startswith("_")
        ):
            yield node.name
            arguments = node.args
            for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                yield argument.arg
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


@pytest.mark.parametrize(
    "path",
    sorted(SOURCE.rglob("*.py")),
    ids=[path.relative_to(SOURCE).as_posix() for path in sorted(SOURCE.rglob("*.py"))],
)
def test_public_names_have_no_words_of_the_old_vocabulary(path: Path) -> None:
    in_the_method = path.relative_to(SOURCE).parts[0] in METHOD
    replaced = REPLACED | (REPLACED_IN_THE_METHOD if in_the_method else {})
    public = {name for name in public_names(path) if not name.startswith("_")} - STANDARD
    old = {name: [replaced[word] for word in words(name) & replaced.keys()] for name in public}
    assert {name: terms for name, terms in old.items() if terms} == {}


def test_the_search_sees_modules_classes_methods_parameters_and_fields() -> None:
    seen = set(public_names(SOURCE / "correspondence" / "inference" / "prediction.py"))
    assert {"prediction", "Prediction", "secondary_peaks", "spread"} <= seen
    seen = set(public_names(SOURCE / "jobs" / "runners.py"))
    assert {"run", "on_result", "in_this_thread", "MESSAGE"} <= seen
    assert words("PassModels_secondaryPeak") == {"pass", "models", "secondary", "peak"}
    assert words("UNCERTAINTY_FEATURES") == {"uncertainty", "features"}


def test_no_two_modules_share_a_file_name() -> None:
    places = defaultdict(list)
    for path in sorted(SOURCE.rglob("*.py")):
        if path.name not in ("__init__.py", "__main__.py"):
            places[path.name].append(path.relative_to(SOURCE).as_posix())
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_public_names_are_all_there() -> None:
    import napari_homolog

    for name in napari_homolog.__all__:
        assert getattr(napari_homolog, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        napari_homolog.nonsense  # noqa: B018


@pytest.mark.parametrize(
    ("module", "old", "current"),
    [
        ("napari_homolog", "load", "load_backbone"),
        ("napari_homolog", "read", "read_landmarks"),
        ("napari_homolog", "write", "write_landmarks"),
        ("napari_homolog.correspondence", "Glimpse", "Preview"),
        ("napari_homolog.diffusion", "load", "load_backbone"),
        ("napari_homolog.formats", "find", "find_format"),
        ("napari_homolog.formats", "read", "read_landmarks"),
        ("napari_homolog.formats", "write", "write_landmarks"),
        ("napari_homolog.project", "read_landmarks", "import_landmarks"),
        ("napari_homolog.project", "write_landmarks", "export_landmarks"),
    ],
)
def test_names_of_version_0_1_work_and_warn(module: str, old: str, current: str) -> None:
    from importlib import import_module

    package = import_module(module)
    with pytest.warns(DeprecationWarning, match=rf"{old} is deprecated; use .*\.{current}\."):
        deprecated = getattr(package, old)
    assert deprecated is getattr(package, current)
    assert old not in package.__all__
