"""Every door of the real page: strangers are refused at each, none tells of the inside, Gradio's own lead nowhere."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from starlette.routing import BaseRoute, Mount, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocketDisconnect

from qa.library import Library
from qa.web.jobs import Background
from qa.web.security import CONTENT_POLICY, Guard
from qa.web.server import build_app
from tests.helpers import tower_library

INSIDE = re.compile(r"Traceback|File \"|\.py\b|secret|RuntimeError|ValueError|TypeError|KeyError")
OUTSIDE = ("http://192.0.2.1/x.png", "https://huggingface.co/x.png")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """One document, found and encoded."""
    with tower_library(tmp_path_factory.mktemp("doors")) as opened:
        yield opened


@pytest.fixture(scope="module")
def guard(library: Library) -> Guard:
    """The whole page with Gradio; made in a running loop, because Gradio forgets loops of its own outside of one."""

    async def build() -> ASGIApp:
        return build_app(library, Background(library))

    app = asyncio.run(build())
    assert isinstance(app, Guard)
    return app


@pytest.fixture(scope="module")
def client(guard: Guard) -> Iterator[TestClient]:
    with TestClient(guard, base_url="http://127.0.0.1:7860", raise_server_exceptions=False) as client:
        yield client


def routes_of(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Method and path of every route, those of mounted applications included; names in it replaced by ``x``."""
    for route in routes:
        if included := getattr(route, "original_router", None):  # how FastAPI keeps a router that was included
            yield from routes_of(included.routes, prefix)
            continue
        path = prefix + re.sub(r"{[^}]*}", "x", getattr(route, "path", ""))
        if isinstance(route, Mount):
            yield "GET", f"{path}/x"
            yield from routes_of(list(route.routes or []), path)
        elif isinstance(route, WebSocketRoute):
            yield "WEBSOCKET", path
        else:
            for method in sorted(getattr(route, "methods", None) or {"GET"}):
                yield method, path


@pytest.fixture(scope="module")
def every_route(guard: Guard) -> list[tuple[str, str]]:
    """All that the application would answer to, were there no guard."""
    inner: Any = guard.app
    assert isinstance(inner, FastAPI)
    found = sorted(set(routes_of(list(inner.routes))))
    assert len(found) > 40, "routes of the page and of Gradio"
    assert {("GET", "/api/status"), ("POST", "/api/ask"), ("POST", "/gradio_api/queue/join")} <= set(found)
    return found


@pytest.mark.parametrize(
    "headers",
    [{"host": "evil.example"}, {"origin": "http://evil.example"}, {"origin": "null"}],
    ids=["host", "origin", "null"],
)
def test_strangers_are_refused_at_every_route(
    client: TestClient, every_route: list[tuple[str, str]], headers: dict[str, str]
) -> None:
    """Also at those that are closed, and those that will be added: the guard stands before all of them."""
    for method, path in every_route:
        if method == "WEBSOCKET":
            with pytest.raises(WebSocketDisconnect), client.websocket_connect(path):
                raise AssertionError(f"{path} was opened")
            continue
        response = client.request(method, path, headers=headers)
        assert response.status_code == 403, (method, path)
        assert response.headers["content-security-policy"] == CONTENT_POLICY


def test_every_route_answers_with_the_policy_and_nothing_of_the_inside(
    client: TestClient, every_route: list[tuple[str, str]]
) -> None:
    """Called with nothing in hand, each refuses or answers in words for people."""
    for method, path in every_route:
        if method == "WEBSOCKET" or "heartbeat" in path or "queue/data" in path:  # these two never end
            continue
        response = client.request(method, path)
        assert response.headers["content-security-policy"] == CONTENT_POLICY, (method, path)
        if response.headers.get("content-type", "").startswith("application/json") and path != "/config":
            assert response.status_code < 500, (method, path, response.text)
            assert not INSIDE.search(response.text), (method, path, response.text[:300])


def test_a_broken_inside_is_told_at_no_route_of_ours(
    client: TestClient, every_route: list[tuple[str, str]], library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No raw exception text reaches the page, whatever breaks; the log has it."""

    class Broken:
        """In place of the library's store: whatever is asked of it fails with words that nobody may see."""

        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(f"secret /inner/path {name}")

    own = [(method, path) for method, path in every_route if path.startswith("/api/")]
    monkeypatch.setattr(library, "_store", Broken())
    failed = 0
    for method, path in own:
        body = {"question": "How tall is it?"} if method != "GET" else None
        response = client.request(method, f"{path.replace('/x', '/1')}?name=a.md&start=0&end=1", json=body)
        assert "secret" not in response.text and "/inner" not in response.text, (method, path)
        failed += response.status_code >= 500
    assert failed >= 3


def functions(client: TestClient) -> list[dict[str, Any]]:
    """All of Gradio's, the undocumented ones too."""
    found: list[dict[str, Any]] = client.get("/config").json()["dependencies"]
    assert found
    return found


def test_no_function_of_gradio_is_offered_or_called_by_name(client: TestClient) -> None:
    """Neither documented nor behind the two routes that pass the queue by."""
    assert client.get("/gradio_api/info").json()["named_endpoints"] == {}
    for function in functions(client):
        assert function["api_visibility"] != "public", function["api_name"]
        for name in {function["api_name"], f"lambda_{function['id']}"} - {None, False}:
            for path in (f"/gradio_api/call/{name}", f"/gradio_api/run/{name}", f"/gradio_api/api/{name}"):
                assert client.post(path, json={"data": []}).status_code in (404, 405), path


def fed(client: TestClient, function: dict[str, Any], data: list[Any]) -> list[Response]:
    """What a visitor can make of one function: the direct call, and a place in the queue."""
    body = {"data": data, "fn_index": function["id"], "session_hash": "visitor"}
    return [
        client.post("/gradio_api/run/predict", json=body),
        client.post("/gradio_api/queue/join", json={**body, "trigger_id": 1}),
    ]


@pytest.mark.parametrize("address", OUTSIDE)
def test_no_function_fetches_an_address_or_tells_of_the_inside(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """GRADIO.md 3.4: a file with an address in any input of any function, alone and hidden in a history."""
    looked_up: list[str] = []

    def note(host: str, *_arguments: object, **_named: object) -> Any:
        looked_up.append(host)
        raise OSError("no such name")

    monkeypatch.setattr("socket.getaddrinfo", note)
    file = {"path": address, "url": address, "meta": {"_type": "gradio.FileData"}}
    message = {"role": "user", "metadata": None, "options": None, "content": [{"type": "file", "file": file}]}
    for function in functions(client):
        for value in (file, [message], [file], {"value": file}):
            for response in fed(client, function, [value] * len(function["inputs"])):
                assert not INSIDE.search(response.text), (function["id"], response.text[:300])
    assert looked_up == []


@pytest.mark.parametrize("address", OUTSIDE)
@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file={}",
        "/gradio_api/file/{}",
        "/gradio_api/proxy={}",
        "/file={}",
        "/proxy={}",
        "//gradio_api/file={}",
        "/gradio_api/../gradio_api/file={}",
        "/gradio_api//file={}",
        "/gradio_api/file%3D{}",
        "/ui/..%2fgradio_api/file={}",
        "/static/../gradio_api/file={}",
        "/assets/..%2f..%2fgradio_api/proxy={}",
    ],
)
def test_no_spelling_of_a_fetching_route_is_open(client: TestClient, path: str, address: str) -> None:
    assert client.get(path.format(address)).status_code in (403, 404)


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/upload_progress", "/gradio_api/component_server"])
def test_nothing_is_uploaded_past_the_library(client: TestClient, path: str) -> None:
    assert client.post(path, files={"files": ("evil.html", b"<script>1</script>")}).status_code == 404
    assert client.get(path).status_code == 404
