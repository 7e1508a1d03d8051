"""Looking for questions behind the page: when it is quiet, once for each state of the library, and not after it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from qa.library import Library
from qa.web import suggesting
from qa.web.jobs import Background
from qa.web.suggesting import Suggester
from tests.helpers import write

BRIDGES = """# Bridges of Norway

The bridge of Mostar was opened in 1566 after nine years. Ada Berg, an engineer in Oslo, patented a steam lock in
1884. In May 1977, Anna Meyer visited the Hardanger Bridge.
"""
OF_BRIDGES = {
    "When was the bridge of Mostar opened?",
    "Who patented a steam lock?",
    "When did Anna Meyer visit the Hardanger Bridge?",
}
OF_TOWER = {"When was the iron tower built?", "How many levels does the tower have?"}


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggesting, "PAUSE_SECONDS", 0.01)


@pytest.fixture
def ready(library: Library, background: Background, tmp_path: Path) -> Background:
    """The model is loaded, nothing is under way, and there is something to ask."""
    library.add(write(tmp_path / "more", {"bridges.md": BRIDGES}))
    background.start()
    deadline, quiet = time.monotonic() + 60, 0
    while quiet < 10:  # between reading and making vectors it is quiet for a moment
        assert time.monotonic() < deadline
        time.sleep(0.02)
        quiet = 0 if background.status.model != "ready" or background.status.busy else quiet + 1
    return background


def found(suggester: Suggester, version: str) -> tuple[str, ...]:
    """The questions once the search is over."""
    suggester.questions(version)
    deadline = time.monotonic() + 60
    while suggester.looking:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return suggester.questions(version)


def low_threshold(library: Library) -> None:
    """The words of the sentences alone decide here: no reader says how sure an answer is."""
    library.settings = library.settings.model_copy(update={"threshold": 0.0})


def test_questions_are_found_once_for_each_state(library: Library, ready: Background) -> None:
    low_threshold(library)
    suggester = Suggester(library, ready)
    questions = found(suggester, "1")
    assert questions and set(questions) <= OF_BRIDGES | OF_TOWER
    assert set(questions) & OF_BRIDGES and set(questions) & OF_TOWER
    asked_at = library.asked_at
    assert found(suggester, "1") == questions
    assert library.asked_at == asked_at
    library.remove("bridges.md")
    assert suggester.questions("2") == (), "nothing of a document that is gone"
    assert set(found(suggester, "2")) <= OF_TOWER


def test_given_questions_are_kept_and_nothing_is_looked_for(library: Library, ready: Background) -> None:
    suggester = Suggester(library, ready, ("How tall is it?",))
    assert suggester.questions("1") == ("How tall is it?",)
    assert not suggester.looking


def test_nothing_is_looked_for_before_the_model_is_there(library: Library, background: Background) -> None:
    suggester = Suggester(library, background)
    assert suggester.questions("1") == ()
    assert not suggester.looking


def test_a_persons_question_goes_first(library: Library, ready: Background, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking begins, and goes on, only when nobody has asked for a while."""
    low_threshold(library)
    monkeypatch.setattr(suggesting, "QUIET_SECONDS", 0.5)
    library.ask("How tall is the iron tower?")
    suggester = Suggester(library, ready)
    suggester.questions("1")
    assert not suggester.looking
    time.sleep(0.6)
    assert found(suggester, "1")


def test_a_search_that_breaks_leaves_the_page_alone(
    library: Library, ready: Background, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(type(library), "ask", broken)
    assert found(Suggester(library, ready), "1") == ()
    assert "no questions for the welcome" in caplog.text


def test_many_pages_at_once_begin_one_search(
    library: Library, ready: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    quiet = Suggester._is_quiet

    def slowly(self: Suggester) -> bool:
        time.sleep(0.05)
        return quiet(self)

    monkeypatch.setattr(Suggester, "_is_quiet", slowly)
    monkeypatch.setattr(Suggester, "_look", lambda self: begun.append("search"))
    suggester = Suggester(library, ready)
    pages = [threading.Thread(target=suggester.questions, args=("1",)) for _ in range(10)]
    for page in pages:
        page.start()
    for page in pages:
        page.join()
    assert begun == ["search"]


def test_documents_are_taken_evenly_from_all(library: Library, background: Background, tmp_path: Path) -> None:
    library.add(write(tmp_path / "many", {f"{number:02}.md": f"# Text {number}\n" for number in range(19)}))
    looked_at: list[str] = []
    document = library.document
    library.document = lambda id: looked_at.append(id) or document(id)  # type: ignore
    Suggester(library, background)._candidates()
    ids = [source.document_id for source in library.sources()]
    assert [ids.index(each) for each in looked_at] == [0, 1, 3, 5, 6, 8, 10, 11, 13, 15, 16, 18]
