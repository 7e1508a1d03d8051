"""Work in threads, one piece after another, so that what waits takes up none of the server's threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

T = TypeVar("T")


class Turns:
    """Runs one piece of work at a time, in the order of arrival."""

    def __init__(self, most: int | None = None) -> None:
        """``most``: how many may wait or run; more are refused with status 503."""
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
