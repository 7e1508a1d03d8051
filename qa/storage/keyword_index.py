"""The keyword index of a library: written by one process, and searched by all without missing anything."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import RLock

import numpy as np

from embeddings import IndexDamaged, SparseIndex
from qa.errors import LibraryBusy, LibraryNotWritable
from qa.files import writing_to
from qa.storage.layout import Layout
from qa.storage.lock import WriteLock
from qa.storage.store import Store

_ROWS_AT_ONCE = 50_000
_REWRITES = 3
"""A second round is needed where the engine has merged parts meanwhile."""


class KeywordIndex:
    """The keyword index of one library. What searches is called with ``lock``, what writes with the write lock held."""

    def __init__(self, layout: Layout, store: Store, write_lock: WriteLock, lock: RLock) -> None:
        self._layout, self._store, self._write_lock, self._lock = layout, store, write_lock, lock
        self._shared: SparseIndex | None = None
        self._private: SparseIndex | None = None
        self._private_folder: TemporaryDirectory[str] | None = None
        self._seen = -1

    def close(self) -> None:
        """Delete the private copy, if there is one."""
        self._private = None
        if self._private_folder:
            self._private_folder.cleanup()
            self._private_folder = None

    # --- searching ----------------------------------------------------------------------------------------------

    def current(self) -> SparseIndex:
        """The index to search now.

        What an interrupted change left is listed first, and an index that is lost or damaged is made again. Where that
        cannot be, as the folder is read-only or another process has the right to write, a private copy is completed
        and searched instead. The one exception: while another process adds documents, those are found when it has
        listed them. It has listed all older ones at its beginning, and says in the store (``Store.relisting``) when
        it takes passages out of the index only to list them again.
        """
        generation = self._store.generation
        if generation != self._seen or (self._private or self._shared) is None:
            self._seen = generation if self._catch_up() else -1
        index = self._private or self._shared
        assert index is not None
        return index

    def _catch_up(self) -> bool:
        """Make the shared or the private index current; False when another process is still listing."""
        usable = self._reload()
        if usable and not self._store.any_waiting():
            self.close()
            return True
        try:
            with self._write_lock.held(wait=False):
                if not usable:
                    self.erase()
                self.update()
                self.finish()
            self.close()
            return True
        except LibraryBusy:
            if usable and not self._store.relisting():
                self.close()
            else:
                self._complete_private()
            return False
        except LibraryNotWritable:
            self._complete_private()
            return True

    def _reload(self) -> bool:
        """See the newest commit; False when the index is lost or damaged, or cannot be opened without writing."""
        try:
            self._existing().reload()
        except IndexDamaged:
            return False
        return True

    def _existing(self) -> SparseIndex:
        if not SparseIndex.exists(self._layout.sparse):
            raise IndexDamaged(f"{self._layout.sparse} is missing")
        with self._lock:
            self._shared = self._shared or SparseIndex(self._layout.sparse)
            return self._shared

    def _complete_private(self) -> None:
        """Bring the private copy to the store's state: the same ids (the words of an id never change)."""
        index = self._private = self._private or self._copy()
        wanted, present = self._store.passage_ids(), np.array(index.ids(), np.int64)
        gone, new = np.setdiff1d(present, wanted).tolist(), iter(np.setdiff1d(wanted, present).tolist())
        if gone:
            index.remove(gone)
        while ids := list(islice(new, _ROWS_AT_ONCE)):
            index.add(self._store.sparse_rows(ids))
        index.commit()
        index.release()

    def _copy(self) -> SparseIndex:
        """A private index in a temporary folder: of links to the shared one's files, which never change."""
        self.close()
        self._private_folder = TemporaryDirectory(prefix="verbatim-")
        folder = Path(self._private_folder.name)
        with suppress(OSError, IndexDamaged):
            for file in self._layout.sparse.iterdir():
                if SparseIndex.is_data(file.name):
                    (folder / file.name).symlink_to(file)
                else:
                    shutil.copyfile(file, folder / file.name)
            index = SparseIndex(folder)
            index.ids()
            return index
        SparseIndex.erase(folder)
        return SparseIndex(folder)

    # --- writing ------------------------------------------------------------------------------------------------

    def update(self) -> None:
        """Bring the index up to date with the passages added and removed; safe to repeat."""
        index = self._writable()
        while True:
            removed = self._store.to_unindex()
            rows = self._store.to_index(_ROWS_AT_ONCE)
            if not rows and not removed:
                return
            with writing_to(self._layout.folder):
                if removed:
                    index.remove(removed)
                if rows:
                    index.add(rows)
                with self._lock:  # searches go on until here
                    index.commit()
            with self._store.writing() as change:
                change.set_indexed(rows[-1].id if rows else 0, removed)

    def _writable(self) -> SparseIndex:
        """The shared index; an empty one to be filled where it was lost or damaged."""
        with suppress(IndexDamaged):
            return self._existing()
        self.erase()
        try:
            self._shared = SparseIndex(self._layout.sparse)
        except IndexDamaged as error:
            folder = self._layout.folder
            raise LibraryNotWritable(f"the keyword index in {folder} cannot be made again: {error}") from error
        return self._shared

    def erase(self) -> None:
        """Delete the index; ``update`` makes it again."""
        with self._store.writing() as change:
            change.index_again(None)
        if self._shared:
            self._shared.release()
        self._shared, self._seen = None, -1
        SparseIndex.erase(self._layout.sparse)

    def finish(self) -> None:
        """End a change: leave no removed words in the index, and release its lock.

        Parts of the index that hold removed rows are written again without them. Costs the listing of the rows beside
        them: of a document added by itself nothing, in the worst case all.
        """
        index = self._writable()
        with writing_to(self._layout.folder):
            index.release()
            for _ in range(_REWRITES):
                with self._lock:
                    beside = index.beside_removed()
                if not beside:
                    break
                with self._store.writing() as change:
                    change.index_again(beside)  # so that a kill before the commit loses none of them
                index.remove(beside)
                self.update()
                with self._lock:
                    index.commit()
                index.release()
            index.drop_remains()

    # --- checking -----------------------------------------------------------------------------------------------

    def problems(self, quick: bool) -> list[str]:
        """Return how the index differs from the store; ``quick``: without reading its files."""
        try:
            index = self._existing()
            if not quick and (damaged := index.damaged_files()):
                return [f"The keyword index has damaged files: {', '.join(damaged)}."]
            index.reload()
            listed = np.array(index.ids(), np.int64)
        except (IndexDamaged, json.JSONDecodeError) as error:
            return [f"The keyword index is damaged: {error}."]
        waiting = self._store.pending_ids()
        found = [f"The keyword index has yet to take over or drop {len(waiting)} passages."] if len(waiting) else []
        return found + difference(
            "keyword index", np.setdiff1d(listed, waiting), np.setdiff1d(self._store.passage_ids(), waiting)
        )


def difference(name: str, present: np.ndarray, wanted: np.ndarray) -> list[str]:
    """A sentence when an index does not have exactly the ids that the store has; else nothing."""
    missing, extra = len(np.setdiff1d(wanted, present)), len(np.setdiff1d(present, wanted))
    if not missing and not extra:
        return []
    return [f"The {name} misses {missing} passages and has {extra} that are no longer in the library."]
