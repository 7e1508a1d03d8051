"""Gradio has two owners, one in Python (import-linter looks after it) and one in JavaScript. What any program may send
it raises nothing."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import gradio
import pytest

from qa.library import Library
from qa.web import gradio_bridge
from qa.web.chat import Chat
from qa.web.jobs import Background
from qa.web.queue import AnswerQueue

STATIC = Path(gradio_bridge.__file__).parent / "static"
INSIDE = re.compile(
    r"#chat|#ask|\.(?:bot|user)-row|data-testid|gradio-app|MutationObserver|dispatchEvent\(new (?!Custom)"
)
"""Elements of Gradio's page, and the events that it is told with."""


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_only_the_bridge_knows_gradios_page(path: Path) -> None:
    assert bool(INSIDE.search(path.read_text("utf-8"))) is (path.name == "gradio_bridge.js")


@pytest.mark.parametrize("index", [None, [], "1", {}, [None]])
def test_nothing_is_asked_by_a_call_without_values(library: Library, background: Background, index: object) -> None:
    async def call() -> None:
        page = gradio_bridge.build_page(Chat(library, background, AnswerQueue()))
        for function in filter(lambda each: each.fn, page.fns.values()):
            sent = gradio.EventData(None, {"index": index, "value": None, "previous_value": None})
            await page.process_api(function, [None] * len(function.inputs), event_data=sent)

    asyncio.run(call())
    assert library.conversations.all() == []


@pytest.mark.parametrize("text", ["[" * 100_000, "[1", '{"a": 1}', '["1"]', "", None])
def test_a_choice_of_documents_that_is_no_list_of_numbers_means_all(text: str | None) -> None:
    assert gradio_bridge._scope(text) is None
