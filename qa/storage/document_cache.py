"""The recently used documents, in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock

from qa.types import Document

_CACHED_CHARS = 50_000_000


class DocumentCache:
    """Up to 50 million characters of documents. Thread-safe; documents never change."""

    def __init__(self, read: Callable[[Iterable[int]], dict[int, Document]]) -> None:
        """``read``: returns documents by row; unknown rows are left out."""
        self._read, self._lock = read, Lock()
        self._cached: OrderedDict[int, Document] = OrderedDict()
        self._chars = 0

    def get(self, rows: Iterable[int]) -> dict[int, Document]:
        """Return documents by row; unknown rows are left out."""
        wanted = set(rows)
        with self._lock:
            found = {row: self._cached[row] for row in wanted if row in self._cached}
            for row in found:
                self._cached.move_to_end(row)
        new = self._read(wanted - found.keys()) if len(found) < len(wanted) else {}
        with self._lock:
            for row, document in new.items():
                if row not in self._cached:
                    self._cached[row] = document
                    self._chars += len(document.text)
            while self._chars > _CACHED_CHARS and len(self._cached) > 1:
                _, oldest = self._cached.popitem(last=False)
                self._chars -= len(oldest.text)
        return found | new
