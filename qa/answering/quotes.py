"""Evidence → an answer in the documents' own words, without a language model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from qa.answering.citations import cite
from qa.answering.evidence import Evidence, ScoredUnit
from qa.answering.question import QuestionKind, kind_of
from qa.answering.units import blocks_in, units_of
from qa.settings import Settings
from qa.types import Answer, Hit, Note, SpanScore, Statement

_FURTHER_SHARE = 0.8
"""A further sentence is quoted when it scores at least this share of the best one."""
_NEIGHBOUR_GAIN = 0.05
"""Added to the sentences next to the best one. With both, on 879 tune questions of squad11, .881 of the answers were
in 2.2 quoted sentences; with .85 and 0, .854 in 1.9."""
_SAME_SHARE = 0.6
"""Two sentences that share more of their words than this say the same."""
_RIVAL_GAP, _LIST_GAP = 1.5, 3.0
"""Other words are shown beside the best ones when the reader believes them and scores them at most so much lower: as
another answer, or as a further item of a list."""
_LEAST_SPAN = -4.0
"""Words that the reader believes less than this are not named: its best words of a passage may be anything."""
_CERTAIN = 0.8
"""Words that OCR is less certain of are not named as the exact answer. On pages of 75 to 100 dots an inch with much
noise, 35 % of 93 such words had a wrong character, and 22 % of 1,002 others; on good scans there are hardly any."""
_LONGEST_QUOTE = 700
"""Characters beyond which no neighbouring sentence is added to a quote."""
_LONGEST_LIST = 300
"""A sentence that announces a list brings its items up to this many characters."""

_NOTED_HITS = 3
"""Where nothing was found, what could not be read of the documents of this many hits is noted."""

PRONOUNS = frozenset(
    """he she it they this that these those his her hers its their him them such
    er sie es dieser diese dieses sein seine ihr ihre il elle ils elles ce cette ces él ella ellos ellas
    он она оно они это этот эта эти lui lei loro questo questa ele ela eles elas hij zij dit deze""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class _Quote:
    hit: Hit
    start: int
    end: int
    spans: tuple[SpanScore, ...] = ()

    def words(self, kind: QuestionKind) -> list[tuple[int, int]]:
        """The exact words that answer, best first; none for a yes or no."""
        if kind == "yes_no":
            return []
        inside = (s for s in self.spans if self.start <= s.start and s.end <= self.end)
        certain = self.hit.document.certainty_of
        return [(s.start, s.end) for s in inside if s.score > _LEAST_SPAN and certain(s.start, s.end) >= _CERTAIN]

    def touches(self, other: _Quote) -> bool:
        """True if the two overlap, or only white space is between them."""
        if self.hit.document.id != other.hit.document.id:
            return False
        between = self.hit.document.text[min(self.end, other.end) : max(self.start, other.start)]
        return not between.strip()

    def joined(self, other: _Quote) -> _Quote:
        """One quote from the first start to the last end."""
        spans = (*self.spans, *(span for span in other.spans if span not in self.spans))
        return _Quote(self.hit, min(self.start, other.start), max(self.end, other.end), spans)


def compose(question: str, evidence: Evidence, settings: Settings) -> Answer:
    """The units that answer, quoted best first, or ``not_found``: decided from the evidence before anything is written.

    ``timings`` and notes about the library are the caller's to add.
    """
    answer = Answer(question, "not_found", evidence.probability, hits=evidence.hits)
    if not evidence.units or evidence.probability < settings.threshold:
        return replace(answer, notes=tuple(_notes(evidence.hits[:_NOTED_HITS])))
    kind = kind_of(question)
    quotes = _quotes(_choose(evidence.units, kind, settings.max_quotes))
    citations = tuple(
        cite(number, quote.hit.source, quote.hit.document, quote.start, quote.end, quote.words(kind))
        for number, quote in enumerate(quotes, 1)
    )
    return replace(
        answer,
        status="answered",
        statements=tuple(Statement(citation.quote, (citation.number,)) for citation in citations),
        citations=citations,
        short=next((quotes[0].hit.document.text[a:b] for a, b in citations[0].spans), None),
        notes=(*_notes(quote.hit for quote in quotes), *_uncertain_notes(quotes)),
    )


def _choose(found: Sequence[ScoredUnit], kind: QuestionKind, most: int) -> list[ScoredUnit]:
    """The best sentence; for an explanation the one after it; those whose words say something else with nearly the same
    right, or are further items; then those nearly as good that add something to what is chosen. Next to the best one a
    sentence counts a little more, because what a sentence leaves open its neighbour often says."""
    best = found[0]
    after = (s for s in found if kind == "explain" and s.start >= best.end and _between(best, s).isspace())
    further = [*after, *_rivals(found, _LIST_GAP if kind == "list" else _RIVAL_GAP)]
    chosen = list({(s.hit.document.id, s.start): s for s in [best, *further]}.values())[:most]
    gains = ((s.score + (_NEIGHBOUR_GAIN if _between(best, s).isspace() else 0.0), s) for s in found[1:])
    for score, sentence in sorted(gains, key=lambda item: -item[0]):
        if len(chosen) >= most or score < _FURTHER_SHARE * best.score:
            break
        if all(_adds(sentence, other) for other in chosen):
            chosen.append(sentence)
    return chosen


def _rivals(found: Sequence[ScoredUnit], gap: float) -> Iterator[ScoredUnit]:
    """Sentences other than the best whose words the reader believes and that say something else."""
    best = found[0]
    said = [_said(best)]
    for sentence in found[1:]:
        if best.span is None or sentence.span is None:
            continue
        words = _said(sentence)
        new = not any(words in other or other in words for other in said)
        if new and sentence.span.score > 0 and sentence.span.score >= best.span.score - gap:
            said.append(words)
            yield sentence


def _said(sentence: ScoredUnit) -> str:
    """The reader's words in a form in which small differences do not count."""
    text = sentence.hit.document.text[sentence.span.start : sentence.span.end] if sentence.span else ""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _between(one: ScoredUnit, other: ScoredUnit) -> str:
    """The text between two sentences of one document; empty when they are not of one, or not apart."""
    first, last = sorted((one, other), key=lambda sentence: sentence.start)
    same = first.hit.document.id == last.hit.document.id
    return first.hit.document.text[first.end : last.start] if same else ""


def _adds(sentence: ScoredUnit, other: ScoredUnit) -> bool:
    same_place = sentence.hit.document is other.hit.document and sentence.start == other.start
    union = len(sentence.terms | other.terms)
    return not same_place and union > 0 and len(sentence.terms & other.terms) / union <= _SAME_SHARE


def _quotes(chosen: Sequence[ScoredUnit]) -> list[_Quote]:
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


def _with_neighbours(sentence: ScoredUnit) -> _Quote:
    """A sentence that starts with a pronoun brings the one before it, one that ends with a colon the items that
    follow, as long as the quote stays short enough to read."""
    start, end = sentence.start, sentence.end
    words = sentence.text.split(maxsplit=1)
    if words and words[0].strip("\"'“”‘’(").lower() in PRONOUNS:
        before = [unit for unit in units_of(sentence.hit) if unit.end <= start]
        if before and end - before[-1].start <= _LONGEST_QUOTE:
            start = before[-1].start
    if sentence.text.endswith((":", "：")):
        after = (block for block in blocks_in(sentence.hit) if block.start >= end)
        for block in takewhile(lambda block: block.kind in ("list_item", "table_row"), after):
            if block.end - start > _LONGEST_LIST or block.end > sentence.hit.passage.end:
                break
            end = block.end
    if sentence.span:
        end = max(end, min(sentence.span.end, sentence.hit.passage.end))
    return _Quote(sentence.hit, start, end, (sentence.span,) if sentence.span else ())


def _uncertain_notes(quotes: Iterable[_Quote]) -> Iterator[Note]:
    """A note for each document of which OCR is not certain about words that are quoted."""
    uncertain = {
        quote.hit.source.title: quote.hit.document.page_of(quote.start)
        for quote in quotes
        if quote.hit.document.certainty_of(quote.start, quote.end) < _CERTAIN
    }
    for title, page in uncertain.items():
        words = f"{title}: OCR is not certain of some of the quoted words; compare them with the picture of the page."
        yield Note("uncertain_words", words, page)


def _notes(hits: Iterable[Hit]) -> Iterator[Note]:
    """Notes on pages of these hits' documents that could not be read, one for each document."""
    seen = set()
    for hit in hits:
        pages = hit.document.report.unreadable_pages
        if pages and hit.document.id not in seen:
            seen.add(hit.document.id)
            numbers = ", ".join(map(str, pages[:10])) + (" …" if len(pages) > 10 else "")
            yield Note(
                "unreadable_pages",
                f"{hit.source.title}: {len(pages)} of {hit.document.report.pages} pages could not be read ({numbers}).",
            )
