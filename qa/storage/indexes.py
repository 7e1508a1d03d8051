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

from embeddings import DenseIndex, ForkedProcess, IndexBusy, IndexDamaged, SparseIndex, unpack_vector
from qa.errors import LibraryBusy, LibraryDamaged, LibraryError, LibraryNotWritable
from qa.files import writing_to
from qa.storage.index_problems import vector_problems, word_problems
from qa.storage.layout import Layout
from qa.storage.lock import WriteLock
from qa.storage.records import decoding
from qa.storage.store import Ids, Store
from qa.types import Note

logger = logging.getLogger(__name__)

_VECTORS_AT_ONCE = 20_000
_ROWS_AT_ONCE = 50_000
INDEXING_AGAIN = "indexing_again"
"""Key in the store: passages that were searchable are missing in the keyword index until all are listed again."""
_REWRITES = 3
"""A second round is needed where the engine has merged parts meanwhile."""


@contextmanager
def index_errors() -> Iterator[None]:
    """Turn the errors of both indexes into the library's."""
    try:
        yield
    except IndexDamaged as error:
        raise LibraryDamaged(f"an index of the library is damaged: {error}. Make it again: qa check") from error
    except IndexBusy as error:
        raise LibraryBusy(f"another program is writing to an index of the library: {error}") from error
    except ForkedProcess as error:
        raise LibraryError(str(error)) from error


class Indexes:
    """FAISS and tantivy over one store. Thread-safe."""

    def __init__(self, layout: Layout, store: Store, right_to_write: WriteLock) -> None:
        """Both indexes are opened at first use."""
        self._layout, self._store, self._right_to_write = layout, store, right_to_write
        self._lock = threading.RLock()
        self._words_seen = self._vectors_seen = -1
        self._passages = 0
        self._dense: DenseIndex | None = None
        self._dense_changed = False
        self._compared = False
        """True once this process has found the ids of the keyword index to be those of the store."""
        self._languages: list[str | None] = []
        self._on_disk: SparseIndex | None = None
        self._in_memory: SparseIndex | None = None
        """Searched instead of the one on disk while that is behind the store and cannot be brought up to it."""

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
        self._store.generation  # noqa: B018 – in a fork, it raises, where the lock might never be free
        with index_errors(), self._lock:
            yield

    def _catch_up_words(self) -> SparseIndex:
        """The keyword index that is to be searched."""
        generation = self._store.generation
        if generation != self._words_seen:
            if on_disk := self._brought_up():
                on_disk.reload()
                self._in_memory = None
            else:
                self._in_memory = self._matched(self._in_memory or SparseIndex(None))
            self._languages = self._store.languages()
            self._passages = self._store.passage_count()
            # What another process is adding may have to be listed here, if it is killed.
            self._words_seen = -1 if self._in_memory is None and self._is_behind() else generation
        return self._in_memory or self._sparse

    def _is_behind(self) -> bool:
        """True if the keyword index on disk does not have just the passages of the store.

        All ids are compared once, as the database may be another one than the index was made from: a new one, or an
        earlier one out of a backup.
        """
        if self._store.to_index(1).size or self._store.to_unindex():
            return True
        if not self._compared:
            self._sparse.reload()
            self._compared = np.array_equal(np.array(self._sparse.ids(), np.int64), self._store.passage_ids())
        return not self._compared

    def _brought_up(self) -> SparseIndex | None:
        """The keyword index on disk, with all that an interrupted change left; None where nobody can write to it, and
        while another process makes it again. What another process is just adding comes when that process lists it."""
        try:
            if not SparseIndex.exists(self._layout.sparse) or self._is_behind():
                with self._right_to_write.held(wait=False):
                    self.bring_up()
            return self._sparse
        except LibraryBusy:
            again = self._store.meta(INDEXING_AGAIN) is not None or not SparseIndex.exists(self._layout.sparse)
            return None if again else self._sparse
        except (LibraryNotWritable, IndexBusy):
            return None
        except IndexDamaged:
            try:
                with self._right_to_write.held(wait=False):
                    self.bring_up()
                return self._sparse
            except (LibraryBusy, LibraryNotWritable, IndexBusy):
                return None

    @property
    def _sparse(self) -> SparseIndex:
        """The keyword index on disk. Raises ``IndexDamaged`` when it cannot be read."""
        with self._lock:  # a writer must go on with the one that it has begun with
            if self._on_disk is None:
                self._on_disk = SparseIndex(self._layout.sparse)
            return self._on_disk

    def _matched(self, sparse: SparseIndex) -> SparseIndex:
        """A keyword index brought to the store's passages by comparing ids (the words of an id never change)."""
        wanted, present = self._store.passage_ids(), np.array(sparse.ids(), np.int64)
        sparse.remove(np.setdiff1d(present, wanted).tolist())
        new = np.setdiff1d(wanted, present)
        for first in range(0, len(new), _ROWS_AT_ONCE):
            sparse.add(self._store.sparse_rows(new[first : first + _ROWS_AT_ONCE].tolist()))
        sparse.commit()
        sparse.release()
        return sparse

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

    def bring_up(self) -> None:
        """Begin a change: list what an interrupted one left, make a lost or unreadable keyword index again, and let
        both indexes drop what is not in the store, as its ids may be given to other passages.

        Raises ``LibraryNotWritable``.
        """
        try:
            with writing_to(self._layout.folder):
                lost = not SparseIndex.exists(self._layout.sparse) and self._store.any_indexed()
                self._on_disk = None if lost else self._sparse
        except IndexDamaged:
            lost = True
        try:
            if lost:
                self._erase_sparse()
            first = not self._compared
            if self._is_behind():
                self.index_words()
                self._matched(self._sparse)
                self._compared = True
            if first:
                self.finish()
        except IndexDamaged as error:
            folder = self._layout.folder
            raise LibraryNotWritable(f"the keyword index in {folder} cannot be made again: {error}") from error

    def _erase_sparse(self) -> None:
        """Delete the keyword index; ``index_words`` makes it again."""
        with self._store.writing() as change:
            change.put_meta(INDEXING_AGAIN, "1")
            change.index_again(None)
        self._on_disk = None
        SparseIndex.erase(self._layout.sparse)

    def index_words(self) -> None:
        """Bring the keyword index up to date with the passages added and removed; safe to repeat."""
        while True:
            removed = self._store.to_unindex()
            rows = self._store.sparse_rows(self._store.to_index(_ROWS_AT_ONCE))
            if not rows and not removed:
                break
            with writing_to(self._layout.folder):
                if removed:
                    self._sparse.remove(removed)
                if rows:
                    self._sparse.add(rows)
                with self._lock:  # searches go on until here
                    self._sparse.commit()
            with self._store.writing() as change:
                change.set_indexed(rows[-1].id if rows else 0, removed)
        if self._store.meta(INDEXING_AGAIN):
            with self._store.writing() as change:
                change.put_meta(INDEXING_AGAIN, None)

    def finish(self) -> None:
        """End a change: leave no removed words in the keyword index, release its lock, and save the FAISS index."""
        with writing_to(self._layout.folder):
            self._sparse.release()
            self._erase_removed_words()
            with self._lock:
                self._catch_up_meaning()
                if self._dense is None:
                    self._layout.dense.unlink(missing_ok=True)
                elif self._dense_changed:
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

    @index_errors()
    def check(self, repair: bool, quick: bool) -> tuple[tuple[str, ...], bool]:
        """``problems``, and whether they were repaired; ``repair`` makes both indexes again where there are any."""
        problems = tuple(self.problems(quick))
        if not repair:
            return problems, False
        self.bring_up()
        if problems and (left := self.problems(quick)):
            self.rebuild()
            left = self.problems(quick)
        return problems, bool(problems) and not left

    def problems(self, quick: bool = False) -> list[str]:
        """Return how the indexes differ from the store, one sentence each. ``quick``: compares ids only, not checksums
        and vectors. The caller has the right to write, so that nothing is on its way."""
        with self._lock, writing_to(self._layout.folder):
            try:
                sparse = self._sparse if SparseIndex.exists(self._layout.sparse) else None
                words = word_problems(sparse, self._store, quick)
            except IndexDamaged as error:
                words = [f"{error}."]
            return words + vector_problems(self._layout.dense, self._store, quick)

    def rebuild(self) -> None:
        """Make both indexes again from the store."""
        with self._lock, writing_to(self._layout.folder):
            if self._on_disk is not None:
                self._on_disk.release()
            self._erase_sparse()
            self._layout.dense.unlink(missing_ok=True)
            self._dense, self._vectors_seen, self._words_seen, self._dense_changed = None, -1, -1, True
            self.index_words()
            self.finish()
