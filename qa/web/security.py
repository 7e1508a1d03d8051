"""Who may call, what a call may be, and what a page may load: plain ASGI around every route, Gradio's included."""

from __future__ import annotations

import asyncio
import base64
import binascii
import ipaddress
import json
import os
import secrets
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.errors import VerbatimError

MAX_JSON_BYTES = 4 * 1024 * 1024
"""Largest request body other than an upload: a conversation of some thousand turns."""
MIN_PASSWORD_CHARS = 8
WRONG_PASSWORD_SECONDS = 0.5
"""Passwords are tried one at a time, and after a wrong one the next waits so long."""
MAX_WAITING_PASSWORDS = 20
"""So many may wait to be tried; more are turned away."""
UPLOAD_PATH = "/api/documents"

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_PRIVATE = {**_HEADERS, "cache-control": "no-store"}
"""What comes from the library is not kept by the browser: a removed document leaves nothing behind there either."""
_ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})

# All that the page uses of Gradio; everything else of it (uploads, file serving, proxying, direct calls, monitoring,
# run history, code editing) is closed.
_OPEN_PATHS = frozenset(
    {
        "/",
        "/config",
        "/health",
        "/favicon.ico",
        "/theme.css",
        "/manifest.json",
        "/robots.txt",
        "/gradio_api/app_id",
        "/gradio_api/cancel",
        "/gradio_api/info",
        "/gradio_api/queue/data",
        "/gradio_api/queue/join",
        "/gradio_api/reset",
        "/gradio_api/run/predict",
        "/gradio_api/startup-events",
        "/gradio_api/theme.css",
    }
)
_OPEN_FOLDERS = ("/api/", "/ui/", "/assets/", "/static/", "/svelte/", "/gradio_api/heartbeat/")


@dataclass(frozen=True, slots=True)
class Access:
    """Who is let in: the host the server listens on, and the password, if one is needed."""

    host: str = "127.0.0.1"
    password: str | None = None

    def knows_host(self, header: str) -> bool:
        """Whether a request's ``Host`` names this server: loopback, the host it listens on, or, when it listens on
        all addresses, any bare IP address (a name that an attacker's DNS points here never is one)."""
        name = _host_name(header)
        if name is None:
            return False
        if is_loopback(name) or name == self.host.casefold().strip("[]"):
            return True
        return self.host in _ANY_ADDRESS and (_is_ip(name) or name == socket.gethostname().casefold())


def check_exposure(host: str, password: str | None) -> Access:
    """The access to serve with; raises VerbatimError when others could reach the page and no good password is set."""
    if password is not None and len(password) < MIN_PASSWORD_CHARS:
        raise VerbatimError(
            f"VERBATIM_PASSWORD has {len(password)} characters; it needs at least {MIN_PASSWORD_CHARS}."
        )
    if not is_loopback(host) and not password:
        raise VerbatimError(
            f"--host {host} lets other machines read your documents. Set a password in the environment variable "
            "VERBATIM_PASSWORD first, or leave --host away to serve this machine only."
        )
    return Access(host, password)


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine and no other."""
    name = host.strip("[]").casefold()
    return name == "localhost" or (_is_ip(name) and ipaddress.ip_address(name).is_loopback)


def quiet_gradio() -> None:
    """Switch off, before Gradio is imported, everything in it that calls outside or keeps a record."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_RUN_HISTORY"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


def refuse_outside_fetches() -> None:
    """Make Gradio refuse to fetch addresses for a visitor; no setting of it does. Internal names: Gradio is pinned."""
    import gradio.processing_utils
    import gradio.route_utils
    import gradio.routes

    setattr(gradio.processing_utils, "async_ssrf_protected_get", _refuse)  # noqa: B010 - mypy: not a method to assign
    setattr(gradio.route_utils, "secure_url_stream_response", _refuse)  # noqa: B010
    setattr(gradio.routes, "secure_url_stream_response", _refuse)  # noqa: B010


async def _refuse(*_arguments: object) -> None:
    raise ValueError("fetching outside addresses is off")


class Guard:
    """ASGI middleware: refuses strangers and closed routes, limits bodies, adds the content policy to every answer."""

    def __init__(self, app: ASGIApp, access: Access, max_upload_bytes: int) -> None:
        self._app, self._access, self._max_upload_bytes = app, access, max_upload_bytes
        self._turnstile, self._waiting = asyncio.Lock(), 0
        self._known: set[str] = set()
        """Addresses whose last password was right: they wait for nobody."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; websockets are refused, as nothing here uses them."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        send = _with_headers(send, _PRIVATE if scope["path"].startswith("/api/") else _HEADERS)
        if problem := _stranger(headers, self._access):
            await _answer(send, 403, problem)
        elif refusal := await self._refusal(scope, headers.get("authorization", "")):
            challenge = {"www-authenticate": 'Basic realm="Verbatim", charset="UTF-8"'} if refusal[0] == 401 else {}
            await _answer(send, *refusal, challenge)
        elif not _is_open(scope["path"]):
            known_bad = scope["path"].startswith(("/gradio_api/file", "/gradio_api/proxy", "/file", "/proxy"))
            await _answer(send, 403 if known_bad else 404, "There is nothing here.")
        else:
            limit = self._max_upload_bytes if scope["path"] == UPLOAD_PATH else MAX_JSON_BYTES
            await _Limited(limit, receive, send).run(self._app, _without_forwarding(scope), headers)

    async def _refusal(self, scope: Scope, authorization: str) -> tuple[int, str] | None:
        """Why a request does not get in without the password; None when it does.

        However many passwords are sent at once, they are tried one at a time: a right one is not answered sooner than
        the wrong ones before it, so that guessing is as slow as ``WRONG_PASSWORD_SECONDS``.
        """
        password, address = self._access.password, (scope.get("client") or ("", 0))[0]
        if not password or (address in self._known and _knows_password(authorization, password)):
            return None
        if not authorization:
            return 401, "This library needs its password."
        self._known.discard(address)
        if self._waiting >= MAX_WAITING_PASSWORDS:
            return 503, "Many passwords are being tried at this moment. Try again in some seconds."
        self._waiting += 1
        try:
            async with self._turnstile:
                if _knows_password(authorization, password):
                    self._known.add(address)
                    return None
                await asyncio.sleep(WRONG_PASSWORD_SECONDS)
        finally:
            self._waiting -= 1
        return 401, "This is not the password of this library."


class _Limited:
    """One request whose body is cut off at ``limit`` bytes, said or not said beforehand."""

    def __init__(self, limit: int, receive: Receive, send: Send) -> None:
        self._limit, self._receive, self._send = limit, receive, send
        self._read = 0
        self._problem = f"The request is larger than the limit of {limit:,} bytes."

    async def run(self, app: ASGIApp, scope: Scope, headers: dict[str, str]) -> None:
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._limit:
            await _answer(self._send, 413, self._problem)
        else:
            await app(scope, self._counted, self._send)

    async def _counted(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > self._limit:
            raise HTTPException(413, self._problem)
        return message


def _stranger(headers: dict[str, str], access: Access) -> str | None:
    """Why a request is not one of this page's own, or None. Pages of other sites send their own ``Origin``."""
    host = headers.get("host", "")
    if not access.knows_host(host):
        return "This server does not answer to that host name."
    origin = headers.get("origin")
    if origin is not None and _same_place(urlsplit(origin).netloc) != _same_place(host):
        return "Requests from other sites are refused."
    return None


def _same_place(netloc: str) -> str:
    """A host with port for comparing; default ports are left out."""
    return netloc.casefold().removesuffix(":80").removesuffix(":443")


def _host_name(header: str) -> str | None:
    """The name in a ``Host`` header, without port and brackets; None when it is not well formed."""
    try:
        split = urlsplit(f"//{header}")
        _ = split.port
    except ValueError:
        return None
    return split.hostname if split.netloc == header and "@" not in header else None


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _knows_password(authorization: str, password: str) -> bool:
    scheme, _, encoded = authorization.partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return False
    return secrets.compare_digest(given, password.encode()) and scheme.casefold() == "basic"


def _is_open(path: str) -> bool:
    return path in _OPEN_PATHS or path.startswith(_OPEN_FOLDERS)


def _without_forwarding(scope: Scope) -> Scope:
    """The request without the headers by which a caller could claim another host; Gradio believes them."""
    headers = [pair for pair in scope["headers"] if not pair[0].startswith((b"x-forwarded-", b"forwarded"))]
    return {**scope, "headers": headers}


def _with_headers(send: Send, headers: dict[str, str]) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", []) if pair[0].decode("latin-1").lower() not in headers]
            message["headers"] = [*kept, *_encoded(headers.items())]
        await send(message)

    return sender


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


async def _answer(send: Send, status: int, error: str, headers: dict[str, str] | None = None) -> None:
    body = json.dumps({"error": error}).encode()
    sent = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    await send({"type": "http.response.start", "status": status, "headers": _encoded(sent.items())})
    await send({"type": "http.response.body", "body": body})
