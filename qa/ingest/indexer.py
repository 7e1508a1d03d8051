"""Files → store and both indexes, in two phases: every file readable and findable by its words first, vectors as they
come. After an interruption, the next change goes on where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from embeddings import Encoder, IndexBusy, PassageVectors, pack_rows, pack_vector
from qa.errors import LibraryNotWritable, ModelError
from qa.files import open_foreign
from qa.ingest import batch as batches
from qa.ingest.batch import Batch, Change, Task, failure
from qa.ingest.discovery import FoundFile, find_files
from qa.ingest.ocr import MayRead, read_pages
from qa.ingest.pool import Pool
from qa.ingest.prepare import Preparer, embedded_title
from qa.ingest.progress import Meter, OnProgress
from qa.loaders import document_id, loaders_version, scanned_id
from qa.settings import Settings
from qa.storage import store as stores
from qa.storage.indexes import INDEXING_AGAIN, Indexes
from qa.storage.records import UNITS_INCOMPLETE, NewSource, StoredSource
from qa.storage.store import Store
from qa.types import READ_AGAIN, AddReport, FileOutcome, FileStatus, Progress, Source

_ENCODE_EVERY = 30.0
"""Seconds of OCR after which what it has found gets its vectors."""
_ENCODE_AT_ONCE = 64
"""Passages between two commits of vectors: about a second's work on two cores."""


class Indexer:
    """Writes to a library. The caller makes sure that nobody else does meanwhile."""

    def __init__(
        self,
        store: Store,
        indexes: Indexes,
        encoder: Encoder,
        settings: Settings,
        may_read: MayRead = lambda source: True,
    ) -> None:
        """``may_read``: see ``AddedHere.may_read``."""
        self._may_read = may_read
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
        """Add the files under ``paths``; the outcomes come in the order in which files were found.

        ``again``: look into files whose size and date are as before, too. ``skip``: tells of a path whether the user
        has removed it before.
        """
        found = [_unless(skip, item) for item in find_files(paths, max_file_bytes=self._settings.max_file_bytes)]
        known = {stored.source.path: stored for stored in self._store.sources()}
        changed = [f.size for f in found if isinstance(f, FoundFile) and (again or self._changed(f, known.get(f.path)))]
        begun: set[str] = set()
        outcomes: list[FileOutcome] = []
        batch = Batch()
        meter = Meter(Progress("read", 0, len(found), "files"), on_progress)
        with Pool(self._encoder, self._settings, len(changed), sum(changed)) as pool:
            tasks = (self._task(item, known.get(item.path), again, begun) for item in found)
            for done, (task, result) in enumerate(pool.map(tasks), 1):
                batch.append(task, result)
                if batch.is_full:
                    outcomes += self._commit(batch, known, upload)
                    batch = Batch()
                meter.report(done, task.found.path)
        return outcomes + self._commit(batch, known, upload)

    def read_again(self, sources: Sequence[Source], on_progress: OnProgress | None) -> list[FileOutcome]:
        """As ``add``, with the files of these sources, whatever their dates say."""
        outcomes = []
        for upload in (False, True):
            paths = [source.path for source in sources if source.upload == upload]
            outcomes += self.add(paths, on_progress, upload=upload, again=True)
        return outcomes

    def _task(self, item: FoundFile | FileOutcome, known: StoredSource | None, again: bool, begun: set[str]) -> Task:
        """Decide what is to be done about a file. ``begun``: ids of the documents that earlier files bring."""
        if isinstance(item, FileOutcome):
            return Task(failure(item.path, known, item.reason) if item.status == "failed" else item)
        if known and not again and not self._changed(item, known):
            return Task(FileOutcome(item.path, "unchanged", source_id=known.source.id))
        try:
            with open_foreign(item.path) as stream:
                identity = document_id(stream, item.path, self._settings.max_file_bytes)
        except OSError as error:
            return Task(failure(item.path, known, f"cannot be opened: {error.strerror}"))
        if self._store.document_row(scanned_id(identity)) is not None:
            identity = scanned_id(identity)
        new = identity not in begun and self._store.document_row(identity) is None
        if new:
            begun.add(identity)
        return Task(item, known, identity, must_read=new)

    def _changed(self, file: FoundFile, known: StoredSource | None) -> bool:
        """True if the file is new, or differs in size, dates, inode or loaders from what was read before."""
        return known is None or known.loaders != self._loaders or _differs(file, known)

    def _commit(self, batch: Batch, known: dict[str, StoredSource], upload: bool) -> list[FileOutcome]:
        """Save the batch in one transaction, then list it in the keyword index."""
        items = self._complete(batch)
        changes = [item for item in items if isinstance(item, Change)]
        if not changes:
            return [item for item in items if isinstance(item, FileOutcome)]
        moved = batches.moves(changes, known)
        for stored in moved.values():
            known.pop(stored.source.path)  # a later batch must not move it once more
        outcomes = []
        replaced: set[int] = set()
        with self._store.writing() as writing:
            writing.put_meta("model", self._encoder.name)  # the keys of the passages below are this model's
            for item in items:
                if isinstance(item, Change):
                    outcomes.append(self._save(writing, item, moved.get(item.file.path), upload, replaced))
                else:
                    outcomes.append(item)
            writing.drop_orphans(replaced)
        with suppress(LibraryNotWritable, IndexBusy):  # saved is saved; the end of the change tries again, and says so
            self._indexes.index_words()
        return outcomes

    def _complete(self, batch: Batch) -> list[Change | FileOutcome]:
        """Read those files of the batch here whose document was to come from elsewhere and did not: the file with the
        same content could not be read either, or the document has lost its last source meanwhile."""
        coming = {change.document_id for change in batch.changes if change.prepared}
        complete = Batch()
        with Preparer(self._encoder, self._settings) as preparer:
            for item in batch.items:
                if isinstance(item, Change) and item.document_id not in coming and self._is_missing(item):
                    task = Task(item.file, item.known, item.document_id)
                    complete.append(task, preparer.attempt(Path(item.file.path)))
                else:
                    complete.items.append(item)
        return complete.items

    def _is_missing(self, change: Change) -> bool:
        return self._store.document_row(change.document_id) is None

    def _save(
        self, writing: stores.Change, change: Change, moved: StoredSource | None, upload: bool, replaced: set[int]
    ) -> FileOutcome:
        """Save one file. ``replaced``: gets the row of the document that it had before."""
        file, prepared = change.file, change.prepared
        row = self._store.document_row(change.document_id)
        if row is None:
            assert prepared is not None
            row = writing.put_document(prepared.document, Path(file.path).name, prepared.passages)
            writing.put_scans(row, {page - 1: None for page in prepared.waiting_pages})
        if moved:
            writing.move_source(moved.source.id, file.path, file.root, file.modified_ns)
        title = self._store.document_title(row) or Path(file.path).name
        now = datetime.now(UTC).isoformat(timespec="seconds")
        source = NewSource(
            file.path, file.root, title, upload, file.size, file.modified_ns, now, self._loaders, file.stamp
        )
        source_id, before = writing.put_source(source, row)
        if before is not None:
            replaced.add(before)
        same = change.known is not None and change.known.source.document_id == change.document_id
        status: FileStatus = "moved" if moved else "unchanged" if same else "updated" if change.known else "added"
        reason = READ_AGAIN if status == "updated" and change.known and not _differs(file, change.known) else ""
        return FileOutcome(file.path, status, reason, source_id, prepared.notes if prepared else ())

    # --- phase 2: pages → words, passages → vectors ------------------------------------------------------------------

    def complete(
        self, on_progress: OnProgress | None, should_stop: Callable[[], bool] | None = None
    ) -> tuple[int, list[FileOutcome]]:
        """Make the missing vectors, and read the pages that wait for OCR; return how many passages got vectors, and an
        outcome for each document that got words. ``should_stop``: as in ``encode``."""
        made, outcomes = self.encode(on_progress, should_stop), list[FileOutcome]()
        if should_stop and should_stop():
            return made, outcomes
        with Preparer(self._encoder, self._settings) as preparer:
            read = read_pages(
                self._store, self._indexes, preparer, self._settings, self._may_read, on_progress, should_stop
            )
            begun = time.monotonic()
            for outcome in read:
                outcomes.append(outcome)
                if time.monotonic() - begun > _ENCODE_EVERY:
                    made += self.encode(on_progress, should_stop)
                    begun = time.monotonic()
        return made + self.encode(on_progress, should_stop), outcomes

    def encode(self, on_progress: OnProgress | None, should_stop: Callable[[], bool] | None = None) -> int:
        """Make the missing vectors, the longest passages first; return how many. Each batch is saved at once, and
        ``should_stop`` is asked after it."""
        keys = self._store.waiting_keys()
        if not keys:
            return 0
        with self._store.writing() as writing:
            writing.put_meta("dim", str(self._encoder.dim))
        meter = Meter(Progress("encode", 0, len(keys), "passages"), on_progress)
        for first in range(0, len(keys), _ENCODE_AT_ONCE):
            passages = self._store.waiting(keys[first : first + _ENCODE_AT_ONCE])
            vectors = self._encoder.encode_passages(list(passages.values()))
            rows = [self._packed(key, found) for key, found in zip(passages, vectors, strict=True)]
            with self._store.writing() as writing:
                writing.put_vectors(rows)
            done = min(first + _ENCODE_AT_ONCE, len(keys))
            meter.report(done)
            if should_stop and should_stop():
                return done
        return len(keys)

    def _packed(self, key: bytes, vectors: PassageVectors) -> tuple[bytes, bytes, bytes]:
        if not np.isfinite(vectors.passage).all() or not np.isfinite(vectors.sentences).all():
            raise ModelError(f"{self._encoder.name} gave a vector that is not made of finite numbers.")
        return key, pack_vector(vectors.passage), pack_rows(vectors.sentences)

    def complete_units(self) -> None:
        """Split the texts of a library of an older format again, of which only some units were saved."""
        if self._store.meta(UNITS_INCOMPLETE):
            self.split_again(keep_vectors=True)

    def split_again(self, *, keep_vectors: bool = False) -> None:
        """Make all passages anew from the saved texts for this encoder. ``keep_vectors``: those that fit stay."""
        preparer = Preparer(self._encoder, self._settings)
        with self._store.writing() as writing:  # one transaction: the model's name and its keys belong together
            writing.put_meta("model", self._encoder.name)
            writing.put_meta(UNITS_INCOMPLETE, None)
            writing.put_meta(INDEXING_AGAIN, "1")
            if not keep_vectors:
                writing.put_meta("dim", "0")
                writing.drop_vectors()
            for row in self._store.document_rows():
                document = self._store.documents([row])[row]
                passages = preparer.passages(document, embedded_title(document, self._store.document_name(row)))
                writing.replace_passages(row, document.text, passages)
        self._indexes.index_words()

    def report(self, outcomes: Sequence[FileOutcome], on_progress: OnProgress | None, vectors: bool) -> AddReport:
        """End a piece of work: make the missing vectors, if ``vectors``, and say what became of the files."""
        read = time.perf_counter()
        if vectors:
            outcomes = _merged(outcomes, self.complete(on_progress)[1])
        seconds = {"read": read - self._started, "encode": time.perf_counter() - read}
        counts = self._store.counts()
        return AddReport(tuple(outcomes), 0 if vectors else counts.waiting, counts.waiting_pages, seconds)


def _differs(file: FoundFile, known: StoredSource) -> bool:
    if known.stamp and known.stamp != file.stamp:
        return True
    return (known.source.size, known.source.modified_ns) != (file.size, file.modified_ns)


def _merged(outcomes: Sequence[FileOutcome], later: Sequence[FileOutcome]) -> list[FileOutcome]:
    """Return these outcomes with the notes of what became of the same sources later; others come after them."""
    after = {outcome.source_id: outcome for outcome in later}
    merged = []
    for outcome in outcomes:
        last = after.pop(outcome.source_id, None) if outcome.source_id is not None else None
        if last and outcome.status == "unchanged":
            merged.append(replace(last, path=outcome.path))
        else:
            merged.append(replace(outcome, reason=outcome.reason or last.reason, notes=last.notes) if last else outcome)
    return [*merged, *after.values()]


def _unless(skip: Callable[[str], bool], item: FoundFile | FileOutcome) -> FoundFile | FileOutcome:
    if isinstance(item, FoundFile) and skip(item.path):
        return FileOutcome(item.path, "skipped", "removed from the library before; add it by name to have it again")
    return item
