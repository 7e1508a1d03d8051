"""How the indexes of a library differ from its store, one sentence each."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from embeddings import DenseIndex, IndexDamaged, SparseIndex, unpack_vector
from qa.storage.store import Ids, Store


def word_problems(sparse: SparseIndex | None, store: Store, quick: bool) -> list[str]:
    """Of the keyword index; None: there is none. ``quick``: no checksums. Raises ``IndexDamaged``."""
    if sparse is None:
        return ["The keyword index is missing."] if store.passage_count() else []
    if not quick and (damaged := sparse.damaged_files()):
        return [f"The keyword index has damaged files: {', '.join(damaged)}."]
    sparse.reload()
    return _difference("keyword index", np.array(sparse.ids(), np.int64), store.passage_ids())


def vector_problems(file: Path, store: Store, quick: bool) -> list[str]:
    """Of the FAISS index in this file. ``quick``: the vectors are not compared."""
    dim, wanted = int(store.meta("dim") or 0), store.ids_with_vectors()
    if not dim:
        return []
    if not file.is_file():
        return ["The FAISS index is missing on disk."] if len(wanted) else []
    try:
        dense = DenseIndex.load(file, dim)
    except IndexDamaged as error:
        return [f"{error}."]
    return _difference("FAISS index", dense.ids(), wanted) + ([] if quick else _wrong_vectors(dense, store))


def _wrong_vectors(dense: DenseIndex, store: Store) -> list[str]:
    indexed = dict(zip(dense.ids().tolist(), dense.vectors(), strict=True))
    wrong = sum(
        row in indexed and not np.array_equal(indexed[row], unpack_vector(data)) for row, data in store.vectors(indexed)
    )
    return [f"{wrong} vectors of the FAISS index differ from the stored ones."] if wrong else []


def _difference(name: str, present: Ids, wanted: Ids) -> list[str]:
    if np.array_equal(np.sort(present), wanted):
        return []
    missing, extra = len(np.setdiff1d(wanted, present)), len(np.setdiff1d(present, wanted))
    return [f"The {name} differs from the library; missing passages: {missing:,}, removed but still listed: {extra:,}."]
