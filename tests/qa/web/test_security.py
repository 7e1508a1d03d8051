"""The guard around every route: who may call, with what, and what leaves the process."""

from __future__ import annotations

import asyncio
import base64
import importlib

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from qa.errors import VerbatimError
from qa.generation import is_loopback
from qa.web import gradio_bridge, security
from qa.web.security import Access, Guard, OpenRoutes, check_exposure

OPEN = OpenRoutes(refused=("/gradio_api/file", "/gradio_api/proxy"))


def make_client(access: Access = Access(), upload_limit: int = 1000) -> TestClient:  # noqa: B008 - frozen
    app = FastAPI()

    @app.get("/api/hello")
    def hello(request: Request) -> dict[str, str | None]:
        return {"forwarded": request.headers.get("x-forwarded-host")}

    @app.post("/api/documents")
    async def documents(request: Request) -> int:
        return len(await request.body())

    @app.get("/gradio_api/file={path:path}")
    def file(path: str) -> str:
        return path

    return TestClient(Guard(app, access, upload_limit, OPEN), base_url="http://127.0.0.1:7860")


def basic(password: str, user: str = "me") -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "LOCALHOST:1", "[::1]:7860", "127.1.2.3"])
def test_loopback_hosts_are_known(host: str) -> None:
    assert make_client().get("/api/hello", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "evil.example:7860", "", "a@127.0.0.1", "192.168.1.7", "[::1", "x:y"],
)
def test_other_hosts_are_refused(host: str) -> None:
    """A name of an attacker that resolves to this machine must not read documents."""
    response = make_client().get("/api/hello", headers={"host": host})
    assert response.status_code == 403
    assert "error" in response.json()


def test_all_addresses_serve_addresses_but_not_names() -> None:
    """Bound to 0.0.0.0, a bare address is fine; a name could be an attacker's."""
    access = Access("0.0.0.0", None)
    assert access.knows_host("192.168.1.7:7860")
    assert not access.knows_host("evil.example:7860")
    assert Access("chat.home", None).knows_host("chat.home:80")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:7860", "x", "http://["]
)
def test_other_origins_are_refused(origin: str) -> None:
    assert make_client().get("/api/hello", headers={"origin": origin}).status_code == 403


def test_own_origin_is_served() -> None:
    assert make_client().get("/api/hello", headers={"origin": "http://127.0.0.1:7860"}).status_code == 200


def test_every_answer_carries_the_content_policy() -> None:
    """Also refusals."""
    for response in (make_client().get("/api/hello"), make_client().get("/api/hello", headers={"host": "x.example"})):
        assert "script-src 'self';" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/gradio_api/file=http://evil.example/x", 403),
        ("/gradio_api/proxy=http://evil.example/x", 403),
        ("/gradio_api/file/etc/passwd", 403),
        ("/gradio_api/upload", 404),
        ("/gradio_api/call/reply", 404),
        ("/gradio_api/run/reply", 404),
        ("/gradio_api/vibe-code", 404),
        ("/gradio_api/mcp/", 404),
        ("/monitoring/summary", 404),
        ("/docs", 404),
    ],
)
def test_unused_routes_are_closed(path: str, code: int) -> None:
    assert make_client().get(path).status_code == code


def test_forwarding_headers_are_dropped() -> None:
    response = make_client().get("/api/hello", headers={"x-forwarded-host": "evil.example"})
    assert response.json() == {"forwarded": None}


def test_bodies_are_limited_with_and_without_a_stated_length() -> None:
    client = make_client(upload_limit=10)
    assert client.post("/api/documents", content=b"x" * 10).json() == 10
    assert client.post("/api/documents", content=b"x" * 11).status_code == 413
    assert client.post("/api/documents", content=iter([b"x" * 6, b"x" * 6])).status_code == 413


def test_no_browser_keeps_what_comes_from_the_library() -> None:
    """A removed document leaves nothing behind there either."""
    assert make_client().get("/api/hello").headers["cache-control"] == "no-store"
    assert "cache-control" not in make_client().get("/favicon.ico").headers


RIGHT = "correct password"


class Crowd:
    """Calls a guard with a password from one address, without a server, and notes who was answered what, in order."""

    def __init__(self) -> None:
        self.guard = Guard(self._inside, Access("127.0.0.1", RIGHT), 10, OpenRoutes())
        self.answered: list[tuple[str, int]] = []
        self.cookie = ""

    async def _inside(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def call(self, password: str, cookie: str = "") -> None:
        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.answered.append((password, message["status"]))
                self.cookie = self.cookie or Headers(raw=message["headers"]).get("set-cookie", "").partition(";")[0]

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        pairs = {"host": "127.0.0.1", "cookie": f"other=1; {cookie}", **basic(password)}.items()
        headers = [(name.encode(), value.encode()) for name, value in pairs]
        await self.guard(
            {"type": "http", "path": "/api/hello", "headers": headers, "client": ("10.0.0.1", 1)}, receive, send
        )


def test_passwords_sent_at_once_are_tried_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever guesses would know the right one by its being answered at once, however long the wrong ones take."""
    monkeypatch.setattr(security, "WRONG_PASSWORD_SECONDS", 0.01)
    monkeypatch.setattr(security, "MAX_WAITING_PASSWORDS", 5)
    crowd = Crowd()

    async def attack() -> None:
        guesses = [crowd.call(f"wrong {number}") for number in range(4)]
        await asyncio.gather(*guesses, crowd.call(RIGHT), crowd.call("wrong 5"), crowd.call("wrong 6"))

    asyncio.run(attack())
    wrong = [(f"wrong {number}", 401) for number in (0, 6, 5)]
    assert crowd.answered == [("wrong 1", 503), *wrong, (RIGHT, 200), ("wrong 3", 401), ("wrong 2", 401)]


def test_guessers_do_not_shut_out_the_right_password_from_their_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy all have one address: who was let in before waits for nobody, who was not waits for one guess."""
    monkeypatch.setattr(security, "WRONG_PASSWORD_SECONDS", 0.01)
    crowd = Crowd()

    async def attack() -> None:
        await crowd.call(RIGHT)
        guesses = [crowd.call("wrong", crowd.cookie) for _ in range(30)]
        await asyncio.gather(*guesses, crowd.call(RIGHT), *(crowd.call(RIGHT, crowd.cookie) for _ in range(3)))

    asyncio.run(attack())
    assert crowd.answered == [(RIGHT, 200)] * 4 + [("wrong", 401), (RIGHT, 200)] + [("wrong", 401)] * 29


def test_who_goes_away_while_waiting_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "WRONG_PASSWORD_SECONDS", 0.01)
    crowd = Crowd()

    async def attack() -> None:
        calls = [asyncio.create_task(crowd.call(f"wrong {number}")) for number in range(4)]
        await asyncio.sleep(0)
        for call in calls[1:]:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await crowd.call(RIGHT)

    asyncio.run(attack())
    assert crowd.answered == [("wrong 0", 401), (RIGHT, 200)]


def test_who_has_not_given_the_password_gets_no_cookie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "WRONG_PASSWORD_SECONDS", 0.0)
    client = make_client(Access("127.0.0.1", RIGHT))
    assert "set-cookie" not in client.get("/api/hello").headers
    assert "set-cookie" not in client.get("/api/hello", headers=basic("wrong")).headers
    cookie = client.get("/api/hello", headers=basic(RIGHT)).headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert client.get("/api/hello").status_code == 401, "the cookie alone opens nothing"
    assert "set-cookie" not in make_client().get("/api/hello").headers


def test_password_is_asked_for_and_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "WRONG_PASSWORD_SECONDS", 0.0)
    client = make_client(Access("127.0.0.1", "correct pässword"))
    unknown = client.get("/api/hello")
    assert unknown.status_code == 401
    assert unknown.headers["www-authenticate"].startswith("Basic")
    assert client.get("/api/hello", headers=basic("wrong password")).status_code == 401
    assert client.get("/api/hello", headers={"authorization": "Basic %%%"}).status_code == 401
    assert client.get("/api/hello", headers=basic("correct pässword")).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "chat.home"])
def test_others_are_served_only_with_a_password(host: str) -> None:
    with pytest.raises(VerbatimError, match="VERBATIM_PASSWORD"):
        check_exposure(host, None)
    assert check_exposure(host, "long enough") == Access(host, "long enough")


def test_short_passwords_are_refused() -> None:
    with pytest.raises(VerbatimError, match="at least 8"):
        check_exposure("127.0.0.1", "short")


def test_loopback_is_recognised() -> None:
    assert is_loopback("localhost") and is_loopback("127.0.0.1") and is_loopback("::1") and is_loopback("[::1]")
    assert is_loopback("http://localhost:1/v1") and is_loopback("http://[::1]:1/") and not is_loopback("http://x/")
    assert not is_loopback("0.0.0.0") and not is_loopback("127.0.0.1.example")


def test_gradio_fetches_nothing_for_a_visitor() -> None:
    """The patched inner names still exist in the pinned version, and refuse."""
    gradio_bridge.refuse_outside_fetches()
    for module, name in [
        ("gradio.processing_utils", "async_ssrf_protected_get"),
        ("gradio.routes", "secure_url_stream_response"),
        ("gradio.route_utils", "secure_url_stream_response"),
    ]:
        with pytest.raises(ValueError, match="outside addresses is off"):
            asyncio.run(getattr(importlib.import_module(module), name)("http://192.0.2.1/x"))


def test_gradio_has_no_third_way_out() -> None:
    """Whoever fetches for a visitor in Gradio goes through the two patched names."""
    import gradio.processing_utils as processing

    with pytest.raises(ValueError, match="outside addresses is off"):
        asyncio.run(processing.async_ssrf_protected_download("http://192.0.2.1/x", "/nowhere"))
