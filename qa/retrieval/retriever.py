"""A question → ranked passages: candidates from both indexes, then one score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from embeddings import fuse, index_terms, unpack_rows, unpack_vector
from qa.retrieval.filters import ALL, Selection
from qa.settings import Settings
from qa.storage.indexes import Indexes
from qa.storage.records import Candidate
from qa.storage.store import Store
from qa.types import Hit, HitDetail, Passage, Source

_JOINED_WEIGHT = 0.5
"""Weight of the search together with the previous question against that of the question alone (docs/benchmarks.md)."""


class Retriever:
    """Searches one library. Thread-safe."""

    def __init__(
        self, store: Store, indexes: Indexes, encode: Callable[[str], NDArray[np.float32]], settings: Settings
    ) -> None:
        """``encode`` is called for every search that is not by words only; it may load the model."""
        self._store, self._indexes, self._encode, self._settings = store, indexes, encode, settings

    def search(
        self,
        question: str,
        k: int,
        selection: Selection = ALL,
        *,
        previous: str = "",
        words_only: bool = False,
        explain: bool = False,
    ) -> list[Hit]:
        """The ``k`` best passages, best first. ``words_only`` leaves the model alone and ranks by BM25.

        ``previous``: the question that this one follows up; the question is also searched together with it.
        """
        count = max(self._settings.candidates, k)
        wordings = [question, f"{question} {previous}"] if previous else [question]
        found = [self._found(wording, count, selection, words_only) for wording in wordings]
        candidates = self._store.candidates({id for each in found for id in (*each.dense, *each.sparse)})
        scored, *joined = (self._score(each, candidates) for each in found)
        if joined:
            scored = [
                one._replace(score=(one.score + _JOINED_WEIGHT * other.score) / (1 + _JOINED_WEIGHT))
                for one, other in zip(scored, joined[0], strict=True)
            ]
        scored.sort(key=lambda item: (-item.score, item.candidate.id))
        return self._hits(scored[:k], found[0], selection, list(self._indexes.weigh(question)) if explain else [])

    def weigh(self, question: str) -> dict[tuple[str, ...], float]:
        """The question's words, each as its stems, with what each weighs (see ``SparseIndex.weigh``)."""
        return self._indexes.weigh(question)

    def count(self, selection: Selection) -> int:
        """Return the number of documents in the selection."""
        return self._store.document_count() if selection.rows is None else len(selection.rows)

    def _found(self, question: str, count: int, selection: Selection, words_only: bool) -> _Found:
        """The ``count`` best candidates of each index."""
        sparse = self._indexes.by_words(question, count, selection.rows)
        if words_only:
            return _Found(None, [], sparse)
        vector = self._encode(question)
        only = None if selection.rows is None else self._store.passage_ids(selection.rows)
        return _Found(vector, self._indexes.by_meaning(vector, count, only), sparse)

    def _score(self, found: _Found, candidates: Sequence[Candidate]) -> list[_Scored]:
        """One score for every candidate."""
        by_unit = [_unit_cosines(candidate, found.vector) for candidate in candidates]
        cosines = [_best_cosine(c, units, found.vector) for c, units in zip(candidates, by_unit, strict=True)]
        words = [found.sparse.get(candidate.id, 0.0) for candidate in candidates]
        scores = fuse(cosines, words, 0.0 if found.vector is None else self._settings.dense_weight)
        return [_Scored(*row) for row in zip(candidates, scores, cosines, by_unit, strict=True)]

    def _hits(
        self, scored: Sequence[_Scored], found: _Found, selection: Selection, words: Sequence[tuple[str, ...]]
    ) -> list[Hit]:
        passages = self._store.passages(item.candidate.id for item in scored)
        rows = {row for _, row in passages.values()}
        documents, sources = self._store.documents(rows), self._store.sources_of(rows)
        hits = []
        for item in scored:
            if item.candidate.id not in passages:
                continue  # removed by another process since the candidates were read
            passage, row = passages[item.candidate.id]
            source = _chosen(sources.get(row, []), selection)
            if source is None or row not in documents:
                continue
            document = documents[row]
            detail = found.detail(passage.id, item.cosine)
            if words:
                terms = set(index_terms(f"{passage.heading} {passage.text}", document.language))
                detail = replace(detail, words=tuple(stems[0] for stems in words if not terms.isdisjoint(stems)))
            page, line = document.page_of(passage.start), document.line_of(passage.start)
            cosines = _by_unit(passage, item.unit_cosines)
            hits.append(Hit(source, document, passage, item.score, detail, cosines, page=page, line=line))
        return hits


class _Found:
    """A question's vector (None: searched by its words only) and the candidates of both indexes, each best first as
    (passage id, score)."""

    def __init__(
        self,
        vector: NDArray[np.float32] | None,
        dense: Sequence[tuple[int, float]],
        sparse: Sequence[tuple[int, float]],
    ) -> None:
        self.vector = vector
        self.dense, self.sparse = dict(dense), dict(sparse)
        self._dense_ranks = {passage: rank for rank, passage in enumerate(self.dense, 1)}
        self._sparse_ranks = {passage: rank for rank, passage in enumerate(self.sparse, 1)}
        self._best = sparse[0][1] if sparse else 0.0

    def detail(self, passage: int, cosine: float | None) -> HitDetail:
        bm25 = self.sparse.get(passage, 0.0)
        share = bm25 / self._best if self._best else 0.0
        return HitDetail(self._dense_ranks.get(passage), self._sparse_ranks.get(passage), cosine, bm25, share)


class _Scored(NamedTuple):
    candidate: Candidate
    score: float
    cosine: float | None
    unit_cosines: NDArray[np.float32]


def _unit_cosines(candidate: Candidate, vector: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """The cosines of the candidate's embedded units, in text order; empty without a vector."""
    if vector is None or not candidate.unit_vectors:
        return np.empty(0, np.float32)
    return unpack_rows(candidate.unit_vectors, len(vector)) @ vector


def _best_cosine(candidate: Candidate, units: NDArray[np.float32], vector: NDArray[np.float32] | None) -> float | None:
    """The cosine of the best unit, or of the whole passage where it is nearer; None without a vector."""
    if vector is None or candidate.passage_vector is None:
        return None
    whole = float(unpack_vector(candidate.passage_vector) @ vector)
    return max(whole, float(units.max())) if len(units) else whole


def _by_unit(passage: Passage, cosines: NDArray[np.float32]) -> tuple[float | None, ...]:
    """The cosine of each unit of the passage; None for those without a vector."""
    if not len(cosines):
        return (None,) * len(passage.units)
    values = iter(cosines.tolist())
    return tuple(next(values) if unit.embedded else None for unit in passage.units)


def _chosen(sources: Sequence[Source], selection: Selection) -> Source | None:
    """The oldest source of the document among the chosen ones."""
    return next((s for s in sources if selection.source_ids is None or s.id in selection.source_ids), None)
