"""What a stranger's machine meets first: pins, declared packages, extras, samples."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from qa.errors import FileUnreadable
from qa.loaders.load import load
from qa.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "qa" / "samples"
DOCS = SAMPLES / "docs"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
QUESTIONS = [json.loads(line) for line in (SAMPLES / "questions.jsonl").read_text("utf-8").splitlines()]
OURS = {"app", "embeddings", "qa"}
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]


def pins() -> dict[str, str]:
    """Package name → the rest of its line in ``constraints.txt``."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    found = (re.match(r"([a-z0-9-]+)(.*)", line) for line in lines if line and not line.startswith("#"))
    return {match[1]: match[2] for match in found if match}


def requirements() -> list[str]:
    """Every requirement of the project and its extras, as written; not the extra that names the others."""
    project = PROJECT["project"]
    extras = [items for name, items in project["optional-dependencies"].items() if name != "all"]
    return [*project["dependencies"], *(item for items in extras for item in items)]


def canonical(requirement: str) -> str:
    """The package's name as indexes spell it."""
    return re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-")


def test_every_pin_is_exact_and_without_a_local_suffix() -> None:
    """``torch==2.13.0+cpu`` exists on some machines only."""
    assert {name: pin for name, pin in pins().items() if not re.fullmatch(r"==[0-9][0-9a-z.]*", pin)} == {}


def test_every_requirement_is_pinned() -> None:
    assert {canonical(item) for item in requirements()} - pins().keys() == set()


def imported_packages(path: Path) -> set[str]:
    """First parts of all module names that a file imports, at its top or inside functions."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    named = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    named += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.split(".")[0] for name in named}


COMES_WITH = {
    "fastapi": "gradio",
    "huggingface-hub": "transformers",
    "starlette": "gradio",
    "tokenizers": "transformers",
    "uvicorn": "gradio",
}
"""Imported, but not declared: the packages on the right cannot work without these, and hand out their types."""


def test_every_library_that_is_imported_is_declared() -> None:
    """A library that only comes along with another one can be gone with its next release."""
    files = [ROOT / "app.py", *(ROOT / "embeddings").rglob("*.py"), *(ROOT / "qa").rglob("*.py")]
    imported = set().union(*map(imported_packages, files)) - sys.stdlib_module_names - OURS
    packages = {module: {canonical(name) for name in names} for module, names in packages_distributions().items()}
    declared = {canonical(item) for item in requirements()} | COMES_WITH.keys()
    assert {module for module in imported if not packages.get(module, set()) & declared} == set()


@pytest.mark.parametrize(("package", "owner"), COMES_WITH.items())
def test_what_comes_with_a_package_is_required_by_it(package: str, owner: str) -> None:
    required = [Requirement(line) for line in requires(owner) or ()]
    assert package in {canonical(item.name) for item in required if not item.marker or item.marker.evaluate()}


def test_few_packages_are_required() -> None:
    assert len(PROJECT["project"]["dependencies"]) < 25


def test_all_is_every_extra_for_users() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    (everything,) = extras["all"]
    assert Requirement(everything).extras == extras.keys() - {"all", "docs", "lint", "test"}


@pytest.mark.parametrize(
    ("sample", "package"), [("first-aid.docx", "docx"), ("bicycle-tyres.pptx", "lxml"), ("planets.xlsx", "lxml")]
)
def test_a_missing_extra_is_named(sample: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(FileUnreadable, match=r"pip install 'verbatim-qa\[office\]'"):
        load((DOCS / sample).read_bytes(), sample)


def test_samples_are_of_several_formats() -> None:
    paths = sorted(DOCS.iterdir())
    assert 8 <= len(paths) <= 12
    assert len({path.suffix for path in paths}) >= 6


@pytest.mark.parametrize("path", sorted(DOCS.iterdir()), ids=lambda path: path.name)
def test_a_sample_is_read_without_a_remark(path: Path) -> None:
    document = load(path.read_bytes(), path.name)
    assert len(document.text.split()) > 250
    assert document.report.unreadable_pages == ()
    assert document.report.notes == ()


def test_sample_questions_are_well_formed() -> None:
    assert [question["id"] for question in QUESTIONS] == [f"s{number:02d}" for number in range(1, 31)]
    assert len({question["question"] for question in QUESTIONS}) == len(QUESTIONS)
    unanswerable = [question for question in QUESTIONS if not question["answerable"]]
    assert [(question["answers"], question["file"]) for question in unanswerable] == [([], None)] * 6
    assert {question["file"] for question in ANSWERABLE} == {path.name for path in DOCS.iterdir()}


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["id"])
def test_the_answers_stand_in_the_sample(question: dict[str, Any]) -> None:
    text = load((DOCS / question["file"]).read_bytes(), question["file"]).text
    assert question["answers"]
    assert [answer for answer in question["answers"] if answer not in text] == []


def test_the_limits_that_the_samples_name_are_the_settings() -> None:
    rows = re.findall(
        r"^\| .+? \| (.+?) \| `(\w+)` \|$", (DOCS / "verbatim-limits.md").read_text("utf-8"), re.MULTILINE
    )
    units = {"MiB": 2**20, "GiB": 2**30}
    for shown, name in rows:
        number, _, unit = shown.removeprefix("about ").partition(" ")
        assert float(number.replace(",", "")) * units.get(unit, 1) == Settings.model_fields[name].default, name
    assert len(rows) == 12
