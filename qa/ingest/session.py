"""The right to change a library, which one thread of one process has at a time, and what goes before and after."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from embeddings import EmbeddingsError, IndexBusy
from qa.errors import LibraryNotWritable, ModelError
from qa.ingest.indexer import Indexer
from qa.ingest.ocr import MayRead
from qa.ingest.uploads import Uploads
from qa.settings import Settings
from qa.storage.embedding_model import LibraryModel
from qa.storage.indexes import Indexes, index_errors
from qa.storage.lock import WriteLock
from qa.storage.store import Store

logger = logging.getLogger(__name__)


class FeedbackFile(Protocol):
    """The file made from the saved conversations (``qa.conversation.history.Conversations``)."""

    def write_feedback(self) -> None:
        """Bring the file up to date."""


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
        may_read: MayRead,
    ) -> None:
        self._may_read = may_read
        self.lock = lock
        self._store, self._indexes, self._model = store, indexes, model
        self._uploads, self._feedback, self._settings = uploads, feedback, settings

    @contextmanager
    def change(self) -> Iterator[None]:
        """Inside, this thread may change the library; afterwards no trace of removed documents is left.

        What a full disk or a locked index prevents of that once the change is saved is logged, and left to the next.

        Raises ``LibraryBusy``, ``LibraryNotWritable`` or ``ModelError``.
        """
        self._store.generation  # noqa: B018 – in a fork, it raises, where the lock might never be free
        with self.lock.held():
            try:
                with index_errors():
                    self._indexes.bring_up()
                    self._uploads.follow()
                    self._uploads.sweep()  # what an interrupted change left
                    try:
                        yield
                    except BaseException:
                        self._finish(self._indexes.finish)
                        raise
                    steps = (self._indexes.index_words, self._indexes.finish, self._uploads.sweep)
                    self._finish(*steps, self._feedback.write_feedback, self._store.erase_traces)
            except EmbeddingsError as error:
                raise ModelError(str(error)) from error

    def _finish(self, *steps: Callable[[], None]) -> None:
        try:
            for step in steps:
                step()
        except (LibraryNotWritable, IndexBusy) as error:
            logger.warning("The change is saved; to be finished by the next one: %s", error)

    @contextmanager
    def indexing(self, *, new_model: bool = False) -> Iterator[Indexer]:
        """As ``change``, for adding documents and making vectors, which needs a model: the one that the library was
        made with, unless ``new_model``. Raises ``ModelMismatch`` too."""
        with self.change():
            encoder = self._model.encoder if new_model else self._model.checked()
            indexer = Indexer(self._store, self._indexes, encoder, self._settings, self._may_read)
            if not new_model:
                indexer.complete_units()
            yield indexer
