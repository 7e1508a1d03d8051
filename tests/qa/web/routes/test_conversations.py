"""What the list of conversations and the controls under an answer call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from qa.library import Library
from qa.web.jobs import Background
from qa.web.server import build_app

TALL = "How tall is the iron tower?"


@pytest.fixture
def client(library: Library, background: Background, routes_only: None) -> Iterator[TestClient]:
    """The routes and their guard."""

    async def build() -> ASGIApp:
        return build_app(library, background)

    with TestClient(asyncio.run(build()), base_url="http://127.0.0.1:7860", raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def message(library: Library) -> tuple[int, int]:
    """Numbers of a conversation and its only message."""
    kept = library.conversations
    conversation = kept.create("Tür / тест?")
    message = kept.append(conversation.id, TALL, TALL)
    kept.answered(message.id, library.ask(TALL))
    return conversation.id, message.id


def test_the_list_is_renamed_and_deleted(client: TestClient, message: tuple[int, int]) -> None:
    address = f"/api/conversations/{message[0]}"
    (listed,) = client.get("/api/conversations").json()["conversations"]
    assert (listed["id"], listed["title"]) == (message[0], "Tür / тест?")
    assert client.patch(address, json={"title": "Towers"}).json()["title"] == "Towers"
    assert client.patch(address, json={"title": " "}).status_code == 400
    assert client.delete(address).json() == {}
    assert client.get("/api/conversations").json() == {"conversations": []}
    for response in (client.delete(address), client.patch(address, json={"title": "x"}), client.get(f"{address}.md")):
        assert response.status_code == 404
        assert "any more" in response.json()["error"]


def test_half_of_a_character_in_a_title_is_replaced(client: TestClient, message: tuple[int, int]) -> None:
    """As JavaScript sends it where it cuts an emoji in two."""
    headers = {"content-type": "application/json"}
    renamed = client.patch(f"/api/conversations/{message[0]}", content=rb'{"title": "a \ud83d b"}', headers=headers)
    assert (renamed.status_code, renamed.json()["title"]) == (200, "a \N{REPLACEMENT CHARACTER} b")


def test_markdown_of_a_conversation_and_of_an_answer(client: TestClient, message: tuple[int, int]) -> None:
    address = f"/api/conversations/{message[0]}"
    export = client.get(f"{address}.md")
    assert export.headers["content-type"] == "text/markdown; charset=utf-8"
    assert export.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''T%C3%BCr%20%D1%82%D0%B5%D1%81%D1%82.md"
    )
    copied = client.get(f"{address}/messages/{message[1]}.md").text
    assert export.text == f"# Tür / тест?\n\n## {TALL}\n\n{copied}"
    assert "> [1] The Tower, line 3" in copied
    assert client.get(f"{address}/messages/99.md").status_code == 404


def test_feedback_is_taken_and_given_out(client: TestClient, message: tuple[int, int]) -> None:
    address = f"/api/conversations/{message[0]}/messages/{message[1]}/feedback"
    assert client.get("/api/feedback.jsonl").status_code == 404
    assert client.put(address, json={"feedback": "wrong source"}).json() == {"feedback": "wrong source"}
    assert '"feedback": "wrong source"' in client.get("/api/feedback.jsonl").text
    assert client.put(address, json={"feedback": "great"}).status_code == 422
    assert client.put(address.replace(f"/{message[1]}/", "/99/"), json={"feedback": "right"}).status_code == 404
    assert client.put(address, json={"feedback": None}).status_code == 200
    assert client.get("/api/feedback.jsonl").status_code == 404


@pytest.mark.parametrize("number", [10**30, 2**63, -1])
def test_a_number_that_cannot_be_is_refused_in_words(
    client: TestClient, message: tuple[int, int], number: int, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite knows no larger integers than 2**63 - 1."""
    for method, path in (
        ("GET", f"{number}.md"),
        ("PATCH", f"{number}"),
        ("DELETE", f"{number}"),
        ("GET", f"{message[0]}/messages/{number}.md"),
        ("PUT", f"{message[0]}/messages/{number}/feedback"),
    ):
        body = {"title": "x"} if method == "PATCH" else {"feedback": None} if method == "PUT" else None
        response = client.request(method, f"/api/conversations/{path}", json=body)
        assert (response.status_code, set(response.json())) == (422, {"error"})
    assert caplog.text == ""
