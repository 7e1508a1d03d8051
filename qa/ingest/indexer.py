"""Files → store and both indexes, in two phases: every file readable and findable by its words first, vectors as they
come. What is interrupted goes on at the next writing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from embeddings import Encoder, pack_rows, pack_vector
from qa.errors import FileError, ModelError
from qa.ingest.discovery import FoundFile, find_files
from qa.ingest.pool import Workers
from qa.ingest.prepare import Preparer, embedded_title
from qa.loaders import document_id, loaders_version
from qa.settings import Settings
from qa.storage.indexes import Indexes
from qa.storage.records import UNITS_INCOMPLETE, NewPassage, NewSource, PackedDocument, StoredSource
from qa.storage.store import Store
from qa.types import AddReport, FileOutcome, FileStatus, Note, Progress, Source

OnProgress = Callable[[Progress], None]

_BATCH_PASSAGES = 20_000
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
    document_id: str
    title: str
    document: PackedDocument | None = None
    """None where the library has the document already."""
    passages: list[NewPassage] = field(default_factory=list)
    notes: tuple[Note, ...] = ()


class _Batch:
    """Changes between two commits."""

    def __init__(self) -> None:
        self.changes: list[_Change] = []
        self._passages, self._started = 0, time.monotonic()

    def take(self, change: _Change) -> None:
        self.changes.append(change)
        self._passages += len(change.passages)

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
        self._loaders, self._started = loaders_version(), time.perf_counter()

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
        with closing(self._results(found, known, again)) as results:
            for index, result in enumerate(results):
                if isinstance(result, FileOutcome):
                    outcomes[index] = result
                else:
                    batch.take(result)
                if batch.is_full:
                    outcomes |= self._commit(batch.changes, known, upload)
                    batch = _Batch()
                meter.report(index + 1, found[index].path)
        outcomes |= self._commit(batch.changes, known, upload)
        return [outcomes[index] for index in range(len(found))]

    def read_again(self, sources: Sequence[Source], on_progress: OnProgress | None) -> list[FileOutcome]:
        """As ``add``, with the files of these sources, whatever their dates say."""
        outcomes = []
        for upload in (False, True):
            paths = [source.path for source in sources if source.upload == upload]
            outcomes += self.add(paths, on_progress, upload=upload, again=True)
        return outcomes

    def _results(
        self, found: Sequence[FoundFile | FileOutcome], known: Mapping[str, StoredSource], again: bool
    ) -> Generator[_Change | FileOutcome]:
        """What is to be done about each file, in their order. Reads no more of them than it must, and some ahead."""
        to_read = [
            item.size
            for item in found
            if isinstance(item, FoundFile) and (again or not self._is_unchanged(item, known.get(item.path)))
        ]
        titles: dict[str, str | None] = {}
        with Workers(self._encoder, self._settings, len(to_read), sum(to_read)) as workers:
            yield from workers.in_order(
                self._begin(index, item, known.get(item.path), again, titles, workers)
                if isinstance(item, FoundFile)
                else _given(_passed_over(item, known.get(item.path)))
                for index, item in enumerate(found)
            )

    def _begin(
        self,
        index: int,
        file: FoundFile,
        known: StoredSource | None,
        again: bool,
        titles: dict[str, str | None],
        workers: Workers,
    ) -> Callable[[], _Change | FileOutcome]:
        """Begin with one file. ``titles``: of the documents read so far, by id; the same content is not read twice."""
        if known and not again and self._is_unchanged(file, known):
            return _given(FileOutcome(file.path, "unchanged", source_id=known.source.id))
        path = Path(file.path)
        try:
            identity = document_id(path.read_bytes(), file.path)
        except OSError as error:
            return _given(_failure(file.path, known, f"cannot be opened: {error.strerror}"))
        except FileError as error:
            return _given(_failure(file.path, known, error.reason))
        if known and known.source.document_id == identity:
            return _given(_Change(index, file, "unchanged", identity, known.source.title))
        status: FileStatus = "updated" if known else "added"
        if identity not in titles and (row := self._store.document_row(identity)) is not None:
            titles[identity] = self._store.document_title(row)
        if identity in titles:
            return _given(_Change(index, file, status, identity, titles[identity] or path.name))
        result = workers.begin(path, file.size)

        def finish() -> _Change | FileOutcome:
            try:
                document, passages, notes = result()
            except FileError as error:
                return _failure(file.path, known, error.reason)
            titles[document.id] = document.title
            return _Change(index, file, status, document.id, document.title or path.name, document, passages, notes)

        return finish

    def _is_unchanged(self, file: FoundFile, known: StoredSource | None) -> bool:
        """By size and date."""
        if known is None or known.loaders != self._loaders:
            return False
        return (known.source.size, known.source.modified_ns) == (file.size, file.modified_ns)

    def _commit(self, batch: Sequence[_Change], known: dict[str, StoredSource], upload: bool) -> dict[int, FileOutcome]:
        """One transaction for the batch, then the keyword index."""
        if not batch:
            return {}
        outcomes = {}
        replaced: set[int] = set()
        moved = self._moved(batch, known)
        with self._store.writing() as transaction:
            transaction.put_meta("model", self._encoder.name)  # the keys of the passages below are this model's
            for change in batch:
                row = self._store.document_row(change.document_id)
                if row is None:
                    assert change.document is not None
                    row = transaction.put_document(change.document, Path(change.file.path).name, change.passages)
                file, status = change.file, change.status
                if change.index in moved:
                    status = "moved"
                    transaction.move_source(moved[change.index], file.path, file.root, file.modified_ns)
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
                source_id, before = transaction.put_source(source, row)
                outcomes[change.index] = FileOutcome(file.path, status, "", source_id, change.notes)
                if before is not None:
                    replaced.add(before)
            transaction.drop_orphans(replaced)
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

    # --- phase 2: passages → vectors ---------------------------------------------------------------------------------

    def encode(self, on_progress: OnProgress | None, should_stop: Callable[[], bool] | None = None) -> int:
        """Make the missing vectors, the longest passages first; returns how many. Each batch is saved at once, and
        ``should_stop`` is asked after it."""
        keys = self._store.waiting_keys()
        if not keys:
            return 0
        with self._store.writing() as change:
            change.put_meta("dim", str(self._encoder.dim))
        meter = Meter(Progress("encode", 0, len(keys), "passages"), on_progress)
        for first in range(0, len(keys), _ENCODE_AT_ONCE):
            passages = self._store.waiting(keys[first : first + _ENCODE_AT_ONCE])
            rows = []
            for key, vectors in zip(passages, self._encoder.encode_passages(list(passages.values())), strict=True):
                if not np.isfinite(vectors.passage).all() or not np.isfinite(vectors.sentences).all():
                    raise ModelError(f"{self._encoder.name} gave a vector that is not made of finite numbers.")
                rows.append((key, pack_vector(vectors.passage), pack_rows(vectors.sentences)))
            with self._store.writing() as change:
                change.put_vectors(rows)
            done = min(first + _ENCODE_AT_ONCE, len(keys))
            meter.report(done)
            if should_stop and should_stop():
                return done
        return len(keys)

    def complete_units(self) -> None:
        """Split the texts of a library of an older format again, which kept only some units."""
        if self._store.meta(UNITS_INCOMPLETE):
            self.split_again(keep_vectors=True)

    def split_again(self, *, keep_vectors: bool = False) -> None:
        """Make all passages anew from the stored texts for this encoder. ``keep_vectors``: those that fit stay."""
        preparer = Preparer(self._encoder, self._settings)
        with self._store.writing() as change:  # one transaction: the model's name and its keys belong together
            change.put_meta("model", self._encoder.name)
            change.put_meta(UNITS_INCOMPLETE, None)
            if not keep_vectors:
                change.put_meta("dim", "0")
                change.drop_vectors()
            for row in self._store.document_rows():
                document = self._store.documents([row])[row]
                passages = preparer.passages(document, embedded_title(document, self._store.document_name(row)))
                change.replace_passages(row, document.text, passages)
        self._indexes.list_words()

    def report(self, outcomes: Sequence[FileOutcome], on_progress: OnProgress | None, vectors: bool) -> AddReport:
        """End a piece of work: make the missing vectors, if ``vectors``, and say what became of the files."""
        self._indexes.list_words()  # what a sync removed
        read = time.perf_counter()
        if vectors:
            self.encode(on_progress)
        seconds = {"read": read - self._started, "encode": time.perf_counter() - read}
        return AddReport(tuple(outcomes), 0 if vectors else self._store.counts().waiting, seconds)


def _given(result: _Change | FileOutcome) -> Callable[[], _Change | FileOutcome]:
    return lambda: result


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
