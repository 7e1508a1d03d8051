"""Public names: sorted, importable, documented."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import embeddings
import qa

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(path for package in ("embeddings", "qa") for path in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", [qa, embeddings], ids=lambda package: package.__name__)
def test_public_names_are_sorted_and_there(package: object) -> None:
    names: list[str] = package.__all__  # type: ignore[attr-defined]
    assert names == sorted(names)
    assert [name for name in names if not hasattr(package, name)] == []


Node = ast.Module | ast.ClassDef
Defined = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public(node: Node) -> Iterator[Defined]:
    """Public classes, functions and methods, those of private classes left out."""
    for child in node.body:
        if isinstance(child, Defined) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


@cache
def documented_names(path: Path) -> set[str]:
    """Public names that have a docstring in this file."""
    return {node.name for node in public(ast.parse(path.read_text("utf-8"))) if ast.get_docstring(node)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_everything_public_has_a_docstring(path: Path) -> None:
    """What implements an interface is documented there, in the same package."""
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), "the module itself"
    package = path.relative_to(ROOT).parts[:2]
    documented = set().union(*(documented_names(file) for file in FILES if file.relative_to(ROOT).parts[:2] == package))
    assert [node.name for node in public(tree) if node.name not in documented] == []
