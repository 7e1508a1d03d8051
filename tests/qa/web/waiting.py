"""Waiting for what another thread does."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], bool]) -> None:
    """Return when ``condition`` holds; fail if it never does."""
    deadline = time.monotonic() + 120  # the machine may be busy
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
