"""The conversation: a Gradio chat whose answers come from the library, and the page that it stands in."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.library import Library
from qa.web.background import Background, error_words
from qa.web.render import answer_markdown, message_markdown

if TYPE_CHECKING:
    import gradio

_FRAME = Path(__file__).parent / "static" / "index.html"
_GRADIO_FILES = re.compile(
    r'<script type="module" crossorigin src="\./assets/[^"]+"></script>'
    r'|<link rel="stylesheet" crossorigin href="\./assets/[^"]+">'
)
ASKERS_AT_ONCE = 4
"""Questions worked on at the same time; the others wait in order of arrival."""
QUEUE_SIZE = 200
_LOOK_SECONDS = 0.2
_EMPTY = "There are no documents yet. Drop files anywhere on this page, or press “Add files” among the documents."


def answers(library: Library, background: Background, question: str) -> Iterator[str]:
    """The message for a question as it grows: what it waits for, then the answer or what went wrong."""
    try:
        if not library.stats().sources:
            yield message_markdown(background.status.message if background.status.reading else _EMPTY)
            return
        while background.status.model in ("waiting", "loading"):
            yield message_markdown("Loading the model… the answer follows as soon as it is there.")
            time.sleep(_LOOK_SECONDS)
        answer, promise = library.ask(question), library.promise()
        yield answer_markdown(answer, promise.words if promise else "")
    except Exception as error:  # shown in the page, and in the log
        yield message_markdown(error_words(error))


def page_html() -> str:
    """The frame of the page with Gradio's script and style put in, whose names change with its version."""
    import gradio

    template = (Path(gradio.__file__).parent / "templates" / "frontend" / "index.html").read_text("utf-8")
    files = _GRADIO_FILES.findall(template)
    return _FRAME.read_text("utf-8").replace("<!-- gradio -->", "\n    ".join(files).replace('"./', '"/'))


def build_page(library: Library, background: Background) -> gradio.Blocks:
    """The Gradio part of the page. ``quiet_gradio`` must have been called before."""
    import gradio as gr

    def reply(message: str, _history: list[dict[str, Any]]) -> Iterator[str]:
        yield from answers(library, background, message)

    page: gr.Blocks = gr.Blocks(title="Verbatim", analytics_enabled=False, fill_height=True, fill_width=True)
    with page:
        chatbot = gr.Chatbot(
            elem_id="chat",
            label="Conversation",
            show_label=False,
            container=False,
            height="100%",
            scale=1,
            layout="bubble",
            latex_delimiters=[],
            buttons=["copy"],
            feedback_options=None,
            allow_tags=False,
            placeholder='<div class="vb-welcome"></div>',
        )
        textbox = gr.Textbox(
            elem_id="ask",
            label="Your question",
            placeholder="Ask your documents",
            lines=1,
            max_lines=6,
            autofocus=True,
            submit_btn="Ask",
            stop_btn="Stop",
        )
        gr.ChatInterface(
            reply,
            chatbot=chatbot,
            textbox=textbox,
            editable=True,
            flagging_mode="never",
            save_history=False,
            analytics_enabled=False,
            api_visibility="private",
            fill_width=True,
            show_progress="hidden",
        )
    page.queue(default_concurrency_limit=ASKERS_AT_ONCE, max_size=QUEUE_SIZE, api_open=False)
    return page
