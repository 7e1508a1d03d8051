"""Hits → an answer in the documents' own words, without a language model."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from embeddings import index_terms
from qa.citations import cite
from qa.settings import Settings
from qa.splitter import sentences
from qa.types import Answer, Block, Hit, Note, Statement

Weights = Mapping[tuple[str, ...], float]
"""The question's words, each as its stems, with what each weighs (see ``SparseIndex.weigh``)."""

_READ_HITS = 8
"""Sentences are chosen from this many of the best hits."""
_HIT_SHARE, _COSINE_SHARE, _WORDS_SHARE, _CONTEXT_SHARE = 0.3, 0.4, 0.1, 0.2
"""What a sentence's score is made of: its passage's, its cosine, the question's words it has, and those that it, its
title and its headings have together: what a document is about, its sentences seldom repeat."""
_FURTHER_SHARE = 0.8
"""A further sentence is quoted when it scores at least this share of the best one."""
_NEIGHBOUR_GAIN = 0.05
"""Added to the sentences next to the best one. With both, on 879 tune questions of squad11, .881 of the answers stood
in 2.2 quoted sentences; with .85 and 0, .854 in 1.9."""
_SAME_SHARE = 0.6
"""Two sentences that share more of their words than this say the same."""
_LONGEST_QUOTE = 700
"""Characters beyond which no neighbouring sentence is added to a quote."""
_LONGEST_LIST = 300
"""A sentence that announces a list brings its items up to this many characters."""
_CLEAR_LEAD, _USUAL_LEAD = 0.3, 0.07
"""A greater lead says no more (it is that of a library with little in it); the median lead, for a hit alone."""

CONFIDENCE_WEIGHTS = (-8.0, 6.9, 4.2, 13.7)
"""Bias and weights of the evidence in the confidence: ``python -m benchmarks.confidence wiki:tune --distractors 150
--fit`` (942 questions asked twice, of Wikipedia articles that no reported figure uses)."""

_PRONOUNS = frozenset(
    """he she it they this that these those his her hers its their him them such
    er sie es dieser diese dieses sein seine ihr ihre il elle ils elles ce cette ces él ella ellos ellas
    он она оно они это этот эта эти lui lei loro questo questa ele ela eles elas hij zij dit deze""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class _Sentence:
    hit: Hit
    start: int
    end: int
    score: float
    terms: frozenset[str]

    @property
    def text(self) -> str:
        return self.hit.document.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class _Quote:
    hit: Hit
    start: int
    end: int

    def touches(self, other: _Quote) -> bool:
        """Whether the two overlap, or only white space lies between them."""
        if self.hit.document.id != other.hit.document.id:
            return False
        between = self.hit.document.text[min(self.end, other.end) : max(self.start, other.start)]
        return not between.strip()

    def joined(self, other: _Quote) -> _Quote:
        """One quote from the first start to the last end."""
        return _Quote(self.hit, min(self.start, other.start), max(self.end, other.end))


def answer(question: str, hits: Sequence[Hit], weights: Weights, settings: Settings) -> Answer:
    """The sentences that answer, best first, or ``not_found``; decided from the evidence before anything is written.

    ``hits``: best first. ``timings`` and notes about the library are the caller's to add.
    """
    probability = confidence(hits, weights)
    if not hits or probability < settings.threshold:
        return Answer(question, "not_found", probability, hits=tuple(hits), notes=tuple(_notes(hits[:3])))
    candidates = [s for hit in hits[:_READ_HITS] for s in _candidates(hit, weights)]
    candidates.sort(key=lambda sentence: -sentence.score)
    quotes = _quotes(_choose(candidates, settings.places))
    citations = tuple(
        cite(number, quote.hit.source, quote.hit.document, quote.start, quote.end)
        for number, quote in enumerate(quotes, 1)
    )
    statements = tuple(Statement(citation.quote, (citation.number,)) for citation in citations)
    return Answer(
        question,
        "answered",
        probability,
        statements=statements,
        citations=citations,
        hits=tuple(hits),
        notes=tuple(_notes(quote.hit for quote in quotes)),
    )


def confidence(hits: Sequence[Hit], weights: Weights) -> float:
    """Probability, 0 to 1, that the best hit answers: a logistic function of the evidence; 0 without hits."""
    if not hits:
        return 0.0
    bias, *factors = CONFIDENCE_WEIGHTS
    logit = bias + sum(f * value for f, value in zip(factors, evidence(hits, weights), strict=True))
    return 1 / (1 + math.exp(-logit))


def evidence(hits: Sequence[Hit], weights: Weights) -> tuple[float, float, float]:
    """What speaks for the best hit: its cosine; the share, by weight, of the question's words that its best single
    sentence has; and by how much its fused score leads the next hit's."""
    best = hits[0]
    sentence = max((_coverage(candidate.terms, weights) for candidate in _candidates(best, weights)), default=0.0)
    lead = min(best.score - hits[1].score, _CLEAR_LEAD) if len(hits) > 1 else _USUAL_LEAD
    return best.detail.cosine or 0.0, sentence, lead


def _coverage(terms: frozenset[str], weights: Weights) -> float:
    """The share, by weight, of the question's words that are among ``terms``."""
    total = sum(weights.values())
    return sum(w for stems, w in weights.items() if not terms.isdisjoint(stems)) / total if total else 0.0


def _candidates(hit: Hit, weights: Weights) -> Iterator[_Sentence]:
    """All sentences of a hit with their scores."""
    cosines = {(s.start, s.end): s.score for s in hit.sentences}
    language = hit.document.language
    context = frozenset(index_terms(f"{hit.source.title} {hit.passage.heading}", language))
    for start, end in _sentences_of(hit):
        terms = frozenset(index_terms(hit.document.text[start:end], language))
        cosine = cosines.get((start, end), 0.0)
        words = _WORDS_SHARE * _coverage(terms, weights) + _CONTEXT_SHARE * _coverage(terms | context, weights)
        score = _HIT_SHARE * hit.score + _COSINE_SHARE * cosine + words
        yield _Sentence(hit, start, end, score, terms)


def _sentences_of(hit: Hit) -> list[tuple[int, int]]:
    """The sentences of the passage, headings left out unless there is nothing else."""
    document, passage = hit.document, hit.passage
    found: list[tuple[int, int]] = []
    for block in _blocks_in(hit):
        if block.kind != "heading":
            start, end = max(block.start, passage.start), min(block.end, passage.end)
            whole = block.kind in ("table_row", "code")
            found += [(start, end)] if whole else sentences(document.text, start, end, document.language)
    return found or [(passage.start, passage.end)]


def _blocks_in(hit: Hit) -> Iterator[Block]:
    for block in hit.document.blocks:
        if block.start >= hit.passage.end:
            return
        if block.end > hit.passage.start and block.indexed:
            yield block


def _choose(candidates: Sequence[_Sentence], places: int) -> list[_Sentence]:
    """The best sentence, then those nearly as good that add something to what is chosen; next to the best one a
    sentence counts a little more, because what a sentence leaves open its neighbour often says."""
    best = candidates[0]
    gains = ((s.score + (_NEIGHBOUR_GAIN if _between(best, s).isspace() else 0.0), s) for s in candidates[1:])
    chosen = [best]
    for score, sentence in sorted(gains, key=lambda item: -item[0]):
        if len(chosen) == places or score < _FURTHER_SHARE * best.score:
            break
        if all(_adds(sentence, other) for other in chosen):
            chosen.append(sentence)
    return chosen


def _between(one: _Sentence, other: _Sentence) -> str:
    """The text between two sentences of one document; empty when they are not of one, or not apart."""
    first, last = sorted((one, other), key=lambda sentence: sentence.start)
    same = first.hit.document.id == last.hit.document.id
    return first.hit.document.text[first.end : last.start] if same else ""


def _adds(sentence: _Sentence, other: _Sentence) -> bool:
    same_place = sentence.hit.document is other.hit.document and sentence.start == other.start
    union = len(sentence.terms | other.terms)
    return not same_place and union > 0 and len(sentence.terms & other.terms) / union <= _SAME_SHARE


def _quotes(chosen: Sequence[_Sentence]) -> list[_Quote]:
    """The chosen sentences with what belongs to them, best first; those that touch each other become one quote."""
    quotes: list[_Quote] = []
    for sentence in chosen:
        new = _with_neighbours(sentence)
        for index, old in enumerate(quotes):
            if old.touches(new):
                quotes[index] = old.joined(new)
                break
        else:
            quotes.append(new)
    return quotes


def _with_neighbours(sentence: _Sentence) -> _Quote:
    """A sentence that starts with a pronoun brings the one before it, one that ends with a colon the items that
    follow, as long as the quote stays short enough to read."""
    start, end = sentence.start, sentence.end
    spans = _sentences_of(sentence.hit)
    words = sentence.text.split(maxsplit=1)
    if words and words[0].strip("\"'“”‘’(").lower() in _PRONOUNS:
        before = [span for span in spans if span[1] <= start]
        if before and end - before[-1][0] <= _LONGEST_QUOTE:
            start = before[-1][0]
    if sentence.text.endswith((":", "：")):
        after = (block for block in _blocks_in(sentence.hit) if block.start >= end)
        for block in takewhile(lambda block: block.kind in ("list_item", "table_row"), after):
            if block.end - start > _LONGEST_LIST or block.end > sentence.hit.passage.end:
                break
            end = block.end
    return _Quote(sentence.hit, start, end)


def _notes(hits: Iterable[Hit]) -> Iterator[Note]:
    """What could not be read of the documents at hand, each once."""
    seen = set()
    for hit in hits:
        pages = hit.document.report.unreadable_pages
        if pages and hit.document.id not in seen:
            seen.add(hit.document.id)
            numbers = ", ".join(str(page + 1) for page in pages[:10]) + (" …" if len(pages) > 10 else "")
            yield Note(
                "unreadable_pages",
                f"{hit.source.title}: {len(pages)} of {hit.document.report.pages} pages could not be read ({numbers}).",
            )
