"""The only module that imports Gradio and knows how it works inside: the chat in the page's frame, whose events go to
``qa.web.chat``; the routes it needs; and the switches and patches by which it calls nothing outside. Its counterpart
in the browser is ``static/gradio_bridge.js``. Much here depends on the version: Gradio is pinned.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any, Literal

# Read by Gradio when it is imported: it neither calls outside nor keeps records.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_RUN_HISTORY"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import gradio as gr
import gradio.processing_utils
import gradio.route_utils
import gradio.routes
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from qa.web.chat import Chat, Shown
from qa.web.security import OpenRoutes

_FRAME = Path(__file__).parent / "static" / "index.html"
_GRADIO_FILES = re.compile(
    r'<script type="module" crossorigin src="\./assets/[^"]+"></script>'
    r'|<link rel="stylesheet" crossorigin href="\./assets/[^"]+">'
)
QUEUE_SIZE = 200
"""How many people may ask at the same time. ``qa.web.queue`` keeps their order; Gradio's own queue lets all in."""
_FILES = ("config", "theme.css", "manifest.json", "robots.txt")
_CALLS = ("app_id", "cancel", "info", "queue/data", "queue/join", "reset", "run/predict", "startup-events", "theme.css")
OPEN_ROUTES = OpenRoutes(
    frozenset([*(f"/{name}" for name in _FILES), *(f"/gradio_api/{name}" for name in _CALLS)]),
    ("/assets/", "/static/", "/svelte/", "/gradio_api/heartbeat/"),
    ("/gradio_api/file", "/gradio_api/proxy", "/file", "/proxy"),
)
"""All of Gradio that the page uses. Uploads, serving files, proxying, direct calls and monitoring are closed."""

_SWITCHED_OFF = ("enable_monitoring", "mcp_server", "run_history", "show_error", "ssr_mode")

Text = str | None
"""What a text component sends."""
Outputs = tuple[Shown, gr.Textbox, str]
"""The components that asking changes: the messages, the question box, the number of the conversation."""


def mount(app: FastAPI, chat: Chat) -> None:
    """Put Gradio's application on ``app``, behind the routes that it has already."""
    refuse_outside_fetches()
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    off: dict[str, Any] = dict.fromkeys(_SWITCHED_OFF, False)
    gr.mount_gradio_app(app, build_page(chat), path="/", footer_links=[], theme=theme, **off)


def refuse_outside_fetches() -> None:
    """Make Gradio refuse to fetch addresses for a visitor, which no setting of it does."""
    setattr(gradio.processing_utils, "async_ssrf_protected_get", _refuse)  # noqa: B010 - mypy: not a method to assign
    setattr(gradio.route_utils, "secure_url_stream_response", _refuse)  # noqa: B010
    setattr(gradio.routes, "secure_url_stream_response", _refuse)  # noqa: B010


async def _refuse(*_arguments: object) -> None:
    raise ValueError("fetching outside addresses is off")


@cache
def page_html() -> str:
    """The frame of the page with Gradio's script and style sheet inserted, whose names change with its version."""
    template = (Path(gr.__file__).parent / "templates" / "frontend" / "index.html").read_text("utf-8")
    files = _GRADIO_FILES.findall(template)
    return _FRAME.read_text("utf-8").replace("<!-- gradio -->", "\n    ".join(files).replace('"./', '"/'))


def build_page(chat: Chat) -> gr.Blocks:
    """The Gradio part of the page."""
    events = _Events(chat)
    page: gr.Blocks = gr.Blocks(title="Verbatim", analytics_enabled=False, fill_height=True, fill_width=True)
    with page:
        with gr.Column():
            chatbot = _chatbot()
            with gr.Group(), gr.Row():
                textbox = _textbox()
            # Filled by gradio_bridge.js: the conversation that is open, the documents chosen, and whether the language
            # model is to be left out.
            conversation = gr.Textbox(elem_id="conversation", visible="hidden", show_label=False)
            scope = gr.Textbox(elem_id="scope", visible="hidden", show_label=False)
            quotes = gr.Textbox(elem_id="quotes-only", visible="hidden", show_label=False)
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        asking: list[Any] = [
            event(function, inputs, [chatbot, textbox, conversation], **quiet)
            for event, function, inputs in (
                (textbox.submit, events.submit, [textbox, conversation, scope, quotes]),
                (chatbot.retry, events.retry, [conversation, scope, quotes]),
                (chatbot.edit, events.edit, [conversation, scope, quotes]),
            )
        ]
        # Opening another conversation ends what is being asked here; its answer is saved in its own conversation.
        for event, function in ((textbox.stop, events.stop), (conversation.submit, events.show)):
            event(function, [conversation], [chatbot, textbox], cancels=asking, queue=False, **quiet)
    page.max_threads = QUEUE_SIZE
    page.queue(default_concurrency_limit=None, max_size=QUEUE_SIZE, api_open=False)
    return page


def _chatbot() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        label="Conversation",
        show_label=False,
        container=False,
        height="100%",
        scale=1,
        layout="bubble",
        latex_delimiters=[],
        editable="user",
        buttons=[],
        feedback_options=None,
        allow_tags=False,
        placeholder='<div class="vb-welcome"></div>',
    )


def _textbox() -> gr.Textbox:
    return gr.Textbox(
        elem_id="ask",
        label="Your question",
        show_label=False,
        placeholder="Ask your documents",
        lines=1,
        max_lines=6,
        autofocus=True,
        submit_btn="Ask",
        stop_btn=False,
        scale=7,
    )


class _Events:
    """The handlers of Gradio's events. The chatbot is only written to: what a browser says it shows is not trusted. Any
    value may be None, whatever Gradio's components send."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def submit(self, question: Text, number: Text, chosen: Text, quotes: Text) -> AsyncIterator[Outputs]:
        if question and question.strip():
            async for shown in self._follow(question, number, chosen, quotes, None):
                yield shown

    async def retry(self, data: gr.RetryData, number: Text, chosen: Text, quotes: Text) -> AsyncIterator[Outputs]:
        if (at := _position(data.index)) is not None:
            saved = await run_in_threadpool(self._chat.question, _number(number), at)
            async for shown in self._follow(saved or unescape(_text(data.value)), number, chosen, quotes, at):
                yield shown

    async def edit(self, data: gr.EditData, number: Text, chosen: Text, quotes: Text) -> AsyncIterator[Outputs]:
        if (at := _position(data.index)) is not None:
            async for shown in self._follow(_text(data.value), number, chosen, quotes, at):
                yield shown

    def show(self, number: Text) -> tuple[Shown, gr.Textbox]:
        return self._chat.show(_number(number)), _box("idle")

    def stop(self, number: Text) -> tuple[Shown, gr.Textbox]:
        return self._chat.stop(_number(number)), _box("idle")

    async def _follow(
        self, question: str, number: Text, chosen: Text, quotes: Text, at: int | None
    ) -> AsyncIterator[Outputs]:
        state: Literal["asked", "busy"] = "asked" if at is None else "busy"
        updates = self._chat.ask(question, _number(number), _scope(chosen), at, quotes_only=bool(quotes))
        async for update in updates:
            yield update.messages, _box("idle" if update.done else state), str(update.conversation or "")
            state = "busy"


def _box(state: Literal["asked", "busy", "idle"]) -> gr.Textbox:
    """The question box after a question was sent, while it is worked on, and after that."""
    if state == "asked":
        return gr.Textbox(value="", submit_btn=False, stop_btn="Stop")
    if state == "busy":
        return gr.Textbox(submit_btn=False, stop_btn="Stop")
    return gr.Textbox(submit_btn="Ask", stop_btn=False)


def _number(text: Text) -> int | None:
    """A conversation's number; None for a new one."""
    return int(text) if text and text.isdecimal() and len(text) < 16 else None


def _scope(text: Text) -> list[int] | None:
    """The documents chosen as the page sends them; None, meaning all, if that is not a list of numbers."""
    try:
        chosen = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    return chosen if isinstance(chosen, list) and all(isinstance(each, int) for each in chosen) else None


def _position(index: Any) -> int | None:
    """The position of a question among the questions, from its index in the chatbot: each is followed by one answer.
    None when it is not an index."""
    first = index[0] if isinstance(index, (list, tuple)) and index else index
    return max(first, 0) // 2 if isinstance(first, int) else None


def _text(value: Any) -> str:
    """The text of what Gradio calls the value of a message: a string, or parts of which some are strings."""
    if isinstance(value, list):
        return "\n".join(map(_text, value))
    return str(value.get("text", "")) if isinstance(value, dict) else str(value)
