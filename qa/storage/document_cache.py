"""Documents that were lately shown, held in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from qa.storage.store import Store
from qa.types import Document

_CACHED_CHARS = 50_000_000


class DocumentCache:
    """Documents that were lately shown, up to 50 million characters of them. Thread-safe; documents never change."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, Lock()
        self._kept: OrderedDict[int, Document] = OrderedDict()
        self._chars = 0

    def get(self, rows: Iterable[int]) -> dict[int, Document]:
        """Documents by row; unknown rows are left out."""
        wanted = set(rows)
        with self._lock:
            found = {row: self._kept[row] for row in wanted if row in self._kept}
            for row in found:
                self._kept.move_to_end(row)
        new = self._store.documents(wanted - found.keys()) if len(found) < len(wanted) else {}
        with self._lock:
            for row, document in new.items():
                if row not in self._kept:
                    self._kept[row] = document
                    self._chars += len(document.text)
            while self._chars > _CACHED_CHARS and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self._chars -= len(oldest.text)
        return found | new
