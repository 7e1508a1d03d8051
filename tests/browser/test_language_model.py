"""The page with a language model: what it wrote and what of it is proven, and the dialog by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from qa.settings import load_language_model, save_language_model
from tests.browser.conftest import PHONE, WIDE, Served, ask, new_page
from tests.browser.test_access import findings
from tests.scripted_model import Reply, ScriptedModel, scripted_model

pytestmark = pytest.mark.browser

TALL = "How tall is the iron tower?"
WRITTEN = (
    "The iron tower is “330 metres  tall” [1]. It was painted green ![](http://evil.example/a.png) in 1900 [1]. "
    "They called it “the <b>finest</b> work” [1]."
)


@pytest.fixture(autouse=True)
def _own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERBATIM_LLM_FILE", str(tmp_path / "llm.json"))


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as made:
        made.say(WRITTEN)
        yield made


@pytest.fixture
def writing(model: ScriptedModel, request: pytest.FixtureRequest) -> Served:
    """Served, at work, and with a language model; it must be configured before the page is."""
    save_language_model(model.settings())
    served: Served = request.getfixturevalue("served")
    return served


def open_dialog(page: Page) -> None:
    toggle = page.locator("#vb-docs-toggle")
    if toggle.get_attribute("aria-expanded") == "false":
        toggle.click()
    page.get_by_role("button", name="Language model").click()
    page.locator("#vb-llm-url").wait_for()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["desk", "phone"])
def test_what_is_proven_opens_and_what_is_not_is_marked(
    chromium: Browser, writing: Served, viewport: ViewportSize, dark: bool
) -> None:
    """Nothing of it is live, axe finds nothing serious, in the answer and in the dialog."""
    for page in new_page(chromium, writing, viewport, dark):
        message = ask(page, TALL)
        expect(message.locator("del")).to_have_text("the <b>finest</b> work")
        expect(message.locator("del + .vb-remark")).to_have_text("(not in your documents)")
        expect(message.locator(".vb-unproven").first).to_contain_text("![](http://evil.example/a.png) in 1900")
        expect(message.locator(".vb-unproven").first).to_contain_text("(no proof found)")
        expect(message.locator(".vb-writer")).to_contain_text("Written by small")
        assert message.locator(".prose img, .prose b").count() == 0
        assert findings(page) == []
        message.locator("p a[href^='#c-']").first.click()
        expect(page.locator("#vb-source mark").first).to_contain_text("330 metres tall")
        page.keyboard.press("Escape")
        open_dialog(page)
        page.locator("#vb-llm summary").click()
        page.locator("#vb-llm-url").fill("http://models.example/v1")
        expect(page.locator(".vb-llm-warning")).to_contain_text("models.example")
        assert findings(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_a_model_is_set_up_tried_and_turned_off_by_keyboard(page: Page, model: ScriptedModel) -> None:
    """From the button to the first answer; the key is in the page only while it is typed."""
    state = page.locator(".vb-llm-open")
    expect(state).to_contain_text("off")
    state.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#vb-llm-url")).to_be_focused()
    page.keyboard.type(model.url)
    page.keyboard.press("Tab")
    expect(page.locator("#vb-llm-model")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said = page.locator("#vb-llm [role='status']")
    expect(said).to_have_text("2 models available.")
    page.keyboard.press("Tab")
    page.keyboard.type("sm")
    expect(page.locator("#vb-llm-model")).to_have_value("small")
    page.keyboard.press("Tab")
    page.keyboard.type("sk-canary")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Saved.")
    expect(page.locator("#vb-llm-key")).to_have_value("")
    expect(page.locator("#vb-llm")).to_contain_text("A key is saved.")
    kept = load_language_model()
    assert kept and kept.model == "small" and kept.key and kept.key.get_secret_value() == "sk-canary"
    model.replies = [Reply(["ready"])]
    page.get_by_role("button", name="Test", exact=True).press("Enter")
    expect(said).to_contain_text("small answered after")
    page.keyboard.press("Escape")
    expect(page.locator("#vb-llm")).to_be_hidden()
    expect(state).to_be_focused()
    expect(state).to_contain_text("small")
    model.say(WRITTEN)
    expect(ask(page, TALL).locator(".vb-writer")).to_be_visible()
    assert "sk-canary" not in page.content()
    state.press("Enter")
    page.get_by_role("button", name="Turn off").press("Enter")
    expect(said).to_contain_text("Turned off")
    expect(state).to_contain_text("off")
    assert load_language_model() is None


def test_quotes_only_asks_without_the_model(chromium: Browser, writing: Served, model: ScriptedModel) -> None:
    """And stays so after the page was loaded again, until it is switched back."""
    for page in new_page(chromium, writing, WIDE):
        page.get_by_label("Quotes only").check()
        ask(page, TALL)
        page.reload()
        tools = page.locator("#chat .vb-tools")
        before = tools.get_attribute("id") or ""
        expect(page.get_by_label("Quotes only")).to_be_checked()
        page.get_by_role("button", name="Retry").click()  # before anything was typed
        expect(tools).not_to_have_attribute("id", before, timeout=30_000)
        message = ask(page, TALL)
        assert message.locator(".vb-writer").count() == 0
        assert model.requests == []
        page.get_by_label("Quotes only").uncheck()
        expect(ask(page, TALL).locator(".vb-writer")).to_be_visible()
