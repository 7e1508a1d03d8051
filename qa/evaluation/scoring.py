"""How one answer is scored: SQuAD's exact match and F1, words inside a text, the text that is shown first,
citations."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from embeddings import is_unspaced
from qa.generation.stream import quotations
from qa.generation.support import support
from qa.types import Answer, Citation, Hit, Statement

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_SUPPORTED = ("quoted", "supported")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


@lru_cache(maxsize=32)
def normalise(text: str) -> str:
    """As SQuAD's evaluation does: lower case, no ASCII punctuation, no English articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """1 when the normalised prediction is one of the normalised answers, else 0."""
    return float(any(normalise(prediction) == normalise(answer) for answer in answers))


def f1(prediction: str, answers: Sequence[str]) -> float:
    """SQuAD's F1 over normalised words, the best over all answers; words are separated by white space."""
    return max((_f1(normalise(prediction).split(), normalise(answer).split()) for answer in answers), default=0.0)


def _f1(predicted: list[str], accepted: list[str]) -> float:
    if not predicted or not accepted:
        return float(predicted == accepted)
    shared = sum((Counter(predicted) & Counter(accepted)).values())
    return 2 * shared / (len(predicted) + len(accepted))  # = 2PR / (P + R)


def contains_answer(text: str, answers: Sequence[str]) -> bool:
    """True if the text contains one of the answers as whole words, both normalised.

    An answer that normalises to nothing is compared as it is, except for case and white space.
    """
    return any(
        _contains(normalise(text), normalise(answer)) if normalise(answer) else _contains(_plain(text), _plain(answer))
        for answer in answers
    )


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _contains(text: str, words: str) -> bool:
    at = text.find(words) if words else -1
    while at >= 0:
        if not _inside_word(text, at) and not _inside_word(text, at + len(words)):
            return True
        at = text.find(words, at + 1)
    return False


def _inside_word(text: str, at: int) -> bool:
    """True if the characters before and after ``at`` belong to one word."""
    return 0 < at < len(text) and all(
        unicodedata.category(char)[0] in "LNM" and not is_unspaced(char) for char in text[at - 1 : at + 1]
    )


def shown_text(answer: Answer) -> str:
    """The text that a person reads, in order: ``answer.text`` without citation numbers, quotes that are not in it, then
    the passages of the hits; without titles, and without words that were struck out."""
    stated = " ".join(statement.honest_text for statement in answer.statements) if answer.statements else answer.text
    further = [citation.quote for citation in answer.citations if citation.quote not in stated]
    return "\n".join([stated, *further, *(hit.passage.text for hit in answer.hits)])


@dataclass(frozen=True, slots=True)
class Gold:
    """The definition of a hit for one question.

    With ``spans`` (labelled offsets): a passage or quote that contains a whole one of them. Else with ``documents``:
    one from such a document that contains an accepted answer (see ``contains_answer``). Else: any that contains one.
    """

    answers: tuple[str, ...]
    """Accepted wordings, and the text of the labelled spans."""
    documents: frozenset[str] | None = None
    """Ids of the documents that answer; None for any."""
    spans: tuple[tuple[str, int, int], ...] = ()
    """(document id, start, end)."""

    def is_hit(self, document_id: str, start: int, end: int, text: str) -> bool:
        """True if ``text``, which is ``[start:end]`` of the document, is a hit."""
        if self.spans:
            return any(name == document_id and start <= a and b <= end for name, a, b in self.spans)
        return (self.documents is None or document_id in self.documents) and contains_answer(text, self.answers)

    def is_quoted(self, answer: Answer) -> bool:
        """True if one of the answer's quotes is a hit."""
        return any(self.is_hit(c.document_id, c.start, c.end, c.quote) for c in answer.citations)


def prediction(answer: Answer) -> str:
    """The text that exact match and F1 are computed on: ``short`` where the answer has it, else its first quote."""
    if answer.short is not None:
        return answer.short
    return answer.citations[0].quote if answer.citations else ""


def citation_scores(statements: Sequence[Statement], answer: Answer) -> dict[str, float | None]:
    """The fields of ``ScoredQuestion`` that judge the ``statements`` a language model wrote for ``answer``; empty when
    it wrote none.

    Citation recall and precision as defined by ALCE (Gao et al. 2023, "Enabling Large Language Models to Generate Text
    with Citations"), with ``qa.generation.support`` in place of its entailment model: a sentence is recalled when the
    passages it cites support it; a citation is precise when its sentence is recalled and the cited passage supports the
    sentence on its own. (ALCE also accepts citations that support a sentence only together; this judge reads one
    passage at a time.) The same judge sets the status of the sentences, so these scores say how many of a model's
    sentences pass it, not how often it is right; ``python -m benchmarks.support`` measures that.
    """
    if not statements:
        return {}
    cited = {citation.number: citation for citation in answer.citations}
    pairs = [(statement, cited[number]) for statement in statements for number in statement.citations]
    precise = sum(_is_precise(citation, statement, answer.hits) for statement, citation in pairs)
    quoted = sum(max(len(statement.struck), _quotations(statement)) for statement in statements)
    struck = sum(len(statement.struck) for statement in statements)
    return {
        "citation_recall": sum(statement.status in _SUPPORTED for statement in statements) / len(statements),
        "citation_precision": precise / len(pairs) if pairs else 0.0,
        "struck": struck / quoted if quoted else None,
    }


def _is_precise(citation: Citation, statement: Statement, hits: Sequence[Hit]) -> bool:
    return statement.status in _SUPPORTED and any(
        hit.document.id == citation.document_id
        and hit.passage.start <= citation.start
        and citation.end <= hit.passage.end
        and support(statement.text, hit)
        for hit in hits
    )


def _quotations(statement: Statement) -> int:
    return sum(any(map(str.isalnum, statement.text[start:end])) for start, end in quotations(statement.text))
