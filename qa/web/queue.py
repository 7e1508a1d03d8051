"""The queue in front of the library: questions are answered in the order of arrival, and all see their position."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
ANSWERED_AT_ONCE = 2
"""How many questions are worked on at the same time."""


class AnswerQueue:
    """Work done by a few threads in the order of arrival. May be used from any thread."""

    def __init__(self, at_once: int = ANSWERED_AT_ONCE) -> None:
        """``at_once``: how many pieces of work are done at the same time."""
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
