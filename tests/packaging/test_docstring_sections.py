"""Functions have few parameters and describe them; a part of the public API has examples."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "napari_homolog"
MANY = 3
"""Parameters from which on a section describes them."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[Path, ast.Module]:
    """Return the package's modules, parsed."""
    return {
        path.relative_to(SOURCE): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    }


def public_functions(tree: ast.Module | ast.ClassDef) -> Iterator[Function]:
    """Yield the functions and methods that a reader of the API meets."""
    for node in tree.body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node)


def parameters(function: Function) -> list[str]:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    named += [several for several in (arguments.vararg, arguments.kwarg) if several is not None]
    return [argument.arg for argument in named if argument.arg not in ("self", "cls")]


TOO_MANY = 8
"""Parameters that no function has, but commands, whose parameters are the options."""


def test_no_function_takes_eight_parameters() -> None:
    taking = [
        f"{path}: {node.name}"
        for path, tree in modules().items()
        if not path.name.endswith(("_command.py", "_commands.py"))
        for node in ast.walk(tree)
        if isinstance(node, Function) and len(parameters(node)) >= TOO_MANY
    ]
    assert not taking


def test_progress_and_cancellation_travel_in_the_context() -> None:
    by_hand = [
        f"{path}: {node.name}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, Function) and {"progress", "should_stop"} & set(parameters(node))
    ]
    assert not by_hand


def test_three_or_more_parameters_are_described() -> None:
    # Options of the command line describe themselves, in its help.
    undescribed = [
        f"{path}: {function.name}"
        for path, tree in modules().items()
        if "cli" not in path.parts
        for function in public_functions(tree)
        if len(parameters(function)) >= MANY
        and "Parameters\n" not in (ast.get_docstring(function) or "")
    ]
    assert not undescribed


def test_every_described_parameter_exists_and_every_parameter_is_described() -> None:
    wrong = []
    for path, tree in modules().items():
        for function in public_functions(tree):
            docstring = ast.get_docstring(function) or ""
            if "Parameters\n------" not in docstring:
                continue
            section = docstring.split("Parameters\n")[1].split("\n\n")[0]
            listed = {
                name.strip().lstrip("*")
                for line in section.splitlines()[1:]
                if line and not line.startswith(" ")
                for name in line.split(" : ")[0].split(",")
            }
            missing = set(parameters(function)) ^ listed
            if missing - {"args", "kwargs", "arguments"}:
                wrong.append(f"{path}: {function.name}: {sorted(missing)}")
    assert not wrong


def test_a_part_of_the_public_api_has_examples() -> None:
    with_examples = [
        node
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, Function | ast.ClassDef) and ">>> " in (ast.get_docstring(node) or "")
    ]
    assert len(with_examples) >= 20
