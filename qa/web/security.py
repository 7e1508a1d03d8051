"""Who may call, which routes are open, and what a page may load: an ASGI layer around all routes, Gradio's too."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.errors import VerbatimError
from qa.generation import is_loopback

MAX_JSON_BYTES = 4 * 1024 * 1024
"""The largest request body other than an upload."""
MIN_PASSWORD_CHARS = 8
BODY_SECONDS = 60.0
"""A request's body may stop coming for this long; all of it may take this long and a second more for each
``BODY_BYTES_PER_SECOND`` of it."""
BODY_BYTES_PER_SECOND = 5_000
WRONG_PASSWORD_SECONDS = 0.1
"""Passwords are tried one at a time; after a wrong one the next has to wait this long."""
MAX_WAITING_PASSWORDS = 1_000
"""With more, who has waited longest is turned away."""
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
"""For what comes from the library. The browser caches none of it, so a removed document leaves nothing there either."""
_CHALLENGE = {"www-authenticate": 'Basic realm="Verbatim", charset="UTF-8"'}
_ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})

_OWN_PATHS = frozenset({"/", "/health", "/favicon.ico"})
_OWN_FOLDERS = ("/api/", "/ui/")


class OpenRoutes(NamedTuple):
    """Routes of another application that the page uses; whatever is not named is closed.

    ``refused``: beginnings of closed paths that are known to be dangerous, answered with 403 instead of 404.
    """

    paths: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """Who is let in: the host that the server listens on, and the password, if one is needed."""

    host: str = "127.0.0.1"
    password: str | None = None

    def knows_host(self, header: str) -> bool:
        """True if a request's ``Host`` names this server: loopback, the host it listens on, or, when it listens on
        all addresses, any bare IP address (a name that an attacker's DNS points here never is one)."""
        name = _host_name(header)
        if name is None:
            return False
        if is_loopback(name) or name == self.host.casefold().strip("[]"):
            return True
        return self.host in _ANY_ADDRESS and (_is_ip(name) or name == socket.gethostname().casefold())


def check_exposure(host: str, password: str | None) -> Access:
    """The access to serve with. Raises ``VerbatimError`` when others could reach the page without a good password."""
    if password is not None and len(password) < MIN_PASSWORD_CHARS:
        length = len(password)
        raise VerbatimError(f"VERBATIM_PASSWORD has {length} characters; it needs at least {MIN_PASSWORD_CHARS}.")
    if not is_loopback(host) and not password:
        raise VerbatimError(
            f"--host {host} lets other machines read your documents. Set a password in the environment variable "
            "VERBATIM_PASSWORD first, or omit --host to serve this machine only."
        )
    return Access(host, password)


class Guard:
    """ASGI middleware: refuses strangers and closed routes, limits bodies, adds the content policy to every answer.

    Starlette's ``TrustedHostMiddleware`` knows no ranges of addresses and FastAPI's ``HTTPBasic`` no mounted
    applications and no delay after a wrong password, so both checks are made here.
    """

    def __init__(self, app: ASGIApp, access: Access, max_upload_bytes: int, others: OpenRoutes) -> None:
        self.app = app
        self._access, self._max_upload_bytes, self._others = access, max_upload_bytes, others
        self._turnstile = _Turnstile()
        self._cookie = f"verbatim={secrets.token_urlsafe()}"
        """Given with the first answer to the right password: who sends both waits for nobody."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        else:
            send = _with_headers(send, _PRIVATE if scope["path"].startswith("/api/") else _HEADERS)
            limit = self._max_upload_bytes if scope["path"] == UPLOAD_PATH else MAX_JSON_BYTES
            if refusal := await self._refusal(scope, limit):
                await refusal(scope, receive, send)
            else:
                if self._access.password:
                    send = _with_headers(send, {"set-cookie": f"{self._cookie}; HttpOnly; Path=/; SameSite=Strict"})
                await self.app(_without_forwarding(scope), _limited(receive, limit), send)

    async def _refusal(self, scope: Scope, limit: int) -> Response | None:
        """The answer to a request that does not get in; None when it does."""
        headers, path = Headers(scope=scope), scope["path"]
        if problem := _stranger(headers, self._access):
            return _error(403, problem)
        if refusal := await self._without_password(headers):
            return refusal
        if not (path in _OWN_PATHS | self._others.paths or path.startswith((*_OWN_FOLDERS, *self._others.folders))):
            return _error(403 if path.startswith(self._others.refused) else 404, "Not found.")
        length = headers.get("content-length", "0")
        return None if length.isdecimal() and int(length) <= limit else _error(413, _too_large(limit))

    async def _without_password(self, headers: Headers) -> Response | None:
        """The answer to a request without the right password.

        Whoever has not been let in before has to wait until a wrong one before theirs is answered: if a right one
        were answered at once, many could be tried in parallel, however long the answer to a wrong one takes.
        """
        password, authorization = self._access.password, headers.get("authorization", "")
        if not password:
            return None
        right = _knows_password(authorization, password)
        if right and _has_cookie(headers.get("cookie", ""), self._cookie):
            return None
        if not authorization:
            return _error(401, "This library needs its password.", _CHALLENGE)
        if not await self._turnstile.enter():
            return _error(503, "Too many login attempts. Try again in a few seconds.")
        try:
            if right:
                return None
            await asyncio.sleep(WRONG_PASSWORD_SECONDS)
        finally:
            self._turnstile.leave()
        return _error(401, "Wrong password.", _CHALLENGE)


class _Turnstile:
    """Lets in one at a time and the latest first, so that guessers in any number hold nobody else up for long."""

    def __init__(self) -> None:
        self._taken = False
        self._waiting: list[asyncio.Future[bool]] = []

    async def enter(self) -> bool:
        """Wait for one's turn, to be followed by ``leave``; False for who is turned away."""
        if not self._taken:
            self._taken = True
            return True
        if len(self._waiting) >= MAX_WAITING_PASSWORDS:
            _answer(self._waiting.pop(0), False)
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif not turn.cancelled() and turn.result():
                self.leave()
            raise

    def leave(self) -> None:
        """Let in the next."""
        while self._waiting:
            if _answer(self._waiting.pop(), True):
                return
        self._taken = False


def _answer(turn: asyncio.Future[bool], is_in: bool) -> bool:
    """False for who has gone away."""
    if turn.done():
        return False
    turn.set_result(is_in)
    return True


def _limited(receive: Receive, limit: int) -> Receive:
    """``receive`` that raises when more than ``limit`` bytes come, whatever length was announced, or too slowly."""
    read, began, complete = 0, 0.0, False

    async def counted() -> Message:
        nonlocal read, began, complete
        now = asyncio.get_running_loop().time()
        began = began or now
        latest = BODY_SECONDS + min(now, began + read / BODY_BYTES_PER_SECOND)
        try:
            async with asyncio.timeout_at(None if complete else latest):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(408, "The connection is too slow or was interrupted. Try again.") from error
        complete = not message.get("more_body")
        read += len(message.get("body", b""))
        if read > limit:
            raise HTTPException(413, _too_large(limit))
        return message

    return counted


def _too_large(limit: int) -> str:
    return f"The request is larger than the limit of {limit:,} bytes."


def _stranger(headers: Headers, access: Access) -> str | None:
    """Why a request does not come from this page, or None. Pages of other sites send their own ``Origin``."""
    host = headers.get("host", "")
    if not access.knows_host(host):
        return "This server does not serve that host name."
    origin = headers.get("origin")
    if origin is not None and _normalized(origin.partition("://")[2]) != _normalized(host):
        return "Requests from other sites are refused."
    return None


def _normalized(netloc: str) -> str:
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
    with suppress(ValueError):
        return bool(ipaddress.ip_address(name))
    return False


def _knows_password(authorization: str, password: str) -> bool:
    scheme, _, encoded = authorization.partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True).partition(b":")[2]
    except ValueError:
        return False
    return secrets.compare_digest(given, password.encode()) and scheme.casefold() == "basic"


def _has_cookie(header: str, wanted: str) -> bool:
    return any(secrets.compare_digest(each.strip().encode(), wanted.encode()) for each in header.split(";"))


def _without_forwarding(scope: Scope) -> Scope:
    """The request without the headers by which a caller could claim another host; Gradio believes them."""
    headers = [pair for pair in scope["headers"] if not pair[0].startswith((b"x-forwarded-", b"forwarded"))]
    return {**scope, "headers": headers}


def _with_headers(send: Send, headers: dict[str, str]) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return sender


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": message}, status, headers)
