"""Files → store and both indexes, in two phases: every file readable and findable by its words first, vectors as they
come. What is interrupted goes on at the next writing."""

from __future__ import annotations

import hashlib
import os
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from embeddings import Encoder, pack_rows, pack_vector
from qa.database import put_meta
from qa.errors import FileError, ModelError
from qa.files import FoundFile, find_files
from qa.indexes import Indexes
from qa.loaders import FileReader, document_id, loaders_version
from qa.removal import drop_orphans, drop_passages, drop_vectors
from qa.settings import Settings
from qa.splitter import Limits, split
from qa.store import (
    NewPassage,
    NewSource,
    Store,
    StoredSource,
    move_source,
    put_document,
    put_passages,
    put_source,
)
from qa.types import Document, FileOutcome, FileStatus, Note, Progress, Source

OnProgress = Callable[[Progress], None]

_BATCH_PASSAGES = 5_000
_BATCH_SECONDS = 5.0
"""Bulk adding commits, and becomes findable by words, this often."""
_ENCODE_AT_ONCE = 64
"""Passages between two commits of vectors: about a second's work on two cores."""


@dataclass(slots=True)
class _Change:
    """A file whose content is new to the library, or new at its place."""

    index: int
    """Where its outcome belongs in the report."""
    file: FoundFile
    status: FileStatus
    document: Document | None
    """None where the library has the document already."""
    document_id: str
    passages: list[NewPassage] = field(default_factory=list)
    title: str = ""
    notes: tuple[Note, ...] = ()


class _Batch:
    """Changes between two commits."""

    def __init__(self) -> None:
        self.changes: list[_Change] = []
        self.documents: dict[str, Document] = {}
        """Those that were read, by id."""
        self._passages, self._started = 0, time.monotonic()

    def take(self, change: _Change) -> None:
        self.changes.append(change)
        self._passages += len(change.passages)
        if change.document is not None:
            self.documents[change.document_id] = change.document

    @property
    def is_full(self) -> bool:
        return self._passages >= _BATCH_PASSAGES or time.monotonic() - self._started > _BATCH_SECONDS


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


class Indexer:
    """Writes to a library. The caller makes sure that nobody else does meanwhile."""

    def __init__(self, store: Store, indexes: Indexes, encoder: Encoder, settings: Settings) -> None:
        self._store, self._indexes, self._encoder, self._settings = store, indexes, encoder, settings
        self._loaders = loaders_version()

    # --- phase 1: files → documents and passages, findable by their words ------------------------------------------

    def add(
        self,
        paths: Sequence[str | Path],
        on_progress: OnProgress | None,
        *,
        upload: bool = False,
        again: bool = False,
        skip: Callable[[str], bool] = lambda path: False,
    ) -> list[FileOutcome]:
        """Take over the files under ``paths``; the outcomes come in the order in which files were met.

        ``again``: look into files whose size and date are as before, too. ``skip``: tells of a path whether the user
        has removed it before.
        """
        self._indexes.list_words()
        found = [_unless(skip, item) for item in find_files(paths, max_file_bytes=self._settings.max_file_bytes)]
        known = {stored.source.path: stored for stored in self._store.sources()}
        outcomes: dict[int, FileOutcome] = {}
        batch = _Batch()
        meter = Meter(Progress("read", 0, len(found), "files"), on_progress)
        with FileReader(self._settings) as reader:
            for index, item in enumerate(found):
                result: _Change | FileOutcome
                if isinstance(item, FoundFile):
                    result = self._examine(index, item, known.get(item.path), reader, batch, again)
                else:
                    result = _passed_over(item, known.get(item.path))
                if isinstance(result, FileOutcome):
                    outcomes[index] = result
                else:
                    batch.take(result)
                if batch.is_full:
                    outcomes |= self._commit(batch.changes, known, upload)
                    batch = _Batch()
                meter.report(index + 1, item.path)
        outcomes |= self._commit(batch.changes, known, upload)
        return [outcomes[index] for index in range(len(found))]

    def read_again(self, sources: Sequence[Source], on_progress: OnProgress | None) -> list[FileOutcome]:
        """As ``add``, with the files of these sources, whatever their dates say."""
        outcomes = []
        for upload in (False, True):
            paths = [source.path for source in sources if source.upload == upload]
            outcomes += self.add(paths, on_progress, upload=upload, again=True)
        return outcomes

    def _examine(
        self, index: int, file: FoundFile, known: StoredSource | None, reader: FileReader, batch: _Batch, again: bool
    ) -> _Change | FileOutcome:
        """What is to be done about one file; reads no more of it than it must."""
        current = known is not None and known.loaders == self._loaders and not again
        if known and current and (known.source.size, known.source.modified_ns) == (file.size, file.modified_ns):
            return FileOutcome(file.path, "unchanged", source_id=known.source.id)
        try:
            data = Path(file.path).read_bytes()
            identity = document_id(data, file.path)
            if known and known.source.document_id == identity:
                return _Change(index, file, "unchanged", None, identity, title=known.source.title)
            status: FileStatus = "updated" if known else "added"
            document = batch.documents.get(identity)
            if document is not None:
                return _Change(index, file, status, None, identity, title=self._title(document, file))
            row = self._store.document_row(identity)
            if row is not None:
                document = self._store.documents([row])[row]
                return _Change(index, file, status, None, identity, title=self._title(document, file))
            document = reader.read(Path(file.path), data)
        except OSError as error:
            return _failure(file.path, known, f"cannot be opened: {error.strerror}")
        except FileError as error:
            return _failure(file.path, known, error.reason)
        passages = self.passages(document, embedded_title(document, file.path))
        notes = (*document.report.notes, *language_notes(document, self._encoder))
        return _Change(index, file, status, document, document.id, passages, self._title(document, file), notes)

    def passages(self, document: Document, title: str) -> list[NewPassage]:
        """A document's passages, ready to be stored."""
        settings = self._settings
        limits = Limits(
            settings.passage_chars, min(self._encoder.window, settings.max_tokens), settings.min_sentence_chars
        )
        model, text = self._encoder.name.encode(), document.text
        found = []
        for draft in split(document, title, self._encoder.count_tokens, limits):
            spans = array("i", [offset - draft.start for span in draft.sentences for offset in span]).tobytes()
            embedded = (model, draft.prefix.encode(), text[draft.start : draft.end].encode(), spans)
            key = hashlib.blake2b(b"\0".join(embedded), digest_size=16).digest()  # no text holds a NUL
            found.append(NewPassage(draft.start, draft.end, draft.heading, draft.prefix, spans, key))
        return found

    def _commit(self, batch: Sequence[_Change], known: dict[str, StoredSource], upload: bool) -> dict[int, FileOutcome]:
        """One transaction for the batch, then the keyword index."""
        if not batch:
            return {}
        outcomes = {}
        replaced: set[int] = set()
        moved = self._moved(batch, known)
        with self._store.write() as connection:
            put_meta(connection, "model", self._encoder.name)  # the keys of the passages below are this model's
            for change in batch:
                row = self._store.document_row(change.document_id)
                if row is None:
                    assert change.document is not None
                    row = put_document(connection, change.document, Path(change.file.path).name, change.passages)
                file, status = change.file, change.status
                if change.index in moved:
                    status = "moved"
                    move_source(connection, moved[change.index], file.path, file.root, file.modified_ns)
                source = NewSource(
                    file.path,
                    file.root,
                    change.title,
                    upload,
                    file.size,
                    file.modified_ns,
                    datetime.now(UTC).isoformat(timespec="seconds"),
                    self._loaders,
                )
                source_id, before = put_source(connection, source, row)
                outcomes[change.index] = FileOutcome(file.path, status, "", source_id, change.notes)
                if before is not None:
                    replaced.add(before)
            drop_orphans(connection, replaced)
        self._indexes.list_words()
        return outcomes

    def _moved(self, batch: Sequence[_Change], known: dict[str, StoredSource]) -> dict[int, int]:
        """Changes that are files moved from a place where they no longer lie: index → source id."""
        by_document: dict[str, list[StoredSource]] = {}
        for stored in known.values():
            by_document.setdefault(stored.source.document_id, []).append(stored)
        moved: dict[int, int] = {}
        for change in batch:
            if change.status != "added" or change.document is not None:
                continue
            for stored in by_document.get(change.document_id, []):
                taken = stored.source.id in moved.values() or stored.source.upload
                if not taken and not os.path.exists(stored.source.path):
                    moved[change.index] = stored.source.id
                    known.pop(stored.source.path, None)  # a later batch must not move it once more
                    break
        return moved

    @staticmethod
    def _title(document: Document | None, file: FoundFile) -> str:
        return (document.title if document else None) or Path(file.path).name

    # --- phase 2: passages → vectors ---------------------------------------------------------------------------------

    def encode(self, on_progress: OnProgress | None) -> int:
        """Make the missing vectors, the longest passages first; gives how many. Each batch is kept at once."""
        keys = self._store.waiting_keys()
        if not keys:
            return 0
        with self._store.write() as connection:
            put_meta(connection, "dim", str(self._encoder.dim))
        meter = Meter(Progress("encode", 0, len(keys), "passages"), on_progress)
        for first in range(0, len(keys), _ENCODE_AT_ONCE):
            passages = self._store.waiting(keys[first : first + _ENCODE_AT_ONCE])
            rows = []
            for key, vectors in zip(passages, self._encoder.encode_passages(list(passages.values())), strict=True):
                if not np.isfinite(vectors.passage).all() or not np.isfinite(vectors.sentences).all():
                    raise ModelError(f"{self._encoder.name} gave a vector that is not made of finite numbers.")
                rows.append((key, pack_vector(vectors.passage), pack_rows(vectors.sentences)))
            self._store.add_vectors(rows)
            meter.report(min(first + _ENCODE_AT_ONCE, len(keys)))
        return len(keys)

    def split_again(self) -> None:
        """Make all passages anew from the stored texts for this encoder; their vectors are then missing."""
        with self._store.write() as connection:  # one transaction: the model's name and its keys belong together
            put_meta(connection, "model", self._encoder.name)
            put_meta(connection, "dim", "0")
            drop_vectors(connection)
            for row in self._store.document_rows():
                document = self._store.documents([row])[row]
                passages = self.passages(document, embedded_title(document, self._store.document_name(row)))
                drop_passages(connection, row)
                put_passages(connection, row, document.text, passages)
        self._indexes.list_words()


def embedded_title(document: Document, name: str) -> str:
    """What stands for the document when its passages are embedded: its title, else its file name as words."""
    return document.title or " ".join(Path(name).stem.replace("_", " ").replace("-", " ").split())


def language_notes(document: Document, encoder: Encoder) -> Iterator[Note]:
    """A note when the encoder does not know the document's language."""
    if encoder.languages and document.language and document.language not in encoder.languages:
        known = ", ".join(sorted(encoder.languages))
        yield Note(
            "language_unknown",
            f"The text is in language {document.language!r}; the embedding model knows {known}. It is found well by "
            "its words, poorly by its meaning.",
        )


def _unless(skip: Callable[[str], bool], item: FoundFile | FileOutcome) -> FoundFile | FileOutcome:
    if isinstance(item, FoundFile) and skip(item.path):
        return FileOutcome(item.path, "skipped", "removed from the library before; add it by name to have it again")
    return item


def _passed_over(outcome: FileOutcome, known: StoredSource | None) -> FileOutcome:
    return _failure(outcome.path, known, outcome.reason) if outcome.status == "failed" else outcome


def _failure(path: str, known: StoredSource | None, reason: str) -> FileOutcome:
    if known is None:
        return FileOutcome(path, "failed", reason)
    return FileOutcome(path, "kept_old", f"{reason}; the earlier version is kept", known.source.id)
