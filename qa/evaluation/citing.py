"""How well the sentences that a language model wrote are proven by what they cite.

Citation recall and precision as ALCE defines them (Gao et al. 2023, "Enabling Large Language Models to Generate Text
with Citations"), with ``qa.generation.support`` in the place of its entailment model: a sentence is recalled when
what it cites supports it; a citation is precise when its sentence is recalled and the citation's own passage supports
the sentence. (ALCE also takes citations that support only together; this judge reads one passage at a time.)

It is the judge that marks the sentences, too: these figures say how much of what a model writes passes it, not how
often it is right; ``python -m benchmarks.support`` measures that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.generation.stream import quotations
from qa.generation.support import support
from qa.types import Answer, Citation, Hit, Statement

_PROVEN = ("quoted", "supported")


@dataclass(frozen=True, slots=True)
class Citing:
    """The three shares of one answer."""

    recall: float
    """Of its sentences: those that what they cite supports."""
    precision: float
    """Of its pairs of a sentence and a citation: the precise ones; 0 where there are none, as in ALCE."""
    struck: float | None
    """Of the quotations that the model wrote: those that stand in no passage; None where it wrote none."""


def citing(statements: Sequence[Statement], answer: Answer) -> Citing | None:
    """Of the sentences that the language model wrote of this answer; None when it wrote none."""
    if not statements:
        return None
    cited = {citation.number: citation for citation in answer.citations}
    pairs = [(statement, cited[number]) for statement in statements for number in statement.citations]
    precise = sum(_proves(citation, statement, answer.hits) for statement, citation in pairs)
    quoted = sum(max(len(statement.struck), _quotations(statement)) for statement in statements)
    struck = sum(len(statement.struck) for statement in statements)
    return Citing(
        sum(statement.status in _PROVEN for statement in statements) / len(statements),
        precise / len(pairs) if pairs else 0.0,
        struck / quoted if quoted else None,
    )


def _proves(citation: Citation, statement: Statement, hits: Sequence[Hit]) -> bool:
    around = (
        hit
        for hit in hits
        if hit.document.id == citation.document_id
        and hit.passage.start <= citation.start
        and citation.end <= hit.passage.end
    )
    return statement.status in _PROVEN and any(support(statement.text, hit) for hit in around)


def _quotations(statement: Statement) -> int:
    return sum(any(map(str.isalnum, statement.text[start:end])) for start, end in quotations(statement.text))
