"""How well the citations of a language model's sentences support them.

Citation recall and precision as defined by ALCE (Gao et al. 2023, "Enabling Large Language Models to Generate Text
with Citations"), with ``qa.generation.support`` in place of its entailment model: a sentence is recalled when the
passages it cites support it; a citation is precise when its sentence is recalled and the cited passage supports the
sentence on its own. (ALCE also accepts citations that support a sentence only together; this judge reads one passage
at a time.)

The same judge sets the status of the sentences, so these scores say how many of a model's sentences pass it, not how
often it is right; ``python -m benchmarks.support`` measures that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.generation.stream import quotations
from qa.generation.support import support
from qa.types import Answer, Citation, Hit, Statement

_SUPPORTED = ("quoted", "supported")


@dataclass(frozen=True, slots=True)
class CitationScores:
    """The three shares for one answer."""

    recall: float
    """Share of its sentences that their citations support."""
    precision: float
    """Share of its pairs of a sentence and a citation that are precise; 0 where there are none, as in ALCE."""
    struck: float | None
    """Share of the quotations written by the model that are in no passage; None where it wrote none."""


def citation_scores(statements: Sequence[Statement], answer: Answer) -> CitationScores | None:
    """The scores of the ``statements`` that the language model wrote for ``answer``; None when it wrote none."""
    if not statements:
        return None
    cited = {citation.number: citation for citation in answer.citations}
    pairs = [(statement, cited[number]) for statement in statements for number in statement.citations]
    precise = sum(_is_precise(citation, statement, answer.hits) for statement, citation in pairs)
    quoted = sum(max(len(statement.struck), _quotations(statement)) for statement in statements)
    struck = sum(len(statement.struck) for statement in statements)
    return CitationScores(
        sum(statement.status in _SUPPORTED for statement in statements) / len(statements),
        precise / len(pairs) if pairs else 0.0,
        struck / quoted if quoted else None,
    )


def _is_precise(citation: Citation, statement: Statement, hits: Sequence[Hit]) -> bool:
    cited = (
        hit
        for hit in hits
        if hit.document.id == citation.document_id
        and hit.passage.start <= citation.start
        and citation.end <= hit.passage.end
    )
    return statement.status in _SUPPORTED and any(support(statement.text, hit) for hit in cited)


def _quotations(statement: Statement) -> int:
    return sum(any(map(str.isalnum, statement.text[start:end])) for start, end in quotations(statement.text))
