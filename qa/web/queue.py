"""Work in threads in the order of arrival, so that what waits takes up none of the server's threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

T = TypeVar("T")
ANSWERED_AT_ONCE = 2


class AnswerQueue:
    """Questions, worked on by a few threads; all see their position. May be used from any thread."""

    def __init__(self, at_once: int = ANSWERED_AT_ONCE) -> None:

        self._workers = ThreadPoolExecutor(at_once, thread_name_prefix="verbatim-ask")
        self._waiting: dict[Future[Any], None] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many are waiting or being worked on."""
        return len(self._waiting)

    def join(self, work: Callable[[], T]) -> Future[T]:
        """Put ``work`` at the end. Cancelling the future takes it out again, unless it has begun."""
        with self._lock:
            future = self._workers.submit(work)
            self._waiting[future] = None
        future.add_done_callback(self._leave)
        return future

    def ahead(self, future: Future[T]) -> int:
        """How many came earlier and are not done; 0 once it has begun."""
        if future.running():
            return 0
        with self._lock:
            return next((position for position, other in enumerate(self._waiting) if other is future), 0)

    def _leave(self, future: Future[Any]) -> None:
        with self._lock:
            self._waiting.pop(future, None)


def waiting_words(ahead: int) -> str:
    """The message for somebody who waits."""
    if ahead == 0:
        return "Searching your documents…"
    people = "1 person is" if ahead == 1 else f"{ahead} people are"
    return f"{people} ahead of you. Your answer will appear here."


class Turns:
    """Runs one piece of work at a time, in the order of arrival."""

    def __init__(self, most: int | None = None) -> None:
        """``most``: how many may wait or run; more are refused."""
        self._most, self._waiting, self._lock = most, 0, asyncio.Lock()

    def __len__(self) -> int:
        """How many are waiting or running."""
        return self._waiting

    async def run(self, work: Callable[[], T]) -> T:
        """The result of ``work``, which runs in a thread when it is its turn. Raises what it raises."""
        if self._most is not None and self._waiting >= self._most:
            raise HTTPException(503, "The server is busy. Try again in a few seconds.")
        self._waiting += 1
        try:
            async with self._lock:
                return await run_in_threadpool(work)
        finally:
            self._waiting -= 1
