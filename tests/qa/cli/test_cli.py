"""The command line through its real runner; pipes, locales and Ctrl-C in ``test_cli_process.py``."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner, Result

from embeddings import HashingEncoder
from qa import Library
from qa.cli import app
from qa.cli.console import clean, one_line
from qa.cli.progress import bars, rate_words
from qa.cli.to_json import dump
from qa.cli.to_text import marked
from qa.types import AddReport, Progress
from tests.helpers import write
from tests.qa.cli.command_line import Qa, command_line

TOWER = """---
author: Ada
---
# The Tower

The iron tower was built between 1887 and 1889. The iron tower is 330 metres tall.

## Visitors

Restaurants are on the first level of the tower.
"""
BRIDGE = "The long bridge has \x1b[31m[bold]nine arches[/bold]\x1b[0m of grey stone.\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two documents in ``docs``, and their library in ``library``."""
    folder = tmp_path_factory.mktemp("cli")
    write(folder / "docs", {"tower.md": TOWER, "bridge.txt": BRIDGE})
    with Library.open(folder / "library", encoder=HashingEncoder()) as library:
        library.add(folder / "docs")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, which is the default library."""
    shutil.copytree(made / "library", tmp_path / "library")
    write(tmp_path / "docs", {"tower.md": TOWER, "bridge.txt": BRIDGE})
    monkeypatch.setenv("VERBATIM_LIBRARY", str(tmp_path / "library"))
    return tmp_path


@pytest.fixture
def qa_(monkeypatch: pytest.MonkeyPatch) -> Qa:
    """Runs the command line; its libraries use the encoder that needs no model."""
    return command_line(monkeypatch)


def json_of(result: Result) -> Any:
    """Stdout, which must be one JSON document."""
    return json.loads(result.stdout)


def one_error_line(result: Result) -> str:
    """Stderr, which must be one line for people."""
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("qa: ")
    assert result.stdout == ""
    return lines[0]


# --- options ----------------------------------------------------------------------------------------------------------


def test_the_threshold_moves_what_is_answered(qa_: Qa, folder: Path) -> None:
    question = "How tall is the iron tower?"
    assert json_of(qa_("ask", question, "--threshold", "0", "--json"))["status"] == "answered"
    assert json_of(qa_("ask", question, "--threshold", "1", "--json"))["status"] == "not_found"
    qa_("ask", question, "--threshold", "1.5", code=2)


def test_a_reader_that_cannot_be_loaded_is_named_with_the_way_out(qa_: Qa, folder: Path) -> None:
    error = one_error_line(qa_("ask", "How tall is the iron tower?", "--reader", folder / "docs", code=1))
    assert "docs holds no reader" in error and "--reader none" in error


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_global_options_stand_before_or_after_the_command(qa_: Qa, made: Path, before: bool) -> None:
    options = ["--library", made / "library", "--json"]
    result = qa_(*options, "list") if before else qa_("list", *options)
    assert len(json_of(result)["documents"]) == 2


def test_an_option_after_the_command_wins(qa_: Qa, made: Path, tmp_path: Path) -> None:
    result = qa_("--library", tmp_path / "nowhere", "--json", "list", "--library", made / "library")
    assert len(json_of(result)["documents"]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["fly"], id="unknown command"),
        pytest.param(["ask"], id="no question"),
        pytest.param(["add"], id="no path"),
        pytest.param(["search", "x", "-k", "0"], id="no passages"),
        pytest.param(["search", "x", "--where", "author"], id="no value"),
        pytest.param(["list", "--nonsense"], id="unknown option"),
    ],
)
def test_wrong_usage_has_its_own_code(qa_: Qa, folder: Path, arguments: Sequence[str]) -> None:
    result = qa_(*arguments, code=2)
    assert result.stdout == ""
    assert "Usage: qa" in result.stderr or "Usage: root" in result.stderr


@pytest.mark.parametrize("command", ["add", "sync", "list", "show", "remove", "search", "ask", "check", "chat"])
def test_every_command_explains_itself(qa_: Qa, command: str) -> None:
    shown = qa_(command, "--help").stdout
    assert "--library" in shown
    assert f" {command} " in qa_("--help").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "--library", "nowhere"], "there is no library in"),
        (["ask", " "], "The question is empty"),
        (["ask", "?!"], "has no words in it"),
        (["search", "tower", "--document", "castle"], "no document is named 'castle'"),
        (["search", "tower", "--where", "colour=red"], "no document has 'colour'"),
        (["show", "99"], "no document is named 99"),
        (["remove", "castle"], "no document is named 'castle'"),
    ],
)
def test_an_error_is_one_line_on_stderr(qa_: Qa, folder: Path, arguments: Sequence[str], message: str) -> None:
    assert message in one_error_line(qa_(*arguments, code=1))


def test_the_version(qa_: Qa) -> None:
    assert qa_("--version").stdout.startswith("verbatim ")


def test_a_setting_that_cannot_be_is_named(qa_: Qa, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERBATIM_MAX_QUOTES", "many")
    assert "VERBATIM_MAX_QUOTES=many" in one_error_line(qa_("list", code=1))


def test_a_library_of_another_model_says_what_to_do(folder: Path) -> None:
    """Without the test's encoder: the library was not made with the default model."""
    result = CliRunner().invoke(app, ["ask", "How tall is the tower?", "--model", str(folder / "docs")])
    assert result.exit_code == 1
    assert "holds no model" in one_error_line(result)


def test_ctrl_c_says_that_it_goes_on(qa_: Qa, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def add(self: Library, paths: object, on_progress: object) -> AddReport:
        raise KeyboardInterrupt

    monkeypatch.setattr(Library, "add", add)
    assert "run the same command to continue" in one_error_line(qa_("add", folder / "docs", code=130))


# --- documents --------------------------------------------------------------------------------------------------------


def test_adding_lists_what_became_of_every_file(qa_: Qa, tmp_path: Path) -> None:
    """One that cannot be read is named and does not stop the others."""
    docs = write(tmp_path / "docs", {"a.md": "# A\n\nOne fact.", "empty.md": "", "b.exe": b"\0", ".hidden.md": "x"})
    shown = qa_("add", docs, "--library", tmp_path / "new").stdout
    assert shown.startswith("1 added, 1 failed, 2 skipped in ")
    assert f"Not read:\n  {docs}/empty.md: is empty\n" in shown
    assert f"Skipped:\n  {docs}/.hidden.md: hidden\n  {docs}/b.exe: no reader for .exe files\n" in shown


def test_adding_as_json(qa_: Qa, tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", {"a.md": "# A\n\nOne fact.", "empty.md": ""})
    report = json_of(qa_("add", docs, "--json", "--library", tmp_path / "new"))
    assert report["counts"] == {"added": 1, "failed": 1}
    assert [file["status"] for file in report["files"]] == ["added", "failed"]
    assert report["files"][1]["reason"] == "is empty"


def test_adding_nothing_readable_is_an_error(qa_: Qa, tmp_path: Path) -> None:
    shown = qa_("add", tmp_path / "missing.md", "--library", tmp_path / "new", code=1).stdout
    assert "missing.md: no such file or folder" in shown


def test_adding_again_changes_nothing(qa_: Qa, folder: Path) -> None:
    assert qa_("add", folder / "docs" / "tower.md", code=0).exit_code == 0
    assert qa_("add", folder / "docs" / "tower.md").stdout.startswith("1 unchanged in ")


def test_long_lists_of_skipped_files_are_cut(qa_: Qa, tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", {"a.md": "# A\n\nOne fact.", **{f"{n:02d}.exe": b"\0" for n in range(30)}})
    shown = qa_("add", docs, "--library", tmp_path / "new").stdout
    assert shown.count(".exe: ") == 20
    assert "… and 10 more (all of them with --json)" in shown


def test_a_pipe_gets_a_line_for_each_document(qa_: Qa, made: Path) -> None:
    lines = [line.split("\t") for line in qa_("list", "--library", made / "library").stdout.splitlines()]
    assert lines == [
        ["1", "bridge.txt", str(made / "docs" / "bridge.txt")],
        ["2", "The Tower", str(made / "docs" / "tower.md")],
    ]


def test_show_tells_how_a_document_was_read(qa_: Qa, folder: Path) -> None:
    shown = qa_("show", "tower.md").stdout
    for line in ("Title: The Tower", "Id: 2", "Read by: markdown/", "Passages: ", "author: Ada"):
        assert line in shown


def test_show_gives_the_text(qa_: Qa, folder: Path) -> None:
    (document,) = json_of(qa_("show", "2", "--text", "--json"))["documents"]
    with Library.open(folder / "library", encoder=HashingEncoder()) as library:
        assert document["text"] == library.document(document["document_id"]).text
    assert "The iron tower is 330 metres tall." in qa_("show", "2", "--text").stdout
    assert "text" not in json_of(qa_("show", "2", "--json"))["documents"][0]


def test_show_takes_a_pattern(qa_: Qa, folder: Path) -> None:
    assert len(json_of(qa_("show", "*", "--json"))["documents"]) == 2
    assert qa_("show", "*").stdout.count("Title: ") == 2


def test_removing_leaves_the_file(qa_: Qa, folder: Path) -> None:
    assert qa_("remove", "1").stdout.startswith("1 removed\n")
    assert [document["title"] for document in json_of(qa_("list", "--json"))["documents"]] == ["The Tower"]
    assert (folder / "docs" / "bridge.txt").is_file()


def test_sync_refuses_to_empty_the_library(qa_: Qa, folder: Path) -> None:
    qa_("remove", "*")
    qa_("add", folder / "docs")
    shutil.rmtree(folder / "docs")
    assert "qa sync --yes" in qa_("sync", code=1).stdout
    assert len(json_of(qa_("list", "--json"))["documents"]) == 2
    assert qa_("sync", "--yes").stdout.startswith("2 removed")
    assert json_of(qa_("list", "--json"))["documents"] == []


def test_sync_reads_a_folder_that_was_not_added_here_only_when_trusted(qa_: Qa, folder: Path) -> None:
    """The library is a copy: that its folder was added is known of the original only."""
    refused = qa_("sync", code=1).stdout
    assert "was not added on this machine" in refused
    assert "add --trust" in refused
    assert json_of(qa_("sync", "--trust", "--json"))["counts"]["unchanged"] == 2
    assert json_of(qa_("sync", "--json"))["counts"]["unchanged"] == 2


def test_check_mends(qa_: Qa, folder: Path) -> None:
    assert "no problems found" in qa_("check").stdout
    (folder / "library" / "dense" / "index.faiss").unlink()
    assert json_of(qa_("check", "--no-repair", "--json", code=1))["repaired"] is False
    assert "All problems were repaired." in qa_("check").stdout
    assert json_of(qa_("check", "--json"))["problems"] == []


def test_check_makes_vectors_anew(qa_: Qa, folder: Path) -> None:
    report = json_of(qa_("check", "--reencode", "--json"))
    assert report["encoded"] == report["passages"] > 0
    assert report["waiting"] == 0


# --- questions --------------------------------------------------------------------------------------------------------


def test_an_answer_shows_quote_title_section_and_line(qa_: Qa, folder: Path) -> None:
    shown = qa_("ask", "How tall is the iron tower?").stdout
    assert shown.startswith("[1] The iron tower is 330 metres tall.\n")
    assert re.search(r"^ +The Tower · line \d+$", shown, re.MULTILINE)
    assert re.search(r"^Confidence \d+%$", shown, re.MULTILINE)


def test_an_answer_as_json_is_the_one_of_the_library(qa_: Qa, folder: Path) -> None:
    answer = json_of(qa_("ask", "How tall is the iron tower?", "--json"))
    with Library.open(folder / "library", encoder=HashingEncoder()) as library:
        expected = library.ask("How tall is the iron tower?").to_dict()
    assert {**answer, "timings": {}} == {**expected, "timings": {}}


def test_not_found_is_no_error(qa_: Qa, folder: Path) -> None:
    shown = qa_("ask", "Which tower has the whitest marmosets?").stdout
    assert shown.startswith("Not found in your documents.\n\nThe nearest passages:\n1. ")


def test_search_by_words_needs_no_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERBATIM_MODEL", "no such model")
    result = CliRunner().invoke(app, ["search", "--words", "--explain", "--json", "restaurants"])
    assert result.exit_code == 0
    (hit,) = json_of(result)["hits"]
    assert "Restaurants are on the first level" in hit["passage"]["text"]
    assert hit["detail"]["words"] == ["restaurants"]


def test_search_explains_its_scores(qa_: Qa, folder: Path) -> None:
    shown = qa_("search", "iron tower", "--explain", "-k", "1").stdout
    assert re.search(r"cosine \d\.\d+ \(rank 1\) · words \d+\.\d+ \(rank 1\): iron, tower", shown)
    assert shown.count("score ") == 1


def test_search_keeps_to_the_chosen_documents(qa_: Qa, folder: Path) -> None:
    def titles(*options: str) -> set[str]:
        return {hit["source"]["title"] for hit in json_of(qa_("search", "tower bridge", "--json", *options))["hits"]}

    assert titles() == {"The Tower", "bridge.txt"}
    assert titles("--document", "1") == titles("--document", "*.txt") == {"bridge.txt"}
    assert titles("--where", "author=ada") == {"The Tower"}
    assert titles("--where", "suffix=md", "--where", "suffix=txt") == {"The Tower", "bridge.txt"}
    assert titles("--where", "suffix=txt", "--where", "author=ada") == set()


def test_nothing_found_by_words(qa_: Qa, folder: Path) -> None:
    assert qa_("search", "--words", "zymurgy").stdout == "Nothing found.\n"


def test_document_text_is_never_obeyed(qa_: Qa, folder: Path) -> None:
    """Neither as rich's markup nor as a terminal's escapes."""
    for arguments in (["ask", "How many arches has the long bridge?"], ["search", "arches"], ["show", "1", "--text"]):
        shown = qa_(*arguments).stdout
        assert "\x1b" not in shown
        assert "[bold]nine arches[/bold]" in shown


def test_json_does_nothing_to_a_terminal() -> None:
    text = "a\x1b\x9b\u202e\u2066ü\ud800"
    for encoding in ("utf-8", "ascii"):
        dumped = dump({"text": text}, encoding)
        assert json.loads(dumped)["text"] == text
        assert not re.search("[\x1b\x9b\u202e\u2066]", dumped)
        dumped.encode(encoding)
    assert "ü" in dump("ü", "utf-8")


def test_cleaned_text_has_no_active_signs() -> None:
    assert clean("a\x1b[1mb\r\nc\td\x00\u202e\x85e") == "a[1mb\nc\td\ne"
    assert one_line(" a\n\tb\u2028c ") == "a b c"


def test_exact_words_are_bold_whatever_is_cleaned_away() -> None:
    text = "It is \x1b\x1b330 metres tall."
    shown = marked(text, 100, [(108, 118)])
    assert shown.plain == "It is 330 metres tall."
    assert [shown.plain[span.start : span.end] for span in shown.spans if span.style == "bold"] == ["330 metres"]
    assert marked("abc", 0, []) == Text("abc")


# --- export and import ------------------------------------------------------------------------------------------------


def test_a_library_is_exported_and_imported_as_one_file(qa_: Qa, folder: Path) -> None:
    file, moved = folder / "whole.zip", folder / "moved"
    assert f"Saved as {file}" in " ".join(qa_("export", file).stdout.split())
    assert "exists already" in qa_("export", file, code=1).stderr
    assert "Imported 2 documents" in qa_("import", file, "--library", moved).stdout
    assert "330 metres" in qa_("ask", "How tall is the iron tower?", "--library", moved).stdout
    assert "already has a library" in qa_("--json", "import", file, "--library", moved, code=1).stderr
    shown = json.loads(qa_("--json", "import", file, "--library", folder / "again").stdout)
    assert shown == {"library": str(folder / "again"), "documents": 2}
    assert json.loads(qa_("--json", "export", folder / "2.zip").stdout)["bytes"] == (folder / "2.zip").stat().st_size


# --- progress and chat ------------------------------------------------------------------------------------------------


def test_progress_is_drawn_on_a_terminal_only(tmp_path: Path) -> None:
    with bars(None) as nothing:
        assert nothing is None
    with (tmp_path / "terminal").open("w+", encoding="utf-8") as file:
        with bars(Console(file=file, force_terminal=True, width=100)) as on_progress:
            assert on_progress is not None
            on_progress(Progress("read", 1, 1, "files", "[red]a.md", 3.0, 0.0))
            on_progress(Progress("encode", 64, 128, "passages", "", 32.0, 2.0))
        file.seek(0)
        shown = file.read()
    assert "Embedding" in shown
    assert "32 passages/s · 0:02 left" in shown


@pytest.mark.parametrize(
    ("rate", "left", "words"),
    [
        (0.25, 7325.0, "0.2 files/s · 2:02:05 left"),
        (1234.5, 65.0, "1,234 files/s · 1:05 left"),
        (5.0, None, "5.0 files/s"),
    ],
)
def test_rate_and_time_left_in_words(rate: float, left: float | None, words: str) -> None:
    assert rate_words(Progress("read", 1, 9, "files", "", rate, left)) == words
