"""How far a long piece of work is, for callbacks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from qa.types import Progress

OnProgress = Callable[[Progress], None]


class Meter:
    """Turns counts into ``Progress`` with rate and time left."""

    def __init__(self, start: Progress, on_progress: OnProgress | None) -> None:
        """``start``: phase, unit and total, with nothing done."""
        self._progress, self._on_progress, self._start = start, on_progress, time.monotonic()

    def report(self, done: int, item: str = "") -> None:
        """Tell the callback, if there is one."""
        if self._on_progress is not None:
            rate = done / max(time.monotonic() - self._start, 1e-6)
            left = (self._progress.total - done) / rate if done else None
            self._on_progress(replace(self._progress, done=done, item=item, rate=rate, seconds_left=left))
