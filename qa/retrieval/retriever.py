"""A question → ranked passages: candidates from both indexes, then one score."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings import fuse, index_terms, unpack_rows, unpack_vector
from qa.retrieval.filters import ALL, Selection
from qa.settings import Settings
from qa.storage.indexes import Indexes
from qa.storage.records import Candidate
from qa.storage.store import Store
from qa.types import Hit, HitDetail, SentenceScore, Source

EncodeQuestion = Callable[[str], NDArray[np.float32]]


class Retriever:
    """Searches one library. Thread-safe."""

    def __init__(self, store: Store, indexes: Indexes, encode: EncodeQuestion, settings: Settings) -> None:
        """``encode`` is called for every search that is not by words only; it may load the model."""
        self._store, self._indexes, self._encode, self._settings = store, indexes, encode, settings

    def search(
        self, question: str, k: int, selection: Selection = ALL, *, words_only: bool = False, explain: bool = False
    ) -> list[Hit]:
        """The ``k`` best passages, best first. ``words_only`` leaves the model alone and ranks by BM25."""
        vector = None if words_only else self._encode(question)
        count = max(self._settings.candidates, k)
        sparse = self._indexes.by_words(question, count, selection.rows)
        dense = [] if vector is None else self._by_meaning(vector, count, selection)
        scored = self._score(vector, dict(dense), dict(sparse))
        scored = sorted(scored, key=lambda item: (-item.score, item.candidate.id))[:k]
        return self._hits(scored, dense, sparse, selection, question if explain else None)

    def weigh(self, question: str) -> dict[tuple[str, ...], float]:
        """The question's words, each as its stems, with what each weighs (see ``SparseIndex.weigh``)."""
        return self._indexes.weigh(question)

    def count(self, selection: Selection) -> int:
        """How many documents the selection has."""
        return self._store.document_count() if selection.rows is None else len(selection.rows)

    def _by_meaning(self, vector: NDArray[np.float32], count: int, selection: Selection) -> list[tuple[int, float]]:
        only = None if selection.rows is None else self._store.passage_ids(selection.rows)
        return self._indexes.by_meaning(vector, count, only)

    def _score(
        self, vector: NDArray[np.float32] | None, dense: Mapping[int, float], sparse: Mapping[int, float]
    ) -> list[_Scored]:
        """One score for every candidate that is still in the library."""
        candidates = self._store.candidates(dense.keys() | sparse.keys())
        sentences = [_score_sentences(candidate, vector) for candidate in candidates]
        cosines = [_best_cosine(c, s, vector) for c, s in zip(candidates, sentences, strict=True)]
        words = [sparse.get(candidate.id, 0.0) for candidate in candidates]
        weight = 0.0 if vector is None else self._settings.dense_weight
        scores = fuse(cosines, words, weight)
        return [_Scored(*row) for row in zip(candidates, scores, cosines, sentences, strict=True)]

    def _hits(
        self,
        scored: Sequence[_Scored],
        dense: Sequence[tuple[int, float]],
        sparse: Sequence[tuple[int, float]],
        selection: Selection,
        explain: str | None,
    ) -> list[Hit]:
        dense_ranks = {row: rank for rank, (row, _) in enumerate(dense, 1)}
        sparse_ranks = {row: rank for rank, (row, _) in enumerate(sparse, 1)}
        bm25 = dict(sparse)
        best = sparse[0][1] if sparse else 0.0
        passages = self._store.passages(item.candidate.id for item in scored)
        rows = {row for _, row in passages.values()}
        documents, sources = self._store.documents(rows), self._store.sources_of(rows)
        words = list(self._indexes.weigh(explain)) if explain is not None else []
        hits = []
        for item in scored:
            if item.candidate.id not in passages:
                continue  # removed by another process since the candidates were read
            passage, row = passages[item.candidate.id]
            source = _chosen(sources.get(row, []), selection)
            if source is None or row not in documents:
                continue
            document = documents[row]
            score = bm25.get(passage.id, 0.0)
            detail = HitDetail(
                dense_rank=dense_ranks.get(passage.id),
                sparse_rank=sparse_ranks.get(passage.id),
                cosine=item.cosine,
                bm25=score,
                bm25_share=score / best if best else 0.0,
                words=matched_words(words, f"{passage.heading} {passage.text}", document.language),
            )
            page, line = document.page_of(passage.start), document.line_of(passage.start)
            hits.append(Hit(source, document, passage, item.score, detail, item.sentences, page=page, line=line))
        return hits


@dataclass(frozen=True, slots=True)
class _Scored:
    candidate: Candidate
    score: float
    cosine: float | None
    sentences: tuple[SentenceScore, ...]


def matched_words(words: Iterable[tuple[str, ...]], text: str, language: str | None) -> tuple[str, ...]:
    """Of these words, each given as its stems, those that stand in ``text`` (their first stem)."""
    terms = set(index_terms(text, language)) if words else set()
    return tuple(stems[0] for stems in words if not terms.isdisjoint(stems))


def _score_sentences(candidate: Candidate, vector: NDArray[np.float32] | None) -> tuple[SentenceScore, ...]:
    """The candidate's sentences with their cosines, best first; empty without a vector."""
    if vector is None or not candidate.unit_vectors:
        return ()
    cosines = unpack_rows(candidate.unit_vectors, len(vector)) @ vector
    spans = candidate.embedded_spans.tolist()
    order = np.argsort(-cosines, kind="stable")
    return tuple(SentenceScore(spans[i][0], spans[i][1], float(cosines[i])) for i in order)


def _best_cosine(
    candidate: Candidate, sentences: Sequence[SentenceScore], vector: NDArray[np.float32] | None
) -> float | None:
    """That of the best sentence, or of the whole passage where it is nearer; None without a vector."""
    if vector is None or candidate.passage_vector is None:
        return None
    whole = float(unpack_vector(candidate.passage_vector) @ vector)
    return max(whole, sentences[0].score) if sentences else whole


def _chosen(sources: Sequence[Source], selection: Selection) -> Source | None:
    """The oldest source of the document among the chosen ones."""
    return next((s for s in sources if selection.source_ids is None or s.id in selection.source_ids), None)
