"""Hits → evidence: a score for each unit that may answer, and one probability that the best of them does.

The probability is a logistic function of a few features, fitted on tune questions (``benchmarks.confidence``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from embeddings import index_terms
from qa.answering.reading import belief, best_score
from qa.answering.units import units_of
from qa.errors import ReaderError
from qa.reader import Calibration
from qa.types import Hit, SpanScore

Weights = Mapping[tuple[str, ...], float]
"""The question's words, each as its stems, with what each weighs (see ``SparseIndex.weigh``)."""

_HIT_SHARE, _COSINE_SHARE, _WORDS_SHARE, _CONTEXT_SHARE = 0.3, 0.4, 0.1, 0.2
"""The parts of a unit's score: its passage's score, its cosine, the question's words it has, and those that it, its
title and its headings have together, because sentences seldom repeat what their document is about."""
_CLEAR_LEAD, _USUAL_LEAD = 0.3, 0.07
"""A greater lead says no more (it is that of a library with little in it); the median lead, for a hit alone."""
_READER_RANGE, _READER_MOST = 16.0, 8.0
"""Scores of the reader below or above say no more."""
_FEWEST_DOCUMENTS = 10
"""The smallest libraries that the fit has seen."""
WITHOUT_READER = (-8.0, 6.9, 4.2, 13.7)
"""Bias and weights of ``features``: ``python -m benchmarks.confidence wiki:tune --distractors 150 --fit`` (942
questions asked twice, of Wikipedia articles that no reported figure uses)."""


@dataclass(frozen=True, slots=True)
class ScoredUnit:
    """A unit of a passage that may answer."""

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


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that an answer is decided from; made once for a question."""

    hits: tuple[Hit, ...]
    """Best first."""
    units: tuple[ScoredUnit, ...]
    """Those of the best hits, best first."""
    probability: float
    """That the best unit answers the question, 0 to 1; 0 without units."""


def judge(
    hits: Sequence[Hit], weights: Weights, documents: int, quoted: int, calibration: Calibration | None = None
) -> Evidence:
    """The evidence in these hits, best first. ``documents``: how many the question went to; ``quoted``: how many hits
    units are taken from; ``calibration``: that of the reader that has read the hits.

    Raises ``ReaderError`` for a calibration that does not fit.
    """
    read = calibration is not None and any(hit.detail.reader is not None for hit in hits)
    share = calibration.unit_share if calibration and read else 0.0
    best = best_score(hits)
    units = [unit for hit in hits[:quoted] for unit in scored_units(hit, weights, share, best)]
    units.sort(key=lambda unit: -unit.score)
    constants = calibration.confidence if calibration and read else None
    if not units:
        probability = 0.0
    elif constants:
        values = features_read(units[0], hits, weights, documents)
        if len(constants) != len(values) + 1:
            raise ReaderError(
                f"the reader's calibration.json has {len(constants)} numbers for its confidence, not {len(values) + 1}."
            )
        probability = logistic(values, constants)
    else:
        probability = logistic(features(hits, weights), WITHOUT_READER)
    return Evidence(tuple(hits), tuple(units), probability)


def scored_units(hit: Hit, weights: Weights, reader_share: float = 0.0, best: float = 0.0) -> Iterator[ScoredUnit]:
    """The units of a hit with their scores, in text order. ``reader_share``: what the reader adds at most to a score;
    ``best``: its best score of the question."""
    units = units_of(hit)
    language = hit.document.language
    context = frozenset(index_terms(f"{hit.source.title} {hit.passage.heading}", language))
    for (start, end, *_), cosine in zip(units, hit.cosines or (None,) * len(units), strict=True):
        terms = frozenset(index_terms(hit.document.text[start:end], language))
        words = _WORDS_SHARE * coverage(terms, weights) + _CONTEXT_SHARE * coverage(terms | context, weights)
        score = _HIT_SHARE * hit.score + _COSINE_SHARE * (cosine or 0.0) + words
        span = next((span for span in hit.spans if start <= span.start < end), None)
        yield ScoredUnit(hit, start, end, score + reader_share * belief(span, best), terms, context, span)


def coverage(terms: frozenset[str], weights: Weights) -> float:
    """The share, by weight, of the question's words that are among ``terms``."""
    total = sum(weights.values())
    return sum(w for stems, w in weights.items() if not terms.isdisjoint(stems)) / total if total else 0.0


# --- the one probability ----------------------------------------------------------------------------------------------


def logistic(values: Sequence[float], constants: Sequence[float]) -> float:
    """Probability, 0 to 1: the logistic function of a bias and weighted features."""
    bias, *factors = constants
    logit = bias + sum(factor * value for factor, value in zip(factors, values, strict=True))
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))


def features(hits: Sequence[Hit], weights: Weights) -> tuple[float, float, float]:
    """The features of the best hit: its cosine; the share, by weight, of the question's words that its best single
    unit has; and by how much its score leads the others'."""
    best = hits[0]
    words = max((coverage(unit.terms, weights) for unit in scored_units(best, weights)), default=0.0)
    second = max((hit.score for hit in hits[1:]), default=best.score - _USUAL_LEAD)
    lead = min(max(best.score - second, 0.0), _CLEAR_LEAD)
    return best.detail.cosine or 0.0, words, lead


def features_read(
    best: ScoredUnit, hits: Sequence[Hit], weights: Weights, documents: int
) -> tuple[float, float, float, float, float, float]:
    """The features of the best unit when a reader has read the hits: its span's score; the score of the best span of
    another passage; its passage's cosine; the share of the question's words that it has with its title and headings;
    the logarithm of the number of documents, because among more documents the best score is higher by chance; and by
    how much its passage's score leads the others' (below 0: it does not)."""
    own = _bounded(best.span.score if best.span else -math.inf)
    others = [hit for hit in hits if hit.passage.id != best.hit.passage.id]
    scores = (hit.detail.reader for hit in others)
    rival = max((_bounded(score) for score in scores if score is not None), default=-_READER_RANGE)
    known = coverage(best.terms | best.context, weights)
    size = math.log10(max(documents, _FEWEST_DOCUMENTS))
    second = max((hit.score for hit in others), default=best.hit.score - _USUAL_LEAD)
    lead = min(max(best.hit.score - second, -_CLEAR_LEAD), _CLEAR_LEAD)
    return own, rival, best.hit.detail.cosine or 0.0, known, size, lead


def _bounded(score: float) -> float:
    return min(max(score, -_READER_RANGE), _READER_MOST)
