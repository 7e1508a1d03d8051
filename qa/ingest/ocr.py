"""The part of phase 2 that reads pages by OCR. What is found on a page is saved at once; when all pages of a document
are read, the document is replaced by one with their words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from embeddings import IndexBusy
from qa.codec import from_bytes, to_bytes
from qa.errors import FileError, LibraryNotWritable
from qa.files import open_foreign
from qa.ingest.prepare import Prepared, Preparer
from qa.ingest.progress import Meter, OnProgress
from qa.loaders import FileReader, Scan, document_id, ocr_is_installed, scanned_id
from qa.settings import Settings
from qa.storage.indexes import Indexes
from qa.storage.records import NewSource, StoredSource
from qa.storage.store import Store
from qa.types import FileOutcome, Progress, Source

MayRead = Callable[[Source], bool]


def read_pages(
    store: Store,
    indexes: Indexes,
    preparer: Preparer,
    settings: Settings,
    may_read: MayRead,
    on_progress: OnProgress | None,
    should_stop: Callable[[], bool] | None,
) -> Iterator[FileOutcome]:
    """Read the pages that wait for it, and yield an outcome for each document that is complete.

    ``may_read``: see ``AddedHere.may_read``. ``should_stop`` is asked after each page. Documents whose file is gone or
    has changed are left for the next sync.
    """
    waiting = store.scans() if ocr_is_installed() else {}
    if not waiting:
        return
    total = sum(found is None for pages in waiting.values() for found in pages.values())
    meter, done = Meter(Progress("ocr", 0, total, "pages"), on_progress), 0
    by_row: dict[int, list[StoredSource]] = {}
    for stored in store.sources():
        by_row.setdefault(stored.document_row, []).append(stored)
    with FileReader(settings, seconds=settings.ocr_seconds) as reader:
        for row, pages in waiting.items():
            known = by_row.get(row, [])
            path = next((Path(each.source.path) for each in known if _is_same(each.source, may_read, settings)), None)
            if path is None:
                continue
            for page, found in pages.items():
                if found is not None:
                    continue
                meter.report(done, str(path))
                pages[page] = _found_on(reader, path, page)
                with store.writing() as writing:
                    writing.put_scans(row, {page: pages[page]})
                done += 1
                meter.report(done, str(path))
                if should_stop and should_stop():
                    return
            yield from _replace(store, preparer, known, row, path, pages)
            with suppress(LibraryNotWritable, IndexBusy):  # saved is saved; the end of the change tries again
                indexes.index_words()


def _is_same(source: Source, may_read: MayRead, settings: Settings) -> bool:
    """True if the file is the one that was read, and may be opened."""
    if not may_read(source):
        return False
    try:
        with open_foreign(source.path) as stream:
            return document_id(stream, source.path, settings.max_file_bytes) == source.document_id
    except OSError:
        return False


def _found_on(reader: FileReader, path: Path, page: int) -> str:
    """What OCR finds on the page, as JSON; or why it cannot be read, which begins with no brace."""
    try:
        return to_bytes(reader.scan(path, page)).decode()
    except FileError as error:
        return error.reason


def _replace(
    store: Store,
    preparer: Preparer,
    known: list[StoredSource],
    row: int,
    path: Path,
    pages: Mapping[int, str | None],
) -> Iterator[FileOutcome]:
    """Replace the document of these sources by one with the words of its scanned pages."""
    scans = {
        page: from_bytes(Scan, found.encode()) if found.startswith("{") else found
        for page, found in pages.items()
        if found is not None
    }
    try:
        prepared = preparer.prepare(path, scans)
    except FileError as error:
        with store.writing() as writing:
            writing.drop_scans(row)
        yield FileOutcome(str(path), "kept_old", f"{error.reason}; its scanned pages are left out", known[0].source.id)
        return
    if prepared.document.id != scanned_id(known[0].source.document_id):
        return  # the file has changed meanwhile
    with store.writing() as writing:
        new = store.document_row(prepared.document.id)
        if new is None:
            new = writing.put_document(prepared.document, path.name, prepared.passages)
        for stored in known:
            writing.put_source(_renewed(stored, prepared), new)
        writing.drop_orphans([row])
    for stored in known:
        yield FileOutcome(stored.source.path, "updated", "", stored.source.id, prepared.notes)


def _renewed(stored: StoredSource, prepared: Prepared) -> NewSource:
    source = stored.source
    title = prepared.document.title or Path(source.path).name
    return NewSource(
        source.path,
        source.root,
        title,
        source.upload,
        source.size,
        source.modified_ns,
        source.added,
        stored.loaders,
        stored.stamp,
    )
