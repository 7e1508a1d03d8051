"""Hits → hits that the reader has read: with the words in each that may answer, in the order of its belief."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from qa.reader import Calibration, Reader, ReaderInput, Reading
from qa.text.titles import title_words
from qa.types import HEADING_SEPARATOR, Document, Hit, SpanScore

_UNREADABLE = -30.0
"""The reader's score of a passage in which it found no words that may be shown: below all that occur."""
_CLEAR = 6.0
"""How far a passage falls behind the best one before it makes no more difference."""


def read(reader: Reader, question: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits with the reader's spans and scores, best first; their own ``score`` stays.

    Documents in languages that it does not know are left as they are. Raises ``ReaderError``.
    """
    known = reader.calibration.languages
    chosen = [hit for hit in hits if known is None or hit.document.language in (None, *known)]
    readings = reader.read(question, [ReaderInput(context_of(hit), hit.passage.text) for hit in chosen])
    by_passage = {hit.passage.id: reading for hit, reading in zip(chosen, readings, strict=True)}
    found = [_with_spans(hit, by_passage.get(hit.passage.id)) for hit in hits]
    return in_order(found, reader.calibration)


def in_order(hits: Sequence[Hit], calibration: Calibration) -> list[Hit]:
    """Hits that were read, best first: by their fused score, less what the reader's lies behind its best."""
    best = best_score(hits)
    return sorted(hits, key=lambda hit: calibration.order_weight * behind(hit.detail.reader, best) - hit.score)


def context_of(hit: Hit) -> str:
    """The words that the reader sees before a passage: its document's title, and the headings that add to it."""
    title = hit.document.title or title_words(hit.source.path)
    return HEADING_SEPARATOR.join(dict.fromkeys([title, *filter(None, hit.passage.heading.split(HEADING_SEPARATOR))]))


def best_score(hits: Sequence[Hit]) -> float:
    """The best score that the reader gave to one of these; 0 when it read nothing."""
    return max((hit.detail.reader for hit in hits if hit.detail.reader is not None), default=0.0)


def behind(score: float | None, best: float) -> float:
    """How far a score lies behind the best one of its question, 0 to 6.

    Only differences between the passages of a question count: scores far below 0 are usual where a document is
    not written in sentences. None (not read) counts as 0.
    """
    return min(max(best - (score or 0.0), 0.0), _CLEAR)


def belief(span: SpanScore | None, best: float) -> float:
    """How much the reader believes in a span, from 0 (far behind its best, or nothing read) to 1."""
    return 1.0 - behind(span.score, best) / _CLEAR if span else 0.0


def _with_spans(hit: Hit, reading: Reading | None) -> Hit:
    if reading is None:
        return hit
    at = hit.passage.start
    found = (SpanScore(at + span.start, at + span.end, span.score) for span in reading.spans)
    spans = tuple(span for span in found if _in_one_piece(hit.document, span))
    detail = replace(hit.detail, reader=spans[0].score if spans else _UNREADABLE)
    return replace(hit, detail=detail, spans=spans)


def _in_one_piece(document: Document, span: SpanScore) -> bool:
    """True if the words lie in one block and, in a row of a table, in one cell: the reader knows neither."""
    index = bisect_right(document.blocks, span.start, key=lambda block: block.start) - 1
    block = document.blocks[index] if index >= 0 else None
    if block is None or span.end > block.end:
        return False
    return sum(cell.start < span.end and span.start < cell.end for cell in block.cells) <= 1
