"""The page for everybody: what axe-core finds, the keyboard alone, and still pictures for those who ask for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import PHONE, WIDE, Served, new_page

pytestmark = pytest.mark.browser

QUESTION = "How tall is the iron tower in metres?"
UNKNOWN = "Which orchestra premiered Shostakovich's fifth symphony?"
MARKER = "#chat .bot-row p a[href^='#c-']"
SLOW = 60_000
"""Milliseconds: the machine may be busy."""


def ask(page: Page, question: str) -> None:
    """Type, send, and wait for the finished answer."""
    before = page.locator("#chat .vb-quotes").count()
    page.locator("#ask textarea").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator("#chat .vb-quotes")).to_have_count(before + 1, timeout=SLOW)
    page.get_by_role("button", name="Ask", exact=True).wait_for(timeout=SLOW)


def welcome(page: Page) -> None:
    expect(page.locator(".vb-welcome")).to_contain_text("Ask your 2 documents", timeout=SLOW)


def answered(page: Page) -> None:
    ask(page, QUESTION)


def source_open(page: Page) -> None:
    page.locator(MARKER).first.click()
    page.locator("#vb-source mark").first.wait_for(timeout=SLOW)


def documents_open(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.locator("#vb-source")).to_be_hidden()
    if page.locator("#vb-docs-toggle").get_attribute("aria-expanded") == "false":
        page.locator("#vb-docs-toggle").click()
    expect(page.locator("#vb-docs")).to_be_visible()


def not_found(page: Page) -> None:
    page.keyboard.press("Escape")
    ask(page, UNKNOWN)
    expect(page.locator("#chat")).to_contain_text("Not found in your documents.")


STATES: tuple[Callable[[Page], None], ...] = (welcome, answered, source_open, documents_open, not_found)


def findings(page: Page) -> list[str]:
    """What axe-core finds serious or critical, with the elements it means."""
    page.wait_for_timeout(300)  # what appears has appeared
    result: dict[str, Any] = Axe().run(page).response
    return [
        f"{finding['id']} ({finding['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
        for finding in result["violations"]
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_serious(chromium: Browser, served: Served, viewport: ViewportSize, dark: bool) -> None:
    """In every state of the page, one after the other."""
    for page in new_page(chromium, served, viewport, dark):
        found = {}
        for state in STATES:
            state(page)
            found[state.__name__] = findings(page)
        assert not any(found.values()), "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines)


def test_axe_would_find_something(page: Page) -> None:
    """Or the test above would say nothing."""
    page.evaluate("() => document.body.append(Object.assign(document.createElement('img'), { src: '/ui/icon.svg' }))")
    assert [finding for finding in findings(page) if finding.startswith("image-alt")]


NAME = (
    "e => [e.tagName, e.id || e.getAttribute('href') || '', e.getAttribute('aria-label') || e.innerText || e.title]"
    ".join(' ').trim()"
)
CAN_BE_PRESSED = "a[href], button, input, textarea, select, summary, [tabindex='0']"


def walk(page: Page, steps: int = 150) -> list[str]:
    """The names of what Tab reaches, in its order, until it leaves the page."""
    page.evaluate(
        "() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex'); }"
    )
    seen: list[str] = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        if page.evaluate("() => !document.activeElement || document.activeElement === document.body"):
            return seen
        seen.append(page.evaluate(f"() => ({NAME})(document.activeElement)"))
    raise AssertionError(f"Tab never leaves the page: {seen}")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desk", "phone"])
def test_everything_is_reached_with_tab_and_nothing_holds_it(
    chromium: Browser, served: Served, viewport: ViewportSize
) -> None:
    """Whatever can be pressed can be tabbed to: from the top of the page through all its parts and out of it."""
    for page in new_page(chromium, served, viewport):
        for state in (answered, source_open, documents_open):
            state(page)
            page.wait_for_timeout(1500)  # the lists have taken over what is new
            seen = walk(page)
            assert seen[0].startswith("BUTTON vb-docs-toggle")
            pressed = page.evaluate(
                f'() => [...document.querySelectorAll("{CAN_BE_PRESSED}")].filter(e => !e.disabled && e.tabIndex >= 0'
                " && !e.closest('[inert]') && e.checkVisibility({ visibilityProperty: true })"
                f" && e.getClientRects().length).map({NAME})"
            )
            assert len(pressed) > 8
            assert set(pressed) - set(seen) == set()


def test_what_has_the_focus_can_be_seen(page: Page) -> None:
    """An outline, or the box around the question."""
    ask(page, QUESTION)
    for selector in (MARKER, "#chat a.vb-quote", "#vb-docs-toggle", ".vb-confidence"):
        page.keyboard.press("Tab")  # or the browser would take the focus for one of the mouse
        page.locator(selector).first.focus()
        style = page.locator(selector).first.evaluate("e => getComputedStyle(e).outlineStyle")
        assert style == "solid", selector


def test_the_number_behind_the_confidence_is_there_for_the_keyboard(page: Page) -> None:
    """On hover it is the title."""
    ask(page, QUESTION)
    words = page.locator(".vb-confidence")
    assert re.fullmatch(r"\d+ in 100 such answers are right", words.get_attribute("title") or "")
    page.keyboard.press("Tab")
    words.focus()
    assert "in 100" in words.evaluate("e => getComputedStyle(e, '::after').content")


@pytest.fixture
def still(chromium: Browser, served: Served) -> Iterator[Page]:
    """A desk of somebody who wants no motion."""
    for page in new_page(chromium, served, WIDE):
        page.emulate_media(reduced_motion="reduce")
        yield page


def test_reduced_motion_is_honoured(still: Page) -> None:
    """Nothing in the page runs an animation or a transition, whatever opens."""
    welcome(still)
    ask(still, QUESTION)
    still.locator(MARKER).first.click()
    still.locator("#vb-source mark").first.wait_for(timeout=SLOW)
    assert still.evaluate("() => document.getAnimations().filter(a => a.playState === 'running').length") == 0
    moving = (
        "() => [...document.querySelectorAll('body *')].filter(e => { const s = getComputedStyle(e);"
        " return s.animationName !== 'none' || (s.transitionDuration !== '0s' && s.transitionProperty !== 'none'); })"
        ".map(e => e.outerHTML.slice(0, 120))"
    )
    assert still.evaluate(moving) == []
