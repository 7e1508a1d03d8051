"""The page as people use it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ask

pytestmark = pytest.mark.browser

TALL = "How tall is the iron tower in metres?"
MARKER = "#chat .bot-row p a[href^='#c-']"


def highlighted(page: Page) -> str:
    """The marked words of the source panel, once they are there."""
    page.locator("#vb-source mark").first.wait_for()
    return "".join(page.locator("#vb-source mark").all_text_contents())


def quote_of(served: Any, link: Locator) -> str:
    """The words of the document at the place that a link names."""
    match = re.match(r"#c-([0-9a-f]+)-(\d+)-(\d+)", link.get_attribute("href") or "")
    assert match
    text: str = served.library.document(match[1]).text
    return text[int(match[2]) : int(match[3])]


def in_view(page: Page, selector: str) -> bool:
    """Whether the middle of an element is what one sees at that point."""
    return bool(
        page.locator(selector).first.evaluate(
            "e => { const r = e.getClientRects()[0];"
            " const hit = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);"
            " return e === hit || e.contains(hit); }"
        )
    )


def test_a_click_on_a_marker_highlights_exactly_the_quote(page: Page, served: Any) -> None:
    """With emoji of several code points before it."""
    ask(page, TALL)
    marker = page.locator(MARKER).first
    marker.click()
    assert highlighted(page) == quote_of(served, marker)
    assert "330 metres tall" in highlighted(page)
    assert in_view(page, "#vb-source mark")


def test_a_quote_under_the_answer_opens_too(page: Page, served: Any) -> None:
    card = ask(page, TALL).locator("a.vb-quote").first
    assert "330 metres" in card.inner_text()
    card.click()
    assert highlighted(page) == quote_of(served, card)


def test_keyboard_opens_closes_and_comes_back(page: Page) -> None:
    """Enter on the marker, Escape in the panel."""
    ask(page, TALL)
    page.locator(MARKER).first.focus()
    page.keyboard.press("Enter")
    highlighted(page)
    assert page.evaluate("document.activeElement.id") == "vb-source"
    page.keyboard.press("Escape")
    expect(page.locator("#vb-source")).to_be_hidden()
    assert page.evaluate("document.activeElement.getAttribute('href')").startswith("#c-")


def test_a_phone_has_no_sideways_scroll_and_opens_the_sheet_on_a_tap_only(phone: Page, served: Any) -> None:
    ask(phone, TALL)
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    expect(phone.locator("#vb-source")).to_be_hidden()
    marker = phone.locator(MARKER).first
    marker.click()
    assert highlighted(phone) == quote_of(served, marker)
    box = phone.locator("#vb-source").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    assert box["y"] > 200
    cited = marker.bounding_box()
    assert cited is not None and cited["y"] + cited["height"] <= box["y"]  # what was cited stays in sight above it
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_a_phone_has_the_documents_in_a_drawer(phone: Page) -> None:
    expect(phone.locator("#vb-docs")).to_be_hidden()
    phone.get_by_role("button", name="Documents").click()
    expect(phone.locator("#vb-docs")).to_be_visible()
    phone.keyboard.press("Escape")
    expect(phone.locator("#vb-docs")).to_be_hidden()
    expect(phone.locator("#vb-docs-toggle")).to_be_focused()


def test_a_phone_gives_the_focus_back_to_what_opened_the_drawer(phone: Page) -> None:
    """The document's own button is hidden behind the sheet's closing."""
    phone.get_by_role("button", name="Documents").click()
    phone.locator(".vb-open", has_text="The Tower").click()
    expect(phone.locator("#vb-docs")).to_be_hidden()
    expect(phone.locator("#vb-source")).to_contain_text("three levels")
    phone.keyboard.press("Escape")
    expect(phone.locator("#vb-docs-toggle")).to_be_focused()


def test_an_uploaded_file_is_listed_and_answers(page: Page) -> None:
    text = b"# Bridge\n\nThe wooden bridge was opened in 1932 by the mayor."
    page.locator("#vb-files").set_input_files([{"name": "bridge.md", "mimeType": "text/markdown", "buffer": text}])
    expect(page.locator(".vb-uploads .vb-state")).to_have_text("Added")
    expect(page.locator(".vb-list")).to_contain_text("Bridge")
    expect(page.locator("#vb-docs-toggle .vb-count")).to_have_text("3")
    assert "1932" in ask(page, "When was the wooden bridge opened by the mayor?").inner_text()


def test_a_phone_shows_what_becomes_of_an_upload(phone: Page) -> None:
    """The list is in a drawer there, which opens for it."""
    phone.locator("#vb-files").set_input_files(
        [{"name": "boat.md", "mimeType": "text/markdown", "buffer": b"A red boat."}]
    )
    expect(phone.locator(".vb-uploads .vb-state")).to_be_visible()
    expect(phone.locator(".vb-uploads .vb-state")).to_have_text("Added")


def test_files_dropped_on_the_page_are_added(page: Page) -> None:
    """Anywhere on it, also on the conversation."""
    files = page.evaluate_handle(
        "() => { const files = new DataTransfer();"
        " files.items.add(new File(['# Boat\\n\\nThe red boat sails.'], 'boat.md')); return files; }"
    )
    page.dispatch_event("#chat", "dragenter", {"dataTransfer": files})
    expect(page.locator("body")).to_have_class(re.compile("vb-dropping"))
    page.dispatch_event("#chat", "drop", {"dataTransfer": files})
    expect(page.locator("body")).not_to_have_class(re.compile("vb-dropping"))
    expect(page.locator(".vb-list")).to_contain_text("Boat")


def test_a_file_that_cannot_be_read_says_why(page: Page, served: Any) -> None:
    page.locator("#vb-files").set_input_files(
        [{"name": "tool.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ\0\0"}]
    )
    expect(page.locator(".vb-uploads .vb-state")).to_have_text("Not read")
    expect(page.locator(".vb-uploads .vb-reason")).not_to_be_empty()
    assert served.library.stats().sources == 2


def test_hostile_documents_run_nothing_and_load_nothing(page: Page, served: Any) -> None:
    """In the answer, its quotes, the source panel and the list; the outside log is checked at the page's end."""
    for question in (
        "What does the zebra eat, green grass?",
        "What does the zebra drink daily, water?",
        "zebra mermaid graph",
    ):
        message = ask(page, question)
        message.locator("a.vb-quote").first.click()
        highlighted(page)
    page.wait_for_timeout(500)
    assert page.title() == "Verbatim"
    assert page.locator("#chat .bot-row :is(img, svg image, script, iframe, video, input, [style*=fixed])").count() == 0
    assert page.locator("#vb-source .vb-source-text :is(img, script, iframe, [style])").count() == 0
    assert in_view(page, "#ask .submit-button")
    assert "<img src=" in page.locator("#vb-source").inner_text()


def test_not_found_is_said_plainly(page: Page) -> None:
    message = page.locator("#chat .bot-row").first
    page.locator("#ask textarea").fill("Which orchestra premiered Shostakovich's fifth symphony?")
    page.keyboard.press("Enter")
    expect(message).to_contain_text("Not found in your documents.")


def test_questions_wait_for_the_model(cold_page: Page, cold: Any) -> None:
    """The page is there before the model and says so; the answer follows by itself."""
    expect(cold_page.locator("#vb-status")).to_contain_text("Loading the model")
    cold_page.locator("#ask textarea").fill(TALL)
    cold_page.keyboard.press("Enter")
    expect(cold_page.locator("#chat .bot-row")).to_contain_text("Loading the model")
    cold.background.start()
    expect(cold_page.locator("#chat .bot-row")).to_contain_text("330 metres")
    expect(cold_page.locator("#vb-status")).not_to_contain_text("Loading")


def test_stop_ends_the_waiting(cold_page: Page) -> None:
    cold_page.locator("#ask textarea").fill(TALL)
    cold_page.keyboard.press("Enter")
    cold_page.get_by_role("button", name="Stop").click()
    expect(cold_page.get_by_role("button", name="Ask", exact=True)).to_be_visible()


def test_retry_answers_again(page: Page) -> None:
    ask(page, TALL)
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("#chat .bot-row")).to_have_count(1)
    page.locator("#chat .bot-row .vb-quotes").wait_for()


def test_edit_asks_the_changed_question(page: Page) -> None:
    ask(page, TALL)
    page.locator("#chat .user-row").hover()
    page.get_by_role("button", name="Edit").click()
    page.locator("#chat textarea").fill("Where are the restaurants, on the first level?")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#chat .bot-row")).to_contain_text("Restaurants are on the first level")


def test_copy_gives_words_not_references(page: Page) -> None:
    """Gradio alone would copy ``&#46;``."""
    message = ask(page, TALL)
    assert "330 metres" in message.inner_text()
    page.get_by_role("button", name="Copy message").last.click()
    page.wait_for_timeout(400)
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "330 metres tall." in copied
    assert "[1] The Tower" in copied
    assert "&#" not in copied


def test_the_welcome_knows_the_library_and_its_questions_work(page: Page) -> None:
    expect(page.locator(".vb-welcome")).to_contain_text("Ask your 2 documents")
    page.get_by_role("button", name="How tall is the iron tower?").click()
    expect(page.locator("#chat .bot-row")).to_contain_text("330 metres")


def test_a_document_opens_from_the_list(page: Page) -> None:
    page.locator(".vb-list button", has_text="The Tower").click()
    expect(page.locator("#vb-source")).to_contain_text("The tower has three levels")
    assert page.locator("#vb-source mark").count() == 0


def test_a_long_document_opens_at_the_quote_and_shows_more(page: Page, served: Any) -> None:
    """Only the text around the quote is sent; the rest comes piece by piece."""
    parts = [f"Paragraph {number} is about nothing." for number in range(4000)]
    parts[2000] = "The purple hippopotamus dances on Thursdays."
    served.library.add_upload("long.md", "\n\n".join(parts).encode())
    ask(page, "When does the purple hippopotamus dance, on Thursdays?").locator("a.vb-quote").first.click()
    assert "purple hippopotamus" in highlighted(page)
    assert in_view(page, "#vb-source mark")
    blocks = page.locator("#vb-source .vb-paragraph")
    count = blocks.count()
    assert count < 1000
    page.get_by_role("button", name="Show earlier text").click()
    expect(blocks).not_to_have_count(count)
    page.get_by_role("button", name="Show more text").click()
    expect(page.locator("#vb-source")).to_contain_text("Paragraph 2250 ")


def test_a_link_to_a_quote_opens_it(page: Page, served: Any) -> None:
    ask(page, TALL)
    href = page.locator(MARKER).first.get_attribute("href")
    page.goto("about:blank")
    page.goto(served.url + (href or ""))
    assert "330 metres tall" in highlighted(page)


def test_several_quotes_are_stepped_through(page: Page) -> None:
    message = ask(page, "What does the zebra eat and what does the zebra drink daily?")
    if message.locator("a.vb-quote").count() < 2:
        pytest.skip("one quote only")
    message.locator("a.vb-quote").first.click()
    first = highlighted(page)
    page.get_by_role("button", name="Next quote").click()
    expect(page.locator(".vb-position")).to_contain_text("2 of")
    page.wait_for_timeout(300)
    assert highlighted(page) != first
