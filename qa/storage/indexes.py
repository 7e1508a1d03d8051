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
from contextlib import AbstractContextManager, contextmanager
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from embeddings import DenseIndex, IndexDamaged, SparseIndex, unpack_vector
from qa.errors import LibraryDamaged, LibraryNotWritable
from qa.files import writing_to
from qa.storage.layout import Layout
from qa.storage.records import decoding
from qa.storage.store import Ids, Store
from qa.types import Note

logger = logging.getLogger(__name__)

_VECTORS_AT_ONCE = 20_000
_ROWS_AT_ONCE = 50_000
_REWRITES = 3
"""A second round is needed where the engine has merged parts meanwhile."""


class Indexes:
    """FAISS and tantivy over one store. Thread-safe."""

    def __init__(self, layout: Layout, store: Store) -> None:
        """Raises ``IndexDamaged`` when the keyword index is lost or cannot be read: then call ``erase_sparse``."""
        self._layout, self._store = layout, store
        self._lock = threading.RLock()
        self._words_seen = self._vectors_seen = -1
        self._passages = 0
        self._dense: DenseIndex | None = None
        self._dense_changed = False
        self._languages: list[str | None] = []
        if not SparseIndex.exists(layout.sparse) and store.any_indexed():
            raise IndexDamaged(f"{layout.sparse} is missing")
        self._sparse = SparseIndex(layout.sparse)

    @classmethod
    def open(cls, layout: Layout, store: Store, lock: AbstractContextManager[None]) -> Indexes:
        """The indexes; a lost or damaged keyword index is made again under ``lock``, the right to write.

        Raises ``LibraryNotWritable`` when it cannot be, and what taking the lock raises.
        """
        try:
            return cls(layout, store)
        except IndexDamaged:
            with lock, writing_to(layout.folder):
                try:
                    cls.erase_sparse(layout, store)
                    indexes = cls(layout, store)
                    indexes.index_words()
                    indexes.finish()
                except IndexDamaged as error:
                    folder = layout.folder
                    raise LibraryNotWritable(f"the keyword index in {folder} cannot be made again: {error}") from error
        return indexes

    @staticmethod
    def erase_sparse(layout: Layout, store: Store) -> None:
        """Delete a damaged keyword index; ``index_words`` of a new ``Indexes`` makes it again."""
        SparseIndex.erase(layout.sparse)
        with store.writing() as change:
            change.index_again(None)

    # --- searching ----------------------------------------------------------------------------------------------

    def by_words(self, question: str, k: int, rows: Sequence[int] | None) -> list[tuple[int, float]]:
        """(passage id, BM25) of the best ``k``, best first; ``rows``: only these documents."""
        with self._searching():
            self._catch_up_words()
            return self._sparse.search(question, k, languages=self._languages, groups=rows)

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
            self._catch_up_words()
            return self._sparse.weigh(question, self._languages)

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
        try:
            with self._lock:
                yield
        except IndexDamaged as error:
            raise LibraryDamaged(f"an index of the library is damaged: {error}. Make it again: qa check") from error

    def _catch_up_words(self) -> None:
        generation = self._store.generation
        if generation != self._words_seen:
            self._sparse.reload()
            self._languages = self._store.languages()
            self._passages = self._store.passage_count()
            self._words_seen = generation

    @decoding()
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
        while True:
            removed = self._store.to_unindex()
            rows = self._store.to_index(_ROWS_AT_ONCE)
            if not rows and not removed:
                return
            with writing_to(self._layout.folder):
                if removed:
                    self._sparse.remove(removed)
                if rows:
                    self._sparse.add(rows)
                with self._lock:  # searches go on until here
                    self._sparse.commit()
            with self._store.writing() as change:
                change.set_indexed(rows[-1].id if rows else 0, removed)

    def finish(self) -> None:
        """End a change: leave no removed words in the keyword index, release its lock, and save the FAISS index."""
        with writing_to(self._layout.folder):
            self._sparse.release()
            self._erase_removed_words()
            with self._lock:
                self._catch_up_meaning()
                if self._dense is not None and self._dense_changed:
                    self._dense.save(self._layout.dense)
                    self._dense_changed = False

    def _erase_removed_words(self) -> None:
        """Write the parts of the keyword index that hold removed rows again without them.

        Costs the listing of the rows beside them: of a document added by itself nothing, in the worst case all.
        """
        for _ in range(_REWRITES):
            with self._lock:
                beside = self._sparse.beside_removed()
            if not beside:
                return
            with self._store.writing() as change:
                change.index_again(beside)  # so that a kill before the commit loses none of them
            self._sparse.remove(beside)
            self.index_words()
            with self._lock:
                self._sparse.commit()
            self._sparse.release()

    # --- checking -----------------------------------------------------------------------------------------------

    def check(self, repair: bool) -> tuple[tuple[str, ...], bool]:
        """``problems``, and whether they were repaired; ``repair`` makes both indexes again where there are any."""
        problems = tuple(self.problems())
        if problems and repair:
            self.rebuild()
        elif repair:
            self.index_words()  # left by an interrupted change
        return problems, bool(problems) and repair and not self.problems()

    def problems(self) -> list[str]:
        """Return how the indexes differ from the store, one sentence each. Compares ids, and every vector.

        Passages that the keyword index still has to take over or drop are not a difference.
        """
        found = []
        with self._lock, writing_to(self._layout.folder):
            if damaged := self._sparse.damaged_files():
                found.append(f"The keyword index has damaged files: {', '.join(damaged)}.")
            else:
                self._sparse.reload()
                listed, stored = np.array(self._sparse.ids(), np.int64), self._store.passage_ids()
                pending = self._store.pending_ids()
                found += _difference("keyword index", np.setdiff1d(listed, pending), np.setdiff1d(stored, pending))
            dim = int(self._store.meta("dim") or 0)
            if dim and os.path.isfile(self._layout.dense):
                try:
                    dense = DenseIndex.load(self._layout.dense, dim)
                except IndexDamaged as error:
                    return [*found, f"{error}."]
                found += _difference("FAISS index", dense.ids(), self._store.ids_with_vectors())
                found += self._wrong_vectors(dense)
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
            self._sparse.release()
            self.erase_sparse(self._layout, self._store)
            self._sparse = SparseIndex(self._layout.sparse)
            self._layout.dense.unlink(missing_ok=True)
            self._dense, self._vectors_seen, self._words_seen, self._dense_changed = None, -1, -1, True
            self.index_words()
            self.finish()


def _difference(name: str, present: Ids, wanted: Ids) -> list[str]:
    missing, extra = len(np.setdiff1d(wanted, present)), len(np.setdiff1d(present, wanted))
    if not missing and not extra:
        return []
    return [f"The {name} misses {missing} passages and has {extra} that are no longer in the library."]
