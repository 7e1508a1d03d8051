"""A language model that says what a test wants: a real server on loopback, with the answers of OpenAI's interface."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from qa.settings import LanguageModel


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server does with one request for an answer."""

    pieces: Sequence[str] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    """Sent instead of a stream."""
    ends: bool = True
    """Whether the stream has its last piece, which says that it was all."""
    cut: bool = False
    """Whether the connection is cut in the middle of a piece."""
    silent_until: threading.Event | None = None
    """Nothing is sent before this."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Who has read enough hangs up: no news."""


class ScriptedModel:
    """Replies in the order given, the last one again and again; remembers what it was asked."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.models = ["small", "large"]
        self.instead_of_models: Reply | None = None
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def settings(self, **changes: Any) -> LanguageModel:
        return LanguageModel(**{"url": self.url, "model": "small", **changes})

    def say(self, text: str, size: int = 7) -> None:
        """Reply with this text in pieces of ``size`` characters."""
        self.replies = [Reply([text[i : i + size] for i in range(0, len(text), size)])]

    def next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(model: ScriptedModel) -> type[BaseHTTPRequestHandler]:  # noqa: C901
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            model.headers.append(dict(self.headers))
            if reply := model.instead_of_models:
                self._send(reply.body or "", reply.status, reply.headers)
                return
            self._send(
                json.dumps({"object": "list", "data": [{"id": name, "object": "model"} for name in model.models]})
            )

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            model.requests.append(json.loads(self.rfile.read(length)))
            model.headers.append(dict(self.headers))
            reply = model.next()
            if reply.silent_until:
                reply.silent_until.wait(120)
            if reply.body is not None or reply.status != 200:
                self._send(reply.body or "", reply.status, reply.headers)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for piece in reply.pieces:
                self._event({"delta": {"content": piece}, "finish_reason": None, "index": 0})
            if reply.cut:
                self.wfile.write(b'data: {"choices": [{"del')
            elif reply.ends:
                self._event({"delta": {}, "finish_reason": "stop", "index": 0})
                self.wfile.write(b"data: [DONE]\n\n")
            self.close_connection = True

        def _event(self, choice: dict[str, Any]) -> None:
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "small", "choices": [choice]}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.flush()

        def _send(self, body: str, status: int = 200, headers: dict[str, str] | None = None) -> None:
            data = body.encode()
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")  # or the client keeps a socket open that no test closes
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@contextmanager
def scripted_model() -> Iterator[ScriptedModel]:
    model = ScriptedModel()
    try:
        yield model
    finally:
        model.close()
