"""The command line as a process of its own: what it imports, pipes, locales, a terminal, Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from tests.helpers import needs_model, write

ROOT = Path(__file__).resolve().parents[3]
QA = (sys.executable, "-m", "qa.cli")
HEAVY = (
    *("torch", "sentence_transformers", "transformers", "faiss", "gradio", "fastapi", "langchain_core", "xberg"),
    *("openai", "httpx"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of 200 documents."""
    made = tmp_path_factory.mktemp("process")
    write(
        made / "docs", {f"{n:03d}.md": f"# Straße № {n}\n\nHouse {n} has {n} windows → street.\n" for n in range(200)}
    )
    with Library.open(made / "library", encoder=HashingEncoder()) as library:
        library.add(made / "docs")
    return made


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """``qa`` with these arguments; no shell, no terminal."""
    command = [*QA, *(str(argument) for argument in arguments)]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, check=False)


@pytest.mark.parametrize("arguments", [["list"], ["search", "--words", "windows"]], ids=["list", "words"])
def test_no_model_is_loaded(folder: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a language model asked for that is configured."""
    monkeypatch.setenv("VERBATIM_LLM_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("VERBATIM_LLM_MODEL", "small")
    script = (
        "import sys\nfrom qa.cli import main\n"
        f"try: main({[*arguments, '--library', str(folder / 'library')]!r})\n"
        f"finally: sys.stderr.write(' '.join(set({HEAVY!r}) & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True)
    assert done.stderr == b""
    assert done.stdout


def test_a_reader_that_closes_early_is_no_trouble(folder: Path) -> None:
    for options in ([], ["--json"]):
        command = [*QA, "show", "*", "--text", "--library", str(folder / "library"), *options]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout and process.stderr
            assert process.stdout.readline()
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode in (0, 141)


def test_a_locale_that_lacks_the_signs_gets_question_marks(folder: Path) -> None:
    done = run("show", "007.md", "--text", "--library", folder / "library", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert b"Title: Stra?e ? 7\n" in done.stdout
    done = run("show", "007.md", "--json", "--library", folder / "library", PYTHONIOENCODING="ascii")
    assert json.loads(done.stdout)["documents"][0]["title"] == "Straße № 7"


def test_an_error_has_no_traceback(folder: Path) -> None:
    done = run("list", "--library", folder / "nowhere")
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.startswith(b"qa: there is no library in ")
    assert done.stderr.count(b"\n") == 1


def test_wrong_usage_as_a_process() -> None:
    assert run("fly").returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are Unix's")
def test_a_terminal_gets_a_table(folder: Path) -> None:
    import pty

    parent, child = pty.openpty()
    command = [*QA, "list", "--library", str(folder / "library")]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "140"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=child, stdout=child, stderr=child) as process:
        os.close(child)
        shown = b""
        while True:
            try:
                chunk = os.read(parent, 65536)
            except OSError:  # Linux's way of saying that the other side is closed
                break
            if not chunk:
                break
            shown += chunk
    os.close(parent)
    assert process.returncode == 0
    assert b"\x1b[1mTitle" in shown
    assert b"200 documents, 200 passages" in shown


INTERRUPTED = """
import os, signal, sys
import qa.cli.options
from embeddings import HashingEncoder
from qa import Library
from qa.cli import main

signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run in the background
phase, *arguments = sys.argv[1:]
add = Library.add

def add_until(library, paths, *, on_progress=None, **rest):
    def report(progress):
        if progress.phase == phase and progress.done >= 10:
            os.killpg(0, signal.SIGINT)
    return add(library, paths, on_progress=report, **rest)

Library.add = add_until
qa.cli.options.open_library = lambda settings, create: Library.open(settings.library, encoder=HashingEncoder())
main(arguments)
"""
"""Ctrl-C, which goes to all processes of a command, in the midst of reading or of encoding."""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent to a process group")
@pytest.mark.parametrize("phase", ["read", "encode"])
def test_ctrl_c_loses_nothing_that_was_committed(tmp_path: Path, phase: str) -> None:
    """The library is consistent, and the same command continues."""
    docs = write(tmp_path / "docs", {f"{n:03d}.md": f"# House {n}\n\nIt has {n} windows.\n" for n in range(30)})
    command = [sys.executable, "-c", INTERRUPTED, phase, "add", str(docs), "--library", str(tmp_path / "library")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, start_new_session=True, check=False)
    assert done.returncode == 130, done.stderr
    assert done.stderr.startswith("qa: stopped.") and done.stderr.count("\n") == 1
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as library:
        assert library.check(repair=False).problems == ()
        assert library.stats().documents == (30 if phase == "encode" else 0)
        library.add(docs)
        assert (library.stats().documents, library.stats().waiting) == (30, 0)
        assert library.check(repair=False).problems == ()


@needs_model
@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are Unix's")
@pytest.mark.parametrize(("answer", "code"), [(b"n\n", 1), (b"y\n", 0)])
def test_at_a_terminal_a_folder_that_was_not_added_here_is_asked_about(
    tmp_path: Path, answer: bytes, code: int
) -> None:
    """The library is a copy of one whose folder was added."""
    import pty

    with Library.open(tmp_path / "original") as original:
        original.add(write(tmp_path / "docs", {"a.md": "# House\n\nThe house has windows.\n"}))
    shutil.copytree(tmp_path / "original", tmp_path / "copy")
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    command = [*QA, "sync", "--library", tmp_path / "copy"]
    done = subprocess.run(command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, check=False)
    shown = os.read(ours, 100_000).decode()
    os.close(theirs)
    os.close(ours)
    assert (done.returncode, "Read their files into the library? [y/N]" in shown) == (code, True)
