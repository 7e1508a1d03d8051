"""The chat function: what a question gets while the model loads, when all is well, and when something breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa.library import Library
from qa.settings import Settings
from qa.types import Progress
from qa.web.background import Background, Status, progress_words, time_words
from qa.web.page import answers


def wait_until_ready(background: Background, library: Library) -> None:
    background.start()
    list(answers(library, background, "tower"))


def test_a_question_waits_for_the_model_and_says_so(library: Library, background: Background) -> None:
    messages = answers(library, background, "How tall is the iron tower?")
    assert "Loading the model" in next(messages)
    background.start()
    assert "330 metres" in list(messages)[-1]
    background.close()


def test_an_empty_library_says_what_to_do(tmp_path: Path) -> None:
    settings = Settings(library=tmp_path / "empty")
    empty = Library.open(settings.library, settings=settings, encoder=HashingEncoder())
    (message,) = answers(empty, Background(empty), "Anything?")
    assert "Drop files" in message
    empty.close()


def test_a_question_that_cannot_be_asked_gets_a_message(library: Library, background: Background) -> None:
    wait_until_ready(background, library)
    (message,) = answers(library, background, " \n ")
    assert 'class="vb-note"' in message
    background.close()


def test_a_broken_inside_is_not_shown(
    library: Library, background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_until_ready(background, library)

    def broken(*_arguments: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(type(library), "ask", broken)
    (message,) = answers(library, background, "tower")
    assert "secret" not in message
    background.close()


def test_an_end_while_the_model_loads_is_no_error(
    library: Library, background: Background, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Ctrl-C tears the loading apart: "cannot schedule new futures after interpreter shutdown"."""

    def torn() -> None:
        background.close()
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    monkeypatch.setattr(library, "warm_up", torn)
    wait_until_ready(background, library)
    assert background.status.problem == caplog.text == ""


def test_paths_are_added_behind_the_page(tmp_path: Path, library: Library, background: Background) -> None:
    more = tmp_path / "more"
    more.mkdir()
    (more / "bridge.md").write_text("# Bridge\n\nThe wooden bridge is old and crosses the river.", "utf-8")
    background.add_paths([more])
    assert background.status.report is not None
    assert background.status.report.count("added") == 1
    assert background.status.reading is None
    assert library.stats().sources == 2


def test_a_path_that_is_not_there_becomes_a_message(tmp_path: Path, background: Background) -> None:
    """Either as an outcome of the file or as a problem; never as silence."""
    background.add_paths([tmp_path / "missing"])
    status = background.status
    assert status.problem or (status.report and status.report.files[0].reason)


def test_an_upload_does_not_wait_for_all_vectors(library: Library, background: Background) -> None:
    """One thread writes at a time: making vectors stands back for the reader and goes on after it."""
    many = "\n\n".join(f"# Chapter {number}\n\nThis is what chapter {number} says." for number in range(500))
    library.add_upload("many.md", many.encode(), vectors=False)
    background._readers = 1  # somebody is about to read
    background._encode()
    assert library.stats().waiting > 0
    background._readers = 0
    background.add_upload("bridge.md", b"# Bridge\n\nThe wooden bridge is old.")
    background._encode()
    assert library.stats().waiting == 0
    assert background.status.problem == ""


def test_progress_is_said_in_words() -> None:
    reading = Progress("read", 2, 12, "files", "/a/b/report.pdf")
    assert progress_words(reading) == "Reading files, 2 of 12 done: report.pdf"
    encoding = Progress("encode", 300, 1200, "passages", rate=35.2, seconds_left=25.6)
    assert progress_words(encoding).endswith("300 of 1,200 passages, 35 a second, 26 s left")
    assert Status(model="ready", encoding=encoding).message == progress_words(encoding)
    assert Status(model="ready").message == ""


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (59, "59 s"), (600, "10 min"), (9000, "2.5 h")])
def test_time_left_is_said_roughly(seconds: float, words: str) -> None:
    assert time_words(seconds) == words
