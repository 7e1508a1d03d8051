"""One question, five interfaces: each gives the same answer object."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from qa.codec import from_json
from qa.library import Library
from qa.types import Answer
from qa.web.jobs import Background
from qa.web.server import build_app
from tests.helpers import tower_library
from tests.qa.cli.command_line import Qa, command_line

QUESTION = "How tall is the iron tower in metres?"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with tower_library(tmp_path) as opened:
        yield opened


@pytest.fixture
def qa_(monkeypatch: pytest.MonkeyPatch) -> Qa:
    return command_line(monkeypatch)


def over_http(library: Library) -> Any:
    async def build() -> ASGIApp:
        return build_app(library, Background(library))

    with TestClient(asyncio.run(build()), base_url="http://127.0.0.1:7860") as client:
        return client.post("/api/ask", json={"question": QUESTION}).json()


def in_a_conversation(library: Library) -> Any:
    conversation = library.conversation()
    conversation.ask(QUESTION)
    (message,) = conversation.messages
    return dict(message.answer or {})


def test_the_answer_is_the_same_in_python_on_the_command_line_over_http_saved_and_diagnosed(
    library: Library, qa_: Qa
) -> None:
    folder = ("--library", library.folder)
    why = json.loads(qa_("--json", "why", QUESTION, "--expected", "330 metres", *folder).stdout)
    answers = [
        library.ask(QUESTION).to_dict(),
        json.loads(qa_("--json", "ask", QUESTION, *folder).stdout),
        over_http(library),
        in_a_conversation(library),
        why["answer"],
    ]
    for answer in answers:
        assert answer.pop("timings").keys() == {"search", "read", "answer", "total"}
        assert from_json(Answer, answer).citations
    assert [answer == answers[0] for answer in answers] == [True] * 5
