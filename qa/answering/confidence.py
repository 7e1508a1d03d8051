"""How probable it is that an answer is right, told from the evidence: logistic functions, fitted on tune questions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qa.answering.evidence import Sentence, Weights, coverage, fused, sentences_of
from qa.types import Hit

_CLEAR_LEAD, _USUAL_LEAD = 0.3, 0.07
"""A greater lead says no more (it is that of a library with little in it); the median lead, for a hit alone."""
_READER_RANGE, _READER_MOST = 16.0, 8.0
"""Scores of the reader below or above say no more."""
_FEWEST_DOCUMENTS = 10
"""The smallest libraries that the fit has seen."""

READ_CONSTANTS = 7
"""A bias and the weights of ``evidence_read``."""
WITHOUT_READER = (-8.0, 6.9, 4.2, 13.7)
"""Bias and weights of ``evidence``: ``python -m benchmarks.confidence wiki:tune --distractors 150 --fit`` (942
questions asked twice, of Wikipedia articles that no reported figure uses)."""


def confidence(values: Sequence[float], constants: Sequence[float]) -> float:
    """Probability, 0 to 1: the logistic function of a bias and weighted evidence."""
    bias, *factors = constants
    logit = bias + sum(factor * value for factor, value in zip(factors, values, strict=True))
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))


def evidence(hits: Sequence[Hit], weights: Weights) -> tuple[float, float, float]:
    """What speaks for the best hit: its cosine; the share, by weight, of the question's words that its best single
    sentence has; and by how much its fused score leads the others'."""
    best = hits[0]
    sentence = max((coverage(each.terms, weights) for each in sentences_of(best, weights)), default=0.0)
    second = max((fused(hit) for hit in hits[1:]), default=fused(best) - _USUAL_LEAD)
    lead = min(max(fused(best) - second, 0.0), _CLEAR_LEAD)
    return best.detail.cosine or 0.0, sentence, lead


def evidence_read(
    best: Sentence, hits: Sequence[Hit], weights: Weights, documents: int
) -> tuple[float, float, float, float, float, float]:
    """What speaks for the best sentence when a reader has read the hits: its span's score; the score of the best span
    of another passage; its passage's cosine; the share of the question's words that it has with its title and headings;
    the logarithm of the number of documents, because among more documents the best score is higher by chance; and by
    how much its passage's fused score leads the others' (below 0: it does not)."""
    own = _bounded(best.span.score if best.span else -math.inf)
    others = [hit for hit in hits if hit.passage.id != best.hit.passage.id]
    scores = (hit.detail.reader for hit in others)
    rival = max((_bounded(score) for score in scores if score is not None), default=-_READER_RANGE)
    known = coverage(best.terms | best.context, weights)
    size = math.log10(max(documents, _FEWEST_DOCUMENTS))
    second = max(map(fused, others), default=fused(best.hit) - _USUAL_LEAD)
    lead = min(max(fused(best.hit) - second, -_CLEAR_LEAD), _CLEAR_LEAD)
    return own, rival, best.hit.detail.cosine or 0.0, known, size, lead


def _bounded(score: float) -> float:
    return min(max(score, -_READER_RANGE), _READER_MOST)
