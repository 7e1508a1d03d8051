"""The right to change a library, which one thread of one process has at a time, and what goes before and after."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from embeddings import EmbeddingsError
from qa.conversations import Conversations
from qa.errors import LibraryBusy, LibraryFull, ModelError
from qa.indexer import Indexer, OnProgress
from qa.indexes import Indexes
from qa.model import LibraryModel
from qa.removal import clear_traces
from qa.settings import Settings
from qa.store import Store
from qa.types import AddReport, FileOutcome
from qa.uploads import Uploads


class WriteLock:
    """Held by whoever writes to a library's folder; the same thread may take it again."""

    def __init__(self, path: Path) -> None:
        self._thread, self._process, self._path = threading.RLock(), FileLock(path, thread_local=False), path

    @contextmanager
    def held(self) -> Iterator[None]:
        """Waits for other threads; raises ``LibraryBusy`` when another process has it."""
        with self._thread:
            try:
                self._process.acquire(timeout=0.5)
            except Timeout as error:
                raise LibraryBusy(
                    f"another process is writing to the library in {self._path.parent}. Wait until it is done; "
                    "searching works meanwhile."
                ) from error
            try:
                yield
            finally:
                self._process.release()


class Changes:
    """Every change of one library goes through here."""

    def __init__(
        self,
        lock: WriteLock,
        store: Store,
        indexes: Indexes,
        model: LibraryModel,
        uploads: Uploads,
        conversations: Conversations,
        settings: Settings,
    ) -> None:
        self.lock = lock
        self._store, self._indexes, self._model = store, indexes, model
        self._uploads, self._conversations, self._settings = uploads, conversations, settings

    @contextmanager
    def change(self) -> Iterator[None]:
        """Inside, this thread may change the library; afterwards no trace of what was removed is left.

        Raises ``LibraryBusy``, ``LibraryFull`` or ``ModelError``.
        """
        with self.lock.held():
            try:
                try:
                    self._uploads.sweep()  # what an interrupted change left
                    yield
                finally:
                    self._indexes.finish()
                self._conversations.write_feedback()  # what a removed document said was in it
                clear_traces(self._store)
            except EmbeddingsError as error:
                raise ModelError(str(error)) from error
            except OSError as error:
                folder = self._store.path.parent
                raise LibraryFull(f"{folder} cannot be written: {error}. What was there is kept.") from error

    @contextmanager
    def indexing(self, *, new_model: bool = False) -> Iterator[Indexer]:
        """As ``change``, with what adds and makes vectors: for that a model is needed, and unless it is a
        ``new_model`` it must be the one that the library was made with. Raises ``ModelMismatch`` too."""
        with self.change():
            encoder = self._model.encoder if new_model else self._model.checked()
            yield Indexer(self._store, self._indexes, encoder, self._settings)

    def run(
        self, work: Callable[[Indexer], list[FileOutcome]], on_progress: OnProgress | None, vectors: bool
    ) -> AddReport:
        """A piece of work in both phases, or without the second, ``vectors``; raises as ``indexing``."""
        with self.indexing() as indexer:
            started = time.perf_counter()
            outcomes = work(indexer)
            self._indexes.list_words()  # what a sync removed
            read = time.perf_counter()
            if vectors:
                indexer.encode(on_progress)
            encoded = time.perf_counter()
        waiting = 0 if vectors else self._store.counts()[3]
        return AddReport(tuple(outcomes), waiting, {"read": read - started, "encode": encoded - read})
