"""The two derived indexes of a library folder.

Both can be deleted at any time: the keyword index is made again from the store's passages, the FAISS index from its
vectors. The keyword index is written by one process and seen by all; each process holds the FAISS index in memory
and catches up by comparing ids with the store whenever the store's generation number has moved.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from embeddings import DenseIndex, IndexBusy, IndexDamaged, SparseIndex, unpack_vector
from qa.errors import LibraryBusy, LibraryDamaged
from qa.files import writing_to
from qa.storage.keyword_index import KeywordIndex, difference
from qa.storage.layout import Layout
from qa.storage.lock import WriteLock
from qa.storage.store import Ids, Store
from qa.types import Note

logger = logging.getLogger(__name__)

_VECTORS_AT_ONCE = 20_000


@contextmanager
def index_errors() -> Iterator[None]:
    """Turn the indexes' errors into those of the library."""
    try:
        yield
    except IndexBusy as error:
        raise LibraryBusy(f"another process is using an index of the library; try again. {error}") from error
    except IndexDamaged as error:
        raise LibraryDamaged(f"an index of the library is damaged: {error}. Make it again: qa check") from error


class Indexes:
    """FAISS and tantivy over one store. Thread-safe."""

    def __init__(self, layout: Layout, store: Store, write_lock: WriteLock) -> None:
        """Nothing is read before the first search."""
        self._layout, self._store = layout, store
        self._lock = threading.RLock()
        self._keywords = KeywordIndex(layout, store, write_lock, self._lock)
        self._words_seen = self._vectors_seen = -1
        self._passages = 0
        self._dense: DenseIndex | None = None
        self._dense_changed = False
        self._languages: list[str | None] = []

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._keywords.close()

    # --- searching ----------------------------------------------------------------------------------------------

    def by_words(self, question: str, k: int, rows: Sequence[int] | None) -> list[tuple[int, float]]:
        """(passage id, BM25) of the best ``k``, best first; ``rows``: only these documents."""
        with self._searching():
            return self._catch_up_words().search(question, k, languages=self._languages, groups=rows)

    def by_meaning(self, vector: NDArray[np.float32], k: int, only: Ids | None) -> list[tuple[int, float]]:
        """(passage id, cosine) of the best ``k``, best first; ``only``: only these passages."""
        with self._searching():
            self._catch_up_meaning()
            if self._dense is None:
                return []
            ids, scores = self._dense.search(vector, k, only)
        return [(int(row), float(score)) for row, score in zip(ids, scores, strict=True)]

    def weigh(self, question: str) -> dict[tuple[str, ...], float]:
        """Return the question's words with their weights (see ``SparseIndex.weigh``)."""
        with self._searching():
            return self._catch_up_words().weigh(question, self._languages)

    def notes(self) -> Iterator[Note]:
        """A note when passages have no vector here yet."""
        with self._searching():
            self._catch_up_words()
            waiting = self._passages - (len(self._dense) if self._dense is not None else 0)
        if waiting > 0:
            found = f"{waiting:,} of {self._passages:,} passages are found by their words only so far"
            yield Note("vectors_waiting", f"{found}: they have no vectors yet.")

    def warm_up(self) -> None:
        """Load what the first search would load."""
        with self._searching():
            self._catch_up_words()
            self._catch_up_meaning()

    @contextmanager
    def _searching(self) -> Iterator[None]:
        self._store.ensure_open()
        with index_errors(), self._lock:
            yield

    def _catch_up_words(self) -> SparseIndex:
        index, generation = self._keywords.current(), self._store.generation
        if generation != self._words_seen:
            self._languages = self._store.languages()
            self._passages = self._store.passage_count()
            self._words_seen = generation
        return index

    def _catch_up_meaning(self) -> None:
        generation = self._store.generation
        if generation == self._vectors_seen:
            return
        dim = int(self._store.meta("dim") or 0)
        if self._dense is None or self._dense.dim != dim:
            self._dense = self._load_dense(dim) if dim else None
        if self._dense is not None:
            self._match(self._dense)
        self._vectors_seen = generation

    def _match(self, dense: DenseIndex) -> None:
        """Bring the FAISS index to the store's state: the same ids (vectors of an id never change)."""
        wanted, present = self._store.ids_with_vectors(), dense.ids()
        gone = np.setdiff1d(present, wanted)
        new = np.setdiff1d(wanted, present)
        dense.remove(gone)
        vectors = self._store.vectors(new)
        while chunk := list(islice(vectors, _VECTORS_AT_ONCE)):
            ids = np.array([row for row, _ in chunk], dtype=np.int64)
            dense.add(ids, np.stack([unpack_vector(data) for _, data in chunk]))
        self._dense_changed = self._dense_changed or bool(len(gone) or len(new))

    def _load_dense(self, dim: int) -> DenseIndex:
        if os.path.isfile(self._layout.dense):
            try:
                return DenseIndex.load(self._layout.dense, dim)
            except IndexDamaged as error:
                logger.warning("%s. It is made again from the library's vectors.", error)
        return DenseIndex(dim)

    # --- writing ------------------------------------------------------------------------------------------------

    def index_words(self) -> None:
        """Bring the keyword index up to date with the passages added and removed; safe to repeat."""
        self._keywords.update()

    def finish(self) -> None:
        """End a change: leave no removed words in the keyword index, release its lock, and save the FAISS index."""
        self._keywords.finish()
        with self._lock, writing_to(self._layout.folder):
            self._catch_up_meaning()
            if self._dense is not None and self._dense_changed:
                self._dense.save(self._layout.dense)
                self._dense_changed = False

    # --- checking -----------------------------------------------------------------------------------------------

    def check(self, repair: bool, quick: bool) -> tuple[tuple[str, ...], bool]:
        """``problems``, and whether they were repaired; ``repair`` makes both indexes again where there are any."""
        problems = tuple(self.problems(quick))
        if not problems or not repair:
            return problems, False
        with self._store.writing() as change:
            change.drop_dangling()
        self.rebuild()
        return problems, not self.problems(quick)

    def problems(self, quick: bool) -> list[str]:
        """Return what is wrong in the store, and how the indexes differ from it, one sentence each.

        ``quick`` compares ids only; otherwise every byte is read and every vector compared.
        """
        with self._lock, writing_to(self._layout.folder):
            found = [*self._store.problems(quick), *self._keywords.problems(quick)]
            dim = int(self._store.meta("dim") or 0)
            if dim and os.path.isfile(self._layout.dense):
                try:
                    dense = DenseIndex.load(self._layout.dense, dim)
                except IndexDamaged as error:
                    return [*found, f"{error}."]
                found += difference("FAISS index", dense.ids(), self._store.ids_with_vectors())
                found += [] if quick else self._wrong_vectors(dense)
            elif dim and len(self._store.ids_with_vectors()):
                found.append("The FAISS index is missing on disk.")
        return found

    def _wrong_vectors(self, dense: DenseIndex) -> list[str]:
        indexed = dict(zip(dense.ids().tolist(), dense.vectors(), strict=True))
        wrong = sum(
            row in indexed and not np.array_equal(indexed[row], unpack_vector(data))
            for row, data in self._store.vectors(indexed)
        )
        return [f"{wrong} vectors of the FAISS index differ from the stored ones."] if wrong else []

    def rebuild(self) -> None:
        """Make both indexes again from the store."""
        with self._lock, writing_to(self._layout.folder):
            self._keywords.erase()
            self._layout.dense.unlink(missing_ok=True)
            self._dense, self._vectors_seen, self._words_seen, self._dense_changed = None, -1, -1, True
            self.index_words()
            self.finish()
