"""The right to change a library, which one thread of one process has at a time, and what goes before and after."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from embeddings import EmbeddingsError
from qa.conversation.history import Conversations
from qa.errors import LibraryFull, ModelError
from qa.ingest.deletion import clear_traces
from qa.ingest.indexer import Indexer, OnProgress
from qa.ingest.uploads import Uploads
from qa.settings import Settings
from qa.storage.embedding_model import LibraryModel
from qa.storage.indexes import Indexes
from qa.storage.lock import WriteLock
from qa.storage.store import Store
from qa.types import AddReport, FileOutcome


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
