"""The source beside the answer: highlights in every format, pages of a PDF, and links that outlive a change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from embeddings import HashingEncoder
from qa.library import Library
from qa.settings import Settings
from qa.web.escape import quote_href
from tests.browser.conftest import ask
from tests.qa.loaders.pdf.pdf_factory import HEIGHT, WIDTH, Text, lines, make_pdf

pytestmark = pytest.mark.browser

EMOJI = "😀👩‍👩‍👧"
QUOTE = "The stone lock is 24 metres wide."
FERRY = make_pdf(
    [
        [
            Text(72, 700, "DADA", font="F3"),
            *lines(
                [
                    "The ferry crosses the harbour every twenty minutes from five in the morn-",
                    "ing until midnight, also in winter. Nobody pays for bicycles on the upper",
                    "deck. Dogs travel free of charge when they are kept on a lead and the last",
                ],
                top=140,
            ),
        ],
        lines(["ferry of the day waits for the train from the capital. Tickets are sold on board."], top=700),
        lines(["The third page has a sentence of its own about lost umbrellas."], top=700),
    ],
    labels="0 << /S /r >> 1 << /S /D /St 7 >>",
)
FILES = {
    "lock.md": f"# Lock\n\nBefore it. {EMOJI} {QUOTE} It is *old*.\n",
    "lock.html": f"<html><head><meta charset='utf-8'><title>Lock</title></head><body><h1>Lock</h1><p>Before {EMOJI} "
    "<b>it</b>. The stone <i>lock</i> is\n24 metres wide. It is old.</p></body></html>",
    "lock.txt": f"Lock\n\nBefore it. {EMOJI} {QUOTE} It is old.\n",
}


@pytest.fixture(autouse=True)
def patience() -> None:
    """A page of a PDF is drawn by a process that must start first, on a machine that may be busy."""
    expect.set_options(timeout=30_000)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A lock in several formats, and a ferry in a PDF of three pages."""
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "ferry.pdf").write_bytes(FERRY)
    document = docx.Document()
    document.add_heading("Lock", 1)
    document.add_paragraph(f"Before it. {EMOJI} {QUOTE} It is old.")
    document.save(str(folder / "lock.docx"))
    settings = Settings(library=tmp_path / "library")
    with Library.open(settings.library, settings=settings, encoder=HashingEncoder()) as opened:
        opened.add([folder])
        yield opened


def link_to(served: Any, name: str, words: str) -> str:
    """The fragment that names these words in the document of this file."""
    source = next(source for source in served.library.sources() if source.path.endswith(name))
    start = served.library.document(source.document_id).text.index(words)
    return quote_href(source.document_id, start, start + len(words), source.id, words)


def follow(page: Page, href: str) -> None:
    """As when the link is put into the address bar."""
    page.evaluate("href => { location.hash = ''; location.hash = href; }", href)


def marked(page: Page) -> str:
    """The marked words of the text."""
    page.locator("#vb-source mark").first.wait_for()
    return "".join(page.locator("#vb-source mark").all_text_contents())


def under_rectangles(page: Page, data: bytes, number: int) -> list[str]:
    """What pdfium reads in the page where the browser shows a rectangle, measured against the picture."""
    page.locator(".vb-picture:not([hidden])").wait_for()
    boxes = page.evaluate(
        "() => { const p = document.querySelector('.vb-picture').getBoundingClientRect();"
        " return [...document.querySelectorAll('.vb-rectangle')].map(e => { const r = e.getBoundingClientRect();"
        " return [(r.left - p.left) / p.width, (r.top - p.top) / p.height,"
        " (r.right - p.left) / p.width, (r.bottom - p.top) / p.height]; }); }"
    )
    opened = pypdfium2.PdfDocument(data)
    textpage = opened[number].get_textpage()
    found = [
        textpage.get_text_bounded(left * WIDTH, (1 - bottom) * HEIGHT, right * WIDTH, (1 - top) * HEIGHT)
        for left, top, right, bottom in boxes
    ]
    opened.close()
    return [" ".join(re.sub("[\x02\ufffe]", "-", text).split()) for text in found]


def in_view(element: Locator) -> bool:
    """Whether an element's middle is inside the part of its scroller that one sees."""
    return bool(
        element.evaluate(
            "e => { const r = e.getBoundingClientRect();"
            " const s = e.closest('.vb-stage, .vb-source-text').getBoundingClientRect();"
            " const x = r.left + Math.min(r.width, 20) / 2, y = r.top + r.height / 2;"
            " return x >= s.left && x <= s.right && y >= s.top && y <= s.bottom; }"
        )
    )


def serious(page: Page) -> list[str]:
    """What axe-core finds serious or critical."""
    found: dict[str, Any] = Axe().run(page).response
    return [
        f"{finding['id']}: {node['html'][:160]}"
        for finding in found["violations"]
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]


def test_the_highlight_is_the_quote_in_every_format(page: Page, served: Any) -> None:
    """With emoji of several code points before it, in view; and of a PDF also in its text."""
    for name in ("lock.md", "lock.html", "lock.txt", "lock.docx"):
        follow(page, link_to(served, name, QUOTE))
        expect(page.locator("#vb-source .vb-source-path")).to_have_attribute("title", re.compile(f"{name}$"))
        assert marked(page) == QUOTE
        assert in_view(page.locator("#vb-source mark").first)
        expect(page.locator(".vb-source-bar")).to_be_hidden()
    words = "in the morning until midnight"
    follow(page, link_to(served, "ferry.pdf", words))
    page.locator(".vb-rectangle").first.wait_for()
    page.get_by_role("button", name="Text", exact=True).click()
    assert marked(page) == words


def test_rectangles_lie_on_the_words_across_lines_and_a_page_break(page: Page, served: Any) -> None:
    """On the picture, as pdfium reads it there; the first in view, the rest one press away."""
    follow(page, link_to(served, "ferry.pdf", "in the morning until midnight"))
    page.locator(".vb-rectangle").nth(1).wait_for()
    assert under_rectangles(page, FERRY, 0) == ["in the morn-", "ing until midnight"]
    assert in_view(page.locator(".vb-rectangle").first)
    expect(page.locator(".vb-page-label")).to_have_text("Page i (1 of 3)")
    follow(page, link_to(served, "ferry.pdf", "and the last ferry of the day"))
    expect(page.locator(".vb-rectangle")).to_have_count(1)
    assert under_rectangles(page, FERRY, 0) == ["and the last"]
    page.get_by_role("button", name="The quote continues on page 7").click()
    expect(page.locator(".vb-page-label")).to_have_text("Page 7 (2 of 3)")
    assert under_rectangles(page, FERRY, 1) == ["ferry of the day"]
    assert serious(page) == []


def test_pages_turn_and_grow_by_keys_and_buttons(page: Page, served: Any) -> None:
    follow(page, link_to(served, "ferry.pdf", "ferry of the day"))
    expect(page.locator(".vb-page-label")).to_have_text("Page 7 (2 of 3)")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".vb-page-label")).to_have_text("Page 8 (3 of 3)")
    expect(page.get_by_role("button", name="Next page")).to_be_disabled()
    expect(page.locator(".vb-rectangle")).to_have_count(0)
    page.get_by_role("button", name="Previous page").click()
    expect(page.locator(".vb-rectangle")).to_have_count(1)
    width = page.locator(".vb-sheet").evaluate("e => e.clientWidth")
    page.keyboard.press("+")
    assert page.locator(".vb-sheet").evaluate("e => e.clientWidth") == pytest.approx(1.25 * width, rel=0.05)
    assert in_view(page.locator(".vb-rectangle").first)
    assert under_rectangles(page, FERRY, 1) == ["ferry of the day"]


def test_a_pdf_that_is_gone_shows_its_text_and_says_why(page: Page, served: Any) -> None:
    (served.folder / "documents" / "ferry.pdf").unlink()
    follow(page, link_to(served, "ferry.pdf", "Dogs travel free of charge"))
    assert marked(page) == "Dogs travel free of charge"
    expect(page.locator(".vb-source-notice")).to_contain_text("ferry.pdf is no longer where it was")
    expect(page.locator(".vb-source-bar")).to_be_hidden()


def test_a_marker_shows_its_quote_on_hover_and_focus(page: Page) -> None:
    """And opens it on Enter; Escape first puts the card away, then closes the source and gives the focus back."""
    message = ask(page, "What do dogs travel free of, kept on a lead?")
    marker = message.locator("p a[href^='#c-']").first
    quote = message.locator("a.vb-quote .vb-text").first.inner_text()
    card = page.get_by_role("tooltip")
    marker.hover()
    expect(card).to_be_visible()
    expect(card.locator(".vb-hover-words")).to_have_text(quote)
    expect(card).to_contain_text("pages 1–2 (“i”)")
    page.mouse.move(5, 400)
    expect(card).to_be_hidden()
    message.locator("a.vb-quote").first.focus()
    page.keyboard.press("Shift+Tab")
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.keyboard.press("Enter")
    page.locator(".vb-rectangle").first.wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("#vb-source")).to_be_hidden()
    assert page.evaluate("document.activeElement.getAttribute('href')") == marker.get_attribute("href")


def test_keys_step_through_the_quotes(page: Page) -> None:
    """Single letters, so only in the source and on a citation (WCAG 2.1.4); nearest passages count as quotes."""
    message = ask(page, "Which orchestra premiered Shostakovich's fifth symphony?")
    cards = message.locator("a.vb-quote")
    count = cards.count()
    assert count > 1
    cards.first.click()
    position = page.locator(".vb-position")
    expect(position).to_have_text(f"1 of {count}")
    page.keyboard.press("n")
    expect(position).to_have_text(f"2 of {count}")
    page.keyboard.press("p")
    expect(position).to_have_text(f"1 of {count}")
    for elsewhere in ("#ask textarea", "#vb-docs-toggle"):
        page.locator(elsewhere).focus()
        page.keyboard.type("n")
        expect(position).to_have_text(f"1 of {count}")
    cards.first.focus()
    page.keyboard.type("n")
    expect(position).to_have_text(f"2 of {count}")


def test_the_focus_stays_where_one_steps(page: Page, served: Any) -> None:
    """On a button while it can be pressed, and in the source when it cannot any longer."""
    follow(page, link_to(served, "ferry.pdf", "Dogs travel free of charge"))
    on = page.get_by_role("button", name="Next page")
    for number, still in ((2, True), (3, False)):
        on.press("Enter")
        expect(page.locator(".vb-page-label")).to_contain_text(f"({number} of 3)")
        assert on.evaluate("e => e === document.activeElement") is still
    assert page.evaluate("document.activeElement.closest('#vb-source') !== null")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".vb-page-label")).to_contain_text("(2 of 3)")


def test_a_copied_link_finds_its_words_after_a_change(page: Page, served: Any) -> None:
    """Where they stand now; the beginning when they are gone; and a plain word when the document is."""
    follow(page, link_to(served, "lock.txt", QUOTE))
    assert marked(page) == QUOTE
    page.get_by_role("button", name="Copy a link to this quote").click()
    expect(page.get_by_text("Link copied")).to_be_attached()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(served.url + "#c-")
    file = served.folder / "documents" / "lock.txt"

    def reopened(text: str) -> None:
        file.write_text(text, "utf-8")
        served.library.add([file])
        page.goto("about:blank")
        page.goto(link)

    reopened(f"Lock\n\nA new beginning. {EMOJI}{EMOJI}\n\nThe stone lock\nis 24 metres wide. It is new.\n")
    assert marked(page) == "The stone lock\nis 24 metres wide."
    expect(page.locator(".vb-source-notice")).to_contain_text("This document has changed since")
    reopened("Lock\n\nThe wooden lock is narrow.\n")
    expect(page.locator(".vb-source-notice")).to_contain_text("are no longer in it")
    expect(page.locator("#vb-source")).to_contain_text("The wooden lock is narrow.")
    assert page.locator("#vb-source mark").count() == 0
    served.library.remove([str(file)])
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("#vb-source")).to_contain_text("no longer in your library")


def test_a_phone_shows_a_page_in_the_sheet(phone: Page, served: Any) -> None:
    """The whole width of it, with the quote in view; larger on a press."""
    follow(phone, link_to(served, "ferry.pdf", "Tickets are sold on board."))
    phone.locator(".vb-picture:not([hidden])").wait_for()
    assert in_view(phone.locator(".vb-rectangle").first)
    assert under_rectangles(phone, FERRY, 1) == ["Tickets are sold on board."]
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    box = phone.locator(".vb-sheet").bounding_box()
    assert box is not None and box["x"] >= 0 and 350 < box["x"] + box["width"] <= 390
    phone.get_by_role("button", name="Zoom in").click()
    assert phone.locator(".vb-sheet").evaluate("e => e.clientWidth") > 390
    assert in_view(phone.locator(".vb-rectangle").first)
    assert serious(phone) == []
