"""The sentences of the best passages that may answer, each with one score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from embeddings import index_terms
from qa.types import Block, Hit, SpanScore

Weights = Mapping[tuple[str, ...], float]
"""The question's words, each as its stems, with what each weighs (see ``SparseIndex.weigh``)."""

_READ_HITS = 8
"""Sentences are chosen from this many of the best hits."""
_HIT_SHARE, _COSINE_SHARE, _WORDS_SHARE, _CONTEXT_SHARE = 0.3, 0.4, 0.1, 0.2
"""What a sentence's score is made of: its passage's, its cosine, the question's words it has, and those that it, its
title and its headings have together: what a document is about, its sentences seldom repeat."""
_CLEAR = 6.0
"""How far a passage falls behind the best one before it matters no more."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that may answer."""

    hit: Hit
    start: int
    end: int
    score: float
    """About 0 to 1 and, with a reader, up to twice that; higher is better."""
    terms: frozenset[str]
    context: frozenset[str] = frozenset()
    """The terms of its title and headings."""
    span: SpanScore | None = None
    """The reader's best words that start in it."""

    @property
    def text(self) -> str:
        """Its words."""
        return self.hit.document.text[self.start : self.end]


def candidates(hits: Sequence[Hit], weights: Weights, reader_share: float) -> list[Sentence]:
    """All sentences of the best hits, best first. ``reader_share``: what the reader's score adds at most."""
    best = best_score(hits)
    found = [sentence for hit in hits[:_READ_HITS] for sentence in sentences_of(hit, weights, reader_share, best)]
    return sorted(found, key=lambda sentence: -sentence.score)


def sentences_of(hit: Hit, weights: Weights, reader_share: float = 0.0, best: float = 0.0) -> Iterator[Sentence]:
    """All sentences of a hit with their scores, in text order. ``best``: the reader's best score of the question."""
    cosines = {(s.start, s.end): s.score for s in hit.sentences}
    language = hit.document.language
    context = frozenset(index_terms(f"{hit.source.title} {hit.passage.heading}", language))
    for start, end in spans_of_sentences(hit):
        terms = frozenset(index_terms(hit.document.text[start:end], language))
        words = _WORDS_SHARE * coverage(terms, weights) + _CONTEXT_SHARE * coverage(terms | context, weights)
        score = _HIT_SHARE * fused(hit) + _COSINE_SHARE * cosines.get((start, end), 0.0) + words
        span = next((span for span in hit.spans if start <= span.start < end), None)
        yield Sentence(hit, start, end, score + reader_share * believed(span, best), terms, context, span)


def fused(hit: Hit) -> float:
    """Its score before a reader changed the order."""
    return hit.score if hit.detail.fused is None else hit.detail.fused


def best_score(hits: Sequence[Hit]) -> float:
    """The best score that the reader gave to one of these; 0 when it read nothing."""
    return max((hit.detail.reader for hit in hits if hit.detail.reader is not None), default=0.0)


def behind(score: float | None, best: float) -> float:
    """How far a score lies behind the best one of its question, 0 to 6: what the reader thinks of a passage is told
    from the others' (scores far below 0 are usual where a document is not written in sentences). None: not read, which
    is as good as 0."""
    return min(max(best - (score or 0.0), 0.0), _CLEAR)


def believed(span: SpanScore | None, best: float) -> float:
    """What the reader thinks of a sentence, from 0 (far behind its best words, or nothing read) to 1."""
    return 1.0 - behind(span.score, best) / _CLEAR if span else 0.0


def coverage(terms: frozenset[str], weights: Weights) -> float:
    """The share, by weight, of the question's words that are among ``terms``."""
    total = sum(weights.values())
    return sum(w for stems, w in weights.items() if not terms.isdisjoint(stems)) / total if total else 0.0


def spans_of_sentences(hit: Hit) -> list[tuple[int, int]]:
    """The units of the passage: its sentences, table rows and code; headings only where there is nothing else."""
    return [(unit.start, unit.end) for unit in hit.passage.units]


def blocks_in(hit: Hit) -> Iterator[Block]:
    """The indexed blocks of which the passage has a part."""
    for block in hit.document.blocks:
        if block.start >= hit.passage.end:
            return
        if block.end > hit.passage.start and block.indexed:
            yield block
