"""The right to write to a library, which one thread of one process has at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from qa.errors import LibraryBusy
from qa.files import writing_to


class WriteLock:
    """Held by whoever writes to a library's folder; the same thread may take it again."""

    def __init__(self, path: Path) -> None:
        self._thread, self._path = threading.RLock(), path
        self._process = FileLock(path, mode=0o600, thread_local=False)

    @contextmanager
    def held(self, *, wait: bool = True) -> Iterator[None]:
        """Raises ``LibraryBusy`` when another process holds it, or ``LibraryNotWritable``.

        ``wait``: for other threads, however long it takes, and half a second for other processes.
        """
        if not self._thread.acquire(blocking=wait):
            raise LibraryBusy(f"this process is writing to the library in {self._path.parent}.")
        try:
            with writing_to(self._path.parent):
                self._acquire(0.5 if wait else 0)
            try:
                yield
            finally:
                self._process.release()
        finally:
            self._thread.release()

    def _acquire(self, seconds: float) -> None:
        try:
            self._process.acquire(timeout=seconds)
        except Timeout as error:  # an OSError as well
            raise LibraryBusy(
                f"another process is writing to the library in {self._path.parent}. Wait until it is done; "
                "searching works meanwhile."
            ) from error
