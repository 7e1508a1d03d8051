"""Conversations as people use them: saved in the library, opened, changed and rated."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from embeddings import HashingEncoder
from qa.library import Library
from tests.browser.conftest import PHONE, WIDE, Served, new_page, serving

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)

TALL = "How tall is the iron tower in metres?"
BUILT = "When was the iron tower built?"
LEVELS = "How many levels has the tower for visitors?"


def ask(page: Page, question: str) -> Locator:
    """Type, send, and wait for the answer with its controls."""
    before = page.locator("#chat .bot-row").count()
    page.locator("#ask textarea").fill(question)
    page.keyboard.press("Enter")
    message = page.locator("#chat .bot-row").nth(before)
    message.get_by_role("button", name="Copy message").wait_for()
    return message


def titles(page: Page) -> Locator:
    """The list."""
    return page.locator(".vb-conversation .vb-name")


def acts(page: Page, title: str, act: str) -> None:
    """Press a control of a conversation in the list."""
    page.get_by_role("button", name=f"More for {title}").click()
    page.locator(".vb-conversation-acts:not([hidden])").get_by_text(act, exact=True).click()


def questions(page: Page) -> Locator:
    """What was asked in the conversation shown."""
    return page.locator("#chat .user-row [data-testid='user']")


def test_the_first_question_is_the_title(page: Page) -> None:
    expect(titles(page)).to_have_count(0)
    ask(page, TALL)
    expect(titles(page)).to_have_text([TALL])
    ask(page, BUILT)
    expect(titles(page)).to_have_text([TALL])
    expect(page.locator(".vb-current .vb-name")).to_have_text(TALL)


def test_conversations_are_opened_from_the_list(page: Page) -> None:
    ask(page, TALL)
    page.get_by_role("button", name="New conversation").first.click()
    expect(page.locator(".vb-welcome")).to_be_visible()
    expect(page.locator("#ask textarea")).to_be_focused()
    ask(page, BUILT)
    expect(titles(page)).to_have_text([BUILT, TALL])
    page.locator(".vb-conversation").nth(1).press("Enter")
    expect(questions(page)).to_have_text([TALL])
    expect(page.locator(".vb-conversation").nth(1)).to_be_focused()
    expect(page.locator("#chat .bot-row")).to_contain_text("330 metres")
    ask(page, LEVELS)
    expect(titles(page)).to_have_text([TALL, BUILT])
    page.locator("a.vb-quote").first.click()
    page.locator("#vb-source mark").first.wait_for()


def test_a_reload_shows_the_conversation_again(page: Page) -> None:
    ask(page, TALL)
    ask(page, BUILT)
    page.reload()
    expect(questions(page)).to_have_text([TALL, BUILT])
    expect(titles(page)).to_have_text([TALL])
    assert ask(page, LEVELS)
    expect(titles(page)).to_have_text([TALL])


def test_a_restart_of_the_program_loses_nothing(chromium: Browser, library: Library, tmp_path: Path) -> None:
    with serving(library, tmp_path) as served:
        served.background.start()
        for page in new_page(chromium, served, WIDE):
            ask(page, TALL)
    library.close()
    with (
        Library.open(library.folder, encoder=HashingEncoder()) as again,
        serving(again, tmp_path) as served,
    ):
        served.background.start()
        for page in new_page(chromium, served, WIDE):
            titles(page).get_by_text(TALL).click()
            expect(page.locator("#chat .bot-row")).to_contain_text("330 metres")


def test_a_conversation_is_renamed(page: Page, served: Served) -> None:
    ask(page, TALL)
    acts(page, TALL, "Rename")
    field = page.get_by_role("textbox", name="Title of the conversation")
    expect(field).to_be_focused()
    field.fill("Towers <b>")
    page.keyboard.press("Enter")
    expect(titles(page)).to_have_text(["Towers <b>"])
    expect(page.locator(".vb-conversation")).to_be_focused()
    assert [each.title for each in served.library.conversations.all()] == ["Towers <b>"]


def test_deleting_asks_first(page: Page, served: Served) -> None:
    ask(page, TALL)
    acts(page, TALL, "Delete")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.get_by_role("button", name="Cancel").click()
    expect(titles(page)).to_have_count(1)
    acts(page, TALL, "Delete")
    page.locator(".vb-confirm").get_by_role("button", name="Delete").click()
    expect(titles(page)).to_have_count(0)
    expect(page.locator(".vb-welcome")).to_be_visible()
    assert served.library.conversations.all() == []
    ask(page, BUILT)
    expect(titles(page)).to_have_text([BUILT])


def test_a_conversation_is_exported_with_its_quotes(page: Page) -> None:
    ask(page, TALL)
    with page.expect_download() as download:
        acts(page, TALL, "Export")
    assert download.value.suggested_filename == "How tall is the iron tower in metres.md"
    text = Path(download.value.path()).read_text("utf-8")
    assert text.startswith(f"# {TALL}\n\n## {TALL}\n\n")
    assert re.search(r"330 metres\*{0,2} tall\. \[1\]", text)
    assert "> [1] The Tower, line 3" in text


def test_feedback_is_kept_and_can_be_changed(page: Page, served: Served) -> None:
    ask(page, TALL)
    file = served.library.conversations.feedback_file
    page.get_by_role("button", name="Right", exact=True).click()
    expect(page.get_by_role("button", name="Right", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".vb-said")).to_have_text("Feedback saved")
    assert [json.loads(line)["feedback"] for line in file.read_text("utf-8").splitlines()] == ["right"]
    page.get_by_role("button", name="Wrong source").click()
    expect(page.get_by_role("button", name="Right", exact=True)).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(page.get_by_role("button", name="Wrong source")).to_have_attribute("aria-pressed", "true")
    assert [json.loads(line)["feedback"] for line in file.read_text("utf-8").splitlines()] == ["wrong source"]


def test_retry_takes_the_place_of_the_last_answer(page: Page, served: Served) -> None:
    ask(page, TALL)
    ask(page, BUILT)
    before = page.locator("#chat .vb-tools").last.get_attribute("id")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("#chat .vb-tools").last).not_to_have_attribute("id", before or "")
    expect(questions(page)).to_have_text([TALL, BUILT])
    (conversation,) = served.library.conversations.all()
    assert [each.question for each in served.library.conversations.messages(conversation.id)] == [TALL, BUILT]


def test_an_edited_question_cuts_what_follows(page: Page, served: Served) -> None:
    ask(page, TALL)
    ask(page, BUILT)
    questions(page).first.hover()
    page.get_by_role("button", name="Edit", exact=True).first.click()
    page.locator("#chat textarea").fill(LEVELS)
    page.get_by_role("button", name="Submit").click()
    expect(questions(page)).to_have_text([LEVELS])
    expect(page.locator("#chat .bot-row")).to_contain_text("three levels")
    (conversation,) = served.library.conversations.all()
    assert [each.question for each in served.library.conversations.messages(conversation.id)] == [LEVELS]


def test_a_question_is_shown_and_edited_as_it_was_typed(page: Page, served: Served) -> None:
    """Nothing in it is Markdown or HTML, here or for whoever opens the conversation."""
    cover = '<div style="position:fixed;inset:0">cover</div>'
    question = f"How tall is the iron tower in __init__, 2*3*4 & `code`? {cover}"
    ask(page, question)
    for _ in range(2):
        expect(questions(page)).to_have_text([question])
        expect(questions(page)).to_have_attribute("aria-label", re.compile(re.escape(question)))
        assert questions(page).locator("img, em, strong, code, div[style*=fixed]").count() == 0
        questions(page).first.hover()
        page.get_by_role("button", name="Edit", exact=True).first.click()
        expect(page.locator("#chat textarea")).to_have_value(question)
        page.locator("#chat textarea").press("End")
        page.keyboard.type("!")
        question += "!"
        page.get_by_role("button", name="Submit").click()
        expect(questions(page)).to_have_text([question])
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    (conversation,) = served.library.conversations.all()
    assert [each.question for each in served.library.conversations.messages(conversation.id)] == [question]


def test_a_stopped_question_is_kept_and_can_be_asked_again(cold_page: Page, cold: Served) -> None:
    cold_page.locator("#ask textarea").fill(TALL)
    cold_page.keyboard.press("Enter")
    expect(cold_page.locator("#chat .bot-row")).to_contain_text("Loading the model")
    cold_page.get_by_role("button", name="Stop").click()
    expect(cold_page.locator("#chat .bot-row")).to_contain_text("stopped before")
    expect(cold_page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    expect(titles(cold_page)).to_have_text([TALL])
    cold.background.start()
    cold_page.get_by_role("button", name="Retry").click()
    expect(cold_page.locator("#chat .bot-row")).to_contain_text("330 metres")
    expect(questions(cold_page)).to_have_count(1)


def test_a_follow_up_shows_what_was_searched(page: Page) -> None:
    ask(page, BUILT)
    message = ask(page, "How tall is it?")
    line = message.locator(".vb-searched")
    expect(line).to_contain_text("Searched for:")
    searched = line.locator("span").inner_text()
    assert "tower" in searched
    expect(message).to_contain_text("330 metres")
    line.get_by_role("button", name="Edit").click()
    expect(page.locator("#ask textarea")).to_have_value(searched)
    expect(page.locator("#ask textarea")).to_be_focused()
    expect(questions(page)).to_have_text([BUILT, "How tall is it?"])


def test_who_waits_sees_the_place(page: Page, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    go, began = threading.Event(), threading.Semaphore(0)
    give = Library.ask

    def slow(self: Library, question: str, **named: object) -> object:
        began.release()
        go.wait(60)
        return give(self, question, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Library, "ask", slow)
    others = [page.context.new_page() for _ in range(2)]
    for other in others:
        other.goto(served.url)
        other.locator("#ask textarea").fill(BUILT)
        other.keyboard.press("Enter")
        assert began.acquire(timeout=30)
    page.locator("#ask textarea").fill(TALL)
    page.keyboard.press("Enter")
    expect(page.locator("#chat .bot-row")).to_contain_text("2 people are ahead of you")
    go.set()
    expect(page.locator("#chat .bot-row")).to_contain_text("330 metres")
    for other in others:
        expect(other.locator("#chat .bot-row")).to_contain_text("1889")


def test_another_conversation_can_be_opened_while_an_answer_is_looked_for(
    page: Page, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes to its own conversation."""
    ask(page, TALL)
    page.get_by_role("button", name="New conversation").first.click()
    expect(page.locator(".vb-welcome")).to_be_visible()
    page.wait_for_timeout(500)  # opening a conversation ends what is asked, also what is sent in its first moments
    go, began = threading.Event(), threading.Event()
    give = Library.ask

    def slow(self: Library, question: str, **named: object) -> object:
        began.set()
        go.wait(60)
        return give(self, question, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Library, "ask", slow)
    page.locator("#ask textarea").fill(BUILT)
    page.keyboard.press("Enter")
    assert began.wait(30)
    expect(titles(page)).to_have_text([BUILT, TALL])
    titles(page).nth(1).click()
    expect(questions(page)).to_have_text([TALL])
    go.set()
    page.wait_for_timeout(500)
    expect(questions(page)).to_have_text([TALL])
    titles(page).get_by_text(BUILT).click()
    expect(page.locator("#chat .bot-row")).to_contain_text("1889")


@pytest.fixture
def narrow(chromium: Browser, served: Served) -> Iterator[Page]:
    """A phone."""
    yield from new_page(chromium, served, PHONE)


SLOW = "const real = window.setTimeout; window.setTimeout = (call, ms, ...rest) => real(call, 10 * ms, ...rest);"
"""The page's own scripts notice things late, as on a busy machine."""


def test_a_conversation_left_before_the_page_has_noticed_it_is_listed(page: Page) -> None:
    page.add_init_script(SLOW)
    page.reload()
    expect(page.locator(".vb-welcome")).to_be_visible()
    page.wait_for_timeout(5_000)
    ask(page, TALL)
    page.locator(".vb-new").click()
    expect(titles(page)).to_have_text([TALL])


def test_a_phone_opens_conversations_from_its_drawer(narrow: Page) -> None:
    ask(narrow, TALL)
    narrow.locator("#vb-top").get_by_role("button", name="New conversation").click()
    expect(narrow.locator(".vb-welcome")).to_be_visible()
    narrow.locator("#vb-docs-toggle").click()
    titles(narrow).get_by_text(TALL).click()
    expect(narrow.locator("#vb-docs")).to_be_hidden()
    expect(questions(narrow)).to_have_text([TALL])
    assert narrow.evaluate("document.documentElement.scrollWidth") == 390
