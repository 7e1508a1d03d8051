"""The right to change a library, which one thread of one process has at a time, and what goes before and after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from embeddings import EmbeddingsError
from qa.errors import ModelError
from qa.ingest.indexer import Indexer
from qa.ingest.uploads import Uploads
from qa.settings import Settings
from qa.storage.embedding_model import LibraryModel
from qa.storage.indexes import Indexes, index_errors
from qa.storage.lock import WriteLock
from qa.storage.store import Store


class FeedbackFile(Protocol):
    """The file made from the saved conversations (``qa.conversation.history.Conversations``)."""

    def write_feedback(self) -> None:
        """Bring the file up to date."""


@contextmanager
def _vector_errors() -> Iterator[None]:
    try:
        yield
    except EmbeddingsError as error:
        raise ModelError(str(error)) from error


class Changes:
    """Every change of one library goes through here."""

    def __init__(
        self,
        lock: WriteLock,
        store: Store,
        indexes: Indexes,
        model: LibraryModel,
        uploads: Uploads,
        feedback: FeedbackFile,
        settings: Settings,
    ) -> None:
        self.lock = lock
        self._store, self._indexes, self._model = store, indexes, model
        self._uploads, self._feedback, self._settings = uploads, feedback, settings

    @contextmanager
    def change(self) -> Iterator[None]:
        """Inside, this thread may change the library; afterwards no trace of removed documents is left.

        Raises ``LibraryBusy``, ``LibraryNotWritable`` or ``ModelError``.
        """
        self._store.ensure_open()
        with self.lock.held(), _vector_errors(), index_errors():
            try:
                self._indexes.index_words()  # what an interrupted change left, and so do its uploads
                self._uploads.sweep()
                yield
            finally:
                self._indexes.finish()
            self._feedback.write_feedback()  # words of a removed document were in it
            self._store.erase_traces()

    @contextmanager
    def indexing(self, *, new_model: bool = False) -> Iterator[Indexer]:
        """As ``change``, for adding documents and making vectors, which needs a model: the one that the library was
        made with, unless ``new_model``. Raises ``ModelMismatch`` too."""
        with self.change():
            encoder = self._model.encoder if new_model else self._model.checked()
            indexer = Indexer(self._store, self._indexes, encoder, self._settings)
            if not new_model:
                indexer.complete_units()
            yield indexer
