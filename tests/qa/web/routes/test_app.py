"""The page's HTTP routes on a real library, which every test leaves as it was."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from qa.library import Library
from qa.web.jobs import Background
from qa.web.server import build_app
from tests.helpers import tower_library

QUESTION = "How tall is the iron tower in metres?"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """One document, found and encoded."""
    with tower_library(tmp_path_factory.mktemp("routes")) as opened:
        yield opened


@pytest.fixture(scope="module")
def background(library: Library) -> Background:
    """Not started: the model counts as not loaded yet."""
    return Background(library)


@pytest.fixture(scope="module")
def client(library: Library, background: Background) -> Iterator[TestClient]:
    """The whole page, Gradio and guard included."""

    async def build() -> ASGIApp:
        """Inside a running event loop, because Gradio makes and forgets loops of its own outside of one."""
        return build_app(library, background, examples=("How tall is the tower?",))

    app = asyncio.run(build())
    with TestClient(app, base_url="http://127.0.0.1:7860", raise_server_exceptions=False) as client:
        yield client


def marked(data: dict[str, Any]) -> str:
    return "".join(part["text"] for block in data["blocks"] for part in block["parts"] if part["mark"])


def test_the_page_loads_with_its_own_files(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    own = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert {path.split("/")[1] for path in own} == {"assets", "ui"}
    assert all(client.get(path).status_code == 200 for path in own)
    assert not re.search(r"<script(?![^>]* src=)|https?:", page.text)
    for name in ("chat.js", "documents.js", "source.js", "dom.js"):
        assert client.get(f"/ui/{name}").status_code == 200
    assert client.get("/favicon.ico").headers["content-type"].startswith("image/svg+xml")


def test_health_and_status_say_how_it_is(client: TestClient, background: Background) -> None:
    assert client.get("/health").json() == {"status": "ok", "model": "waiting", "documents": 1}
    status = client.get("/api/status").json()
    assert (status["message"], status["busy"], status["documents"]) == ("Loading the model…", True, 1)
    assert status["examples"] == ["How tall is the tower?"]


def test_answers_come_with_quotes_that_open(client: TestClient, library: Library) -> None:
    """The way of a citation: from the answer's JSON to the marked words of the document."""
    answer = client.post("/api/ask", json={"question": QUESTION}).json()
    assert answer["question"] == QUESTION
    place = (answer["citations"] or answer["hits"])[0]
    start, end = place["start"], place["end"]
    text = library.document(place["document_id"]).text
    data = client.get(f"/api/document/{place['document_id']}?start={start}&end={end}").json()
    assert marked(data) == text[start:end] == place.get("quote", place.get("text"))
    assert "".join(part["text"] for block in data["blocks"] for part in block["parts"]) == text


def test_search_gives_passages(client: TestClient) -> None:
    hits = client.post("/api/search", json={"question": QUESTION, "k": 1}).json()["hits"]
    assert len(hits) == 1
    assert "330 metres" in hits[0]["passage"]["text"]


@pytest.mark.parametrize("path", ["/api/ask", "/api/search"])
def test_half_a_character_in_a_question_is_replaced(client: TestClient, path: str) -> None:
    """JSON can hold lone surrogates, UTF-8 cannot."""
    body, headers = r'{"question": "How tall \ud800 is the tower?"}', {"content-type": "application/json"}
    response = client.post(path, content=body, headers=headers)
    assert response.status_code == 200
    assert response.json()["question"] == "How tall \ufffd is the tower?" and response.json()["hits"]


def test_documents_are_listed(client: TestClient) -> None:
    (document,) = client.get("/api/documents").json()["documents"]
    assert (document["title"], document["name"], document["upload"]) == ("The Tower", "tower.md", False)


def test_an_upload_is_read_and_found(client: TestClient, library: Library) -> None:
    """Its name is only a name, whatever path it claims."""
    response = client.post("/api/documents?name=..%2F..%2Fbridge.md", content="# Bridge\n\nThe wooden bridge is old.")
    assert response.json()["files"][0]["status"] == "added"
    assert "wooden bridge" in library.search("wooden bridge", 1)[0].passage.text
    names = [document["name"] for document in client.get("/api/documents").json()["documents"]]
    assert any(name.endswith("bridge.md") for name in names)
    library.remove("bridge.md")


def test_an_unknown_kind_of_file_is_named_with_its_reason(client: TestClient, library: Library) -> None:
    response = client.post("/api/documents?name=tool.exe", content=b"MZ\0\0")
    body = response.json()
    reason = body.get("error") or body["files"][0]["reason"]
    assert reason
    assert library.stats().sources == 1


@pytest.mark.parametrize("name", ["", "..", "%2F", "%01%02"])
def test_an_upload_without_a_name_is_refused(client: TestClient, name: str) -> None:
    response = client.post(f"/api/documents?name={name}", content=b"text")
    assert response.status_code == 422
    assert response.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/api/ask", {"question": "   "}, 400),
        ("POST", "/api/ask", {"question": "x" * 100_000}, 400),
        ("POST", "/api/ask", {"question": ["x"]}, 422),
        ("POST", "/api/ask", {"question": "x", "other": 1}, 422),
        ("POST", "/api/ask", {"question": "tower", "documents": [999]}, 404),
        ("POST", "/api/search", {"question": "tower", "k": 0}, 422),
        ("GET", "/api/document/ffffffffffffffffffffffffffffffff", None, 404),
        ("GET", "/api/document/..%2F..%2Fetc", None, 404),
        ("GET", "/api/nothing", None, 404),
        ("GET", "/api/ask", None, 404),
        ("GET", "/ui/../server.py", None, 404),
    ],
)
def test_what_cannot_be_done_is_said_as_json(
    client: TestClient, method: str, path: str, body: dict[str, Any] | None, code: int
) -> None:
    """One form for all errors; a message for people."""
    response = client.request(method, path, json=body)
    assert response.status_code == code
    assert set(response.json()) == {"error"} or path.startswith("/ui")


def test_a_place_outside_the_text_is_refused(client: TestClient, library: Library) -> None:
    document_id = library.sources()[0].document_id
    response = client.get(f"/api/document/{document_id}?start=5&end=1000000")
    assert response.status_code == 400
    assert "not a range" in response.json()["error"]


def test_unexpected_errors_tell_nothing_of_the_inside(
    client: TestClient, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No raw exception text reaches the page; the log has it."""

    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("secret /inner/path")

    monkeypatch.setattr(type(library), "ask", broken)
    response = client.post("/api/ask", json={"question": "tower"})
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.json()["error"]


def test_gradios_other_doors_are_closed(client: TestClient) -> None:
    """With the real Gradio behind the guard: no uploads, no direct calls, no outside fetches."""
    assert client.get("/gradio_api/file=http://192.0.2.1/x").status_code == 403
    assert client.post("/gradio_api/upload", files={"files": b"x"}).status_code == 404
    assert client.post("/gradio_api/call/reply", json={"data": ["x", []]}).status_code == 404
    assert client.get("/monitoring/summary").status_code == 404
    assert client.get("/openapi.json").status_code == 404


def test_gradio_offers_no_function_and_lets_none_pass_the_queue(client: TestClient) -> None:
    """Hidden functions can be called all the same, so those that do work must insist on the queue."""
    functions = client.get("/config").json()["dependencies"]
    assert not [function["api_name"] for function in functions if function["api_visibility"] == "public"]
    asking = [function["id"] for function in functions if function["api_name"] in ("submit", "retry", "edit")]
    assert len(asking) == 3
    for number in asking:
        body = {"data": ["hello", "", ""], "fn_index": number, "session_hash": "test"}
        assert client.post("/gradio_api/run/predict", json=body).status_code == 404


def test_config_names_no_outside_host_of_a_caller(client: TestClient) -> None:
    config = client.get("/config", headers={"x-forwarded-host": "evil.example"})
    assert config.status_code == 200
    assert "evil.example" not in config.text


def test_no_function_takes_a_history_from_the_browser(client: TestClient) -> None:
    """GRADIO.md 3.4: it can carry an address for the server to fetch; and what was said before is in the library."""
    config = client.get("/config").json()
    kinds = {component["id"]: component["type"] for component in config["components"]}
    inputs = {kinds[number] for function in config["dependencies"] for number in function["inputs"]}
    assert inputs == {"textbox"}
