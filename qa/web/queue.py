"""The line in front of the library: who asks first is answered first, and everybody can see their place."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
ASKERS_AT_ONCE = 2
"""Questions worked on at the same time; the others wait in order of arrival."""


class Line:
    """Work done by a few threads in order of arrival. May be called from any thread."""

    def __init__(self, places: int = ASKERS_AT_ONCE) -> None:
        """``places``: how much is worked on at the same time."""
        self._workers = ThreadPoolExecutor(places, thread_name_prefix="verbatim-ask")
        self._people: dict[Future[Any], None] = {}
        self._lock = threading.Lock()

    def join(self, work: Callable[[], T]) -> Future[T]:
        """Stand at the end of the line. Cancelling the future leaves it; work that has begun is done to its end."""
        with self._lock:
            future = self._workers.submit(work)
            self._people[future] = None
        future.add_done_callback(self._leave)
        return future

    def before(self, future: Future[T]) -> int:
        """How many came earlier and are not done; 0 when it is one's turn."""
        if future.running():
            return 0
        with self._lock:
            return next((place for place, other in enumerate(self._people) if other is future), 0)

    def _leave(self, future: Future[Any]) -> None:
        with self._lock:
            self._people.pop(future, None)


def place_words(before: int) -> str:
    """What somebody is told who waits."""
    if before == 0:
        return "Looking in your documents…"
    people = "1 person is" if before == 1 else f"{before} people are"
    return f"{people} before you. The answer follows by itself."
