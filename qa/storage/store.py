"""The interface of a library's store, whichever database it is in.

The store is the one truth: sources, documents, passages, vectors and conversations. Rows of documents and ids of
passages are integers that are never reused. Every change of documents is one transaction and raises ``generation``, by
which searches see that they have to catch up. The passages that the keyword index must still take over or drop are
recorded in the same transaction, so an interruption loses nothing: the index catches up later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings import PassageInput, SparseRow
from qa.storage.records import (
    Candidate,
    Counts,
    Feedback,
    Message,
    NewPassage,
    NewSource,
    PackedDocument,
    SavedConversation,
    StoredSource,
)
from qa.types import Document, Passage, Source

Ids = NDArray[np.int64]


class Change(Protocol):
    """One transaction (``Store.writing``)."""

    def put_meta(self, key: str, value: str | None) -> None:
        """Save a value under a key; None deletes it."""

    def put_names(self, key: str, names: Iterable[str]) -> None:
        """Save a list of names under a key, each once; an empty list deletes it."""

    def put_document(self, document: PackedDocument, name: str, passages: Iterable[NewPassage]) -> int:
        """Save a document that is not in the library yet, with its passages; return its row. ``name``: of its file."""

    def put_scans(self, document_row: int, scans: Mapping[int, str | None]) -> None:
        """Save for these pages (0-based) what OCR has found; None: it is still to read them."""

    def drop_scans(self, document_row: int) -> None:
        """Forget what ``put_scans`` has saved for this document."""

    def replace_passages(self, document_row: int, text: str, passages: Sequence[NewPassage]) -> None:
        """Replace a document's passages; a passage that is the same as before, other than in units without vectors,
        keeps its id and its vectors."""

    def put_source(self, source: NewSource, document_row: int) -> tuple[int, int | None]:
        """Save a source, or let the one with its path point to this document.

        Returns its id and the row of the document it pointed to before, for ``drop_orphans`` once all sources are
        saved. A known source stays in its root when it is added again by itself.
        """

    def move_source(self, source_id: int, path: str, root: str | None, modified_ns: int) -> None:
        """Save the new path of a file that was moved."""

    def drop_sources(self, ids: Iterable[int]) -> None:
        """Remove sources, and with them all of the documents that no other source has."""

    def drop_orphans(self, document_rows: Iterable[int]) -> None:
        """Remove those of these documents that no source points to: text, passages, vectors, words in saved answers."""

    def drop_vectors(self) -> None:
        """Remove all vectors."""

    def put_vectors(self, rows: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Save (key, packed passage vector, packed unit vectors); a key that no passage has any more is left out."""

    def set_indexed(self, through_id: int, removed: Iterable[int]) -> None:
        """Record that the keyword index has all passages up to this id and has dropped the removed ones."""

    def index_again(self, ids: Iterable[int] | None) -> None:
        """Record that the keyword index must take these passages over again; None: all."""


class ConversationStore(Protocol):
    """The conversations of a library. All methods may be called from any thread, beside a ``Store.writing``.

    Those that write raise ``LibraryBusy`` when another writer takes longer than two seconds.
    """

    def all(self) -> list[SavedConversation]:
        """Return all of them, the last changed first."""

    def get(self, conversation_id: int) -> SavedConversation | None:
        """Return one; None when there is none with this id."""

    def messages(self, conversation_id: int) -> list[Message]:
        """Return the messages in their order; none when there is no such conversation."""

    def message(self, conversation_id: int, message_id: int) -> Message | None:
        """Return one; None when the conversation has no message with this id."""

    def create(self, title: str) -> SavedConversation:
        """Make a conversation without messages."""

    def rename(self, conversation_id: int, title: str) -> bool:
        """Change the title; False when there is no such conversation."""

    def delete(self, conversation_id: int) -> bool:
        """Delete a conversation with its messages; False when there is none."""

    def forget_deleted(self) -> None:
        """Leave no words of deleted conversations in the store's files, as far as that takes no waiting."""

    def append(
        self, conversation_id: int, question: str, searched: str, scope: Sequence[int] | None, at: int | None
    ) -> Message | None:
        """Save a question without an answer; None when there is no such conversation.

        ``at``: it replaces the message with this number (from 0) and all after it.
        """

    def search_for(self, message_id: int, searched: str) -> None:
        """Change the question that is searched."""

    def answered(self, message_id: int, answer: Mapping[str, Any] | None, note: str) -> None:
        """Save an answer (``Answer.to_dict()``), or a note instead, unless the message has a note already."""

    def stop(self, conversation_id: int, note: str) -> None:
        """Give the last message of a conversation a note, unless it has an answer or a note."""

    def rate(self, conversation_id: int, message_id: int, feedback: Feedback | None) -> bool:
        """Save feedback on an answer; False when there is no such answer."""

    @property
    def feedback_changed(self) -> bool:
        """True from a change of the ratings on until ``changed_feedback`` has given them out."""

    def changed_feedback(self) -> AbstractContextManager[list[Message]]:
        """All rated messages in their order; ``feedback_changed`` is False once the block has ended without an
        error."""


class Store(Protocol):
    """A library's store. Reads may come from any thread; the caller lets only one thread write at a time."""

    @property
    def location(self) -> str:
        """Where the library is, for messages."""

    @property
    def conversations(self) -> ConversationStore:
        """The saved conversations."""

    @property
    def generation(self) -> int:
        """A number that every change raises, in whichever process."""

    def writing(self) -> AbstractContextManager[Change]:
        """Begin one transaction: all of it is saved at the end of the block or, on any error, nothing."""

    def problems(self, quick: bool) -> list[str]:
        """Return the signs of damage, one sentence each. ``quick``: only those that take no reading of everything."""

    def erase_traces(self) -> None:
        """After a removal, leave no copies of removed words in the store's files."""

    def library_id(self) -> str:
        """Return eight hexadecimal digits that identify the library, made once; empty while they cannot be saved."""

    def close(self) -> None:
        """Let go of the database."""

    def meta(self, key: str) -> str | None:
        """Return the value saved under a key; None when there is none."""

    def names(self, key: str) -> list[str]:
        """Return the list saved with ``Change.put_names``; empty when there is none."""

    # --- sources and documents ----------------------------------------------------------------------------------

    def sources(self) -> list[StoredSource]:
        """Return all sources in the order in which they were added."""

    def sources_of(self, document_rows: Iterable[int]) -> dict[int, list[Source]]:
        """Return the sources of these documents by document row, oldest first."""

    def document_row(self, document_id: str) -> int | None:
        """Return the row of a document; None when it is not in the library."""

    def document_rows(self) -> list[int]:
        """Return all document rows, ascending."""

    def document_title(self, row: int) -> str | None:
        """Return the title that the document gives itself; None when it gives none."""

    def document_name(self, row: int) -> str:
        """Return the file name under which the document was first read."""

    def documents(self, document_rows: Iterable[int]) -> dict[int, Document]:
        """Return documents by row; unknown rows are left out. Recently used ones come from memory."""

    def scans(self) -> dict[int, dict[int, str | None]]:
        """Return by document row what ``put_scans`` has saved."""

    def languages(self) -> list[str | None]:
        """Return the distinct languages of the documents."""

    def counts(self) -> Counts:
        """Return the sizes of the library."""

    def outdated_count(self, loaders: str) -> int:
        """Return the number of sources that were not read with these versions of the loaders."""

    def document_count(self) -> int:
        """Return the number of documents."""

    def passage_count(self) -> int:
        """Return the number of passages."""

    # --- passages and vectors -----------------------------------------------------------------------------------

    def passages(self, ids: Iterable[int]) -> dict[int, tuple[Passage, int]]:
        """Return passages and their document rows by id; unknown ids are left out."""

    def candidates(self, ids: Iterable[int]) -> list[Candidate]:
        """Return what scoring needs of these passages, in no order; unknown ids are left out."""

    def passage_ids(self, document_rows: Iterable[int] | None = None) -> Ids:
        """Return the ids of these documents' passages, ascending; None: of all documents."""

    def ids_with_vectors(self) -> Ids:
        """Return the ids of the passages that have a vector, ascending."""

    def vectors(self, ids: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """Yield (passage id, packed vector) for those that have one, ascending by id."""

    def waiting_by_document(self) -> dict[str, tuple[int, int]]:
        """Return (passages without a vector, passages) by id, for documents with some without."""

    def waiting_keys(self) -> list[bytes]:
        """Return the keys without a vector, each once, those of the longest texts first."""

    def waiting(self, keys: Iterable[bytes]) -> dict[bytes, PassageInput]:
        """Return one passage for each key that is still in the library, in the order of ``keys``."""

    # --- passages for the keyword index -------------------------------------------------------------------------

    def any_indexed(self) -> bool:
        """True if the keyword index has taken over any passage."""

    def to_index(self, limit: int) -> Ids:
        """Return the ids of passages that the keyword index does not have yet, at most ``limit``, ascending."""

    def sparse_rows(self, ids: Iterable[int]) -> list[SparseRow]:
        """Return passages as the keyword index takes them, ascending by id; unknown ids are left out."""

    def to_unindex(self) -> list[int]:
        """Return the ids of removed passages that the keyword index may still have."""

    def pending_ids(self) -> Ids:
        """Return the ids of the passages that the keyword index must still take over or drop."""
