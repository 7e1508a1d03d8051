"""The pages of PDFs and picture files as pictures, with the quote's rectangles, drawn from the file while its bytes are
still the document's.

A PDF can be malicious: a reading process (``qa.loaders.sandbox.parent``) opens it with limits on time and memory.
"""

from __future__ import annotations

import io
import stat
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from starlette.exceptions import HTTPException

from qa.errors import FileError
from qa.library import Library
from qa.loaders import document_id as id_of_bytes
from qa.loaders import scanned_id
from qa.loaders.sandbox.parent import IsolatedReader, Limits
from qa.types import Document, Source
from qa.web.scanned_words import scanned_lines

MAX_WIDTH = 3000
MAX_PIXELS = 6_000_000
"""Of one picture: a page of A4 at 2,000 pixels across."""
MAX_QUOTE_CHARS = 20_000
"""How much of a range gets rectangles."""
PAGE_SECONDS = 20.0

CACHED_PICTURE_BYTES = 24 * 1024 * 1024
CACHED_FILE_BYTES = 64 * 1024 * 1024
"""Up to this size, the last file stays in memory, so that turning its pages does not read it again."""
IDLE_SECONDS = 120.0

_MAX_TEXT_CHARS = 1_000_000
_T = TypeVar("_T")
_TEXT_STAYS = "The text that was read from it is still available."


@dataclass(frozen=True, slots=True)
class _File:
    """A file whose bytes are known to be a document's, as long as its size and modification time stay the same."""

    document_id: str
    path: str
    size: int
    modified_ns: int
    data: bytes


class PagePictures:
    """Draws pages of a library's PDFs and pictures, one after another. Methods may be called from any thread."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._reader = IsolatedReader(Limits(PAGE_SECONDS, library.settings.read_memory_bytes, _MAX_TEXT_CHARS))
        self._lock = threading.Lock()
        self._file: _File | None = None
        self._cached: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._idle: threading.Timer | None = None

    def pages(self, document_id: str, start: int, end: int) -> dict[str, Any]:
        """The number of pages, their labels, the first page to show, and the rectangles of ``text[start:end]`` by page.

        Raises ``NotFoundError`` for an unknown document, else ``HTTPException`` with words for people.
        """
        document = self._with_pages(document_id)
        count = document.report.pages or len(document.page_starts)
        end = min(end, start + MAX_QUOTE_CHARS)
        scanned = scanned_lines(document, start, end)
        wanted = {**{page: [] for page in scanned}, **runs(document, start, end)}
        first = min(wanted, default=min(document.page_of(start) or 1, count))
        data, path = self._bytes(document)
        by_index = {number - 1: found for number, found in (wanted or {first: []}).items()}
        sheets = self._reading(lambda: self._reader.find_on_pages(path, data, by_index))
        for number, lines in scanned.items():
            sheets[number - 1] = replace(sheets[number - 1], rectangles=lines)
        return {
            "count": count,
            "labels": list(document.page_labels) or [str(number + 1) for number in range(count)],
            "first": first,
            "sheets": {index + 1: asdict(sheet) for index, sheet in sheets.items()},
            "notes": {note.page: _sentence(note.message) for note in document.report.notes if note.page is not None},
        }

    def picture(self, document_id: str, page: int, width: int) -> bytes:
        """The page (from 1) as a PNG. Raises as ``pages``."""
        document, key = self._with_pages(document_id), (document_id, page, width)
        with self._lock:
            if key in self._cached:
                self._cached.move_to_end(key)
                return self._cached[key]
        data, path = self._bytes(document)
        drawn = self._reading(lambda: self._reader.draw(path, data, page - 1, width, MAX_PIXELS))
        with self._lock:
            self._cached[key] = drawn
            while len(self._cached) > 1 and sum(map(len, self._cached.values())) > CACHED_PICTURE_BYTES:
                self._cached.popitem(last=False)
        return drawn

    def close(self) -> None:
        """End the process and release the memory; a later call starts again."""
        with self._lock:
            self._cached.clear()
            self._file = None
            if self._idle:
                self._idle.cancel()
        self._reader.close()

    def _reading(self, work: Callable[[], _T]) -> _T:
        """The result of ``work``; ``close`` follows ``IDLE_SECONDS`` after the last one."""
        with self._lock:
            if self._idle:
                self._idle.cancel()
            self._idle = threading.Timer(IDLE_SECONDS, self.close)
            self._idle.daemon = True
            self._idle.start()
        try:
            return work()
        except FileError as error:
            raise HTTPException(422, f"This page cannot be shown as a picture: {error.reason}.") from error

    def _with_pages(self, document_id: str) -> Document:
        document = self._library.document(document_id)
        if not has_pictures(document):
            raise HTTPException(404, "Only PDF files and pictures have pages to show as pictures.")
        return document

    def _bytes(self, document: Document) -> tuple[bytes, str]:
        """The file's bytes and its path, from the first of the document's sources whose file is unchanged."""
        reason = "It is no longer in your library."
        for source in self._library.sources():
            if source.document_id == document.id:
                found = self._file_of(source)
                if isinstance(found, _File):
                    return found.data, found.path
                reason = found
        raise HTTPException(410, reason)

    def _file_of(self, source: Source) -> _File | str:
        """The file of a source, or why it cannot be used."""
        path = Path(source.path)
        if not self._library.added.may_read(source):
            return f"{path.name} was not added on this machine, so it is not opened. {_TEXT_STAYS}"
        try:
            found = path.stat()
            if not stat.S_ISREG(found.st_mode):
                return f"{path.name} is no longer a file, so its pages cannot be shown. {_TEXT_STAYS}"
            state = (source.document_id, source.path, found.st_size, found.st_mtime_ns)
            with self._lock:
                last = self._file
            if last and (last.document_id, last.path, last.size, last.modified_ns) == state:
                return last
            data = path.read_bytes() if found.st_size <= self._library.settings.max_file_bytes else b""
            identity = id_of_bytes(io.BytesIO(data), source.path, len(data))
            known = source.document_id in (identity, scanned_id(identity))
        except FileNotFoundError:
            return f"{path.name} is no longer where it was, so its pages cannot be shown. {_TEXT_STAYS}"
        except (OSError, FileError):
            return f"{path.name} cannot be opened, so its pages cannot be shown. {_TEXT_STAYS}"
        if not known:
            return f"{path.name} has changed since it was read, so its pages cannot be shown. {_TEXT_STAYS}"
        file = _File(*state, data)
        with self._lock:
            self._file = file if len(data) <= CACHED_FILE_BYTES else None
        return file


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def has_pictures(document: Document) -> bool:
    """True if the document was read from a PDF or a picture, so that its pages can be drawn."""
    return document.report.loader.startswith(("pdf/", "picture/"))


def runs(document: Document, start: int, end: int) -> dict[int, list[tuple[int, int]]]:
    """Page (from 1) → the runs of its characters (index, count) that ``text[start:end]`` was read from, in order."""
    found: dict[int, list[tuple[int, int]]] = {}
    spans = document.source_map
    for span in spans[bisect_right(spans, start, key=lambda span: span.end) :]:
        if span.start >= end:
            break
        left, right = max(span.start, start), min(span.end, end)
        if left < right and span.page is not None and span.char is not None:
            found.setdefault(span.page + 1, []).append((span.char + left - span.start, right - left))
    return found
