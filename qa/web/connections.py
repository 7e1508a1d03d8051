"""uvicorn's HTTP protocol with limits that it lacks: clients that only keep connections open shut nobody out."""

from __future__ import annotations

import asyncio

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 1000
"""Open at the same time: at most this many, and half of what the process may open."""
REQUEST_SECONDS = 10.0
"""For the first line and the headers of a request, however they come."""
_CLOSING_SECONDS = 2


def make_server(app: ASGIApp, most_connections: int | None = None) -> uvicorn.Server:
    """A server of ``app`` with all limits; ``most_connections``: default, what the process may open."""
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        log_level="warning",
        server_header=False,
        limit_concurrency=most_connections or min(MOST_CONNECTIONS, _raised_file_limit() // 2),
        timeout_graceful_shutdown=_CLOSING_SECONDS,
    )
    return uvicorn.Server(config)


class _Protocol(H11Protocol):
    """One connection. It is closed when no request comes for ``REQUEST_SECONDS``, and earlier, the one that has waited
    longest first, when there are more connections than ``limit_concurrency``, from which on uvicorn refuses requests.
    """

    _deadline: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        full = len(self.connections) + 1 >= (self.limit_concurrency or 0)
        waiting = [each for each in self.connections if isinstance(each, _Protocol) and each._waits] if full else []
        if waiting:
            oldest = min(waiting, key=lambda each: each._deadline.when())
            self.connections.discard(oldest)
            oldest.transport.abort()
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self._give_up)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._deadline.cancel()
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self._give_up)
        super().on_response_complete()

    @property
    def _waits(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _give_up(self) -> None:
        if self._waits:
            self.transport.close()


def _raised_file_limit() -> int:
    """How many files and connections this process may open, after raising it as far as is allowed and useful."""
    wanted = 4 * MOST_CONNECTIONS
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    allowed = wanted if hard == unlimited else min(wanted, hard)
    if soft != unlimited and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
