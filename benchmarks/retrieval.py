"""Recall, answers inside shown quotes, and abstaining, on labelled sets with whole documents.

    python -m benchmarks.retrieval squad11:test clapnq:test covidqa:all wiki:test

``wiki`` is one library of squad11's, clapnq's and nq_whole's documents and boolq's articles; its figures are printed
for each set of questions. A passage counts as found when it contains a whole labelled span. ``dense`` ranks by the
passage's own vector (the usual FAISS demo), ``bm25`` by words alone, ``fused`` is the order of ``Library.search``, all
three from one search; ``read`` is the order of ``Library.ask`` after the reader. An answer counts as shown when a quote
of ``Library.ask`` contains a whole labelled span. EM and F1 are SQuAD's, of ``answer.short`` (else of the first quote);
``not_found`` counts 0. Characters are counted in ``qa.evaluation.scoring.shown_text``. For abstaining, every question
is asked twice: of all documents, and with the answering document filtered out (``--once`` omits that). Intervals: 95 %
bootstrap over questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.bootstrap import auroc, in_words
from benchmarks.libraries import Target, opened, parser_of, targets
from benchmarks.questions import LabelledQuestion
from embeddings import Encoder
from qa import Answer, Library
from qa.evaluation.scoring import contains_answer, exact_match, f1, prediction, shown_text
from qa.types import Hit

RANKINGS = ("dense", "bm25", "fused", "read")
DEPTHS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for one question."""

    kind: str
    """The set it is from."""
    found: dict[str, int | None]
    """1-based rank of the first passage that contains a labelled span, by ranking; None beyond the candidates."""
    shown: bool
    """A quote of the answer contains a labelled span."""
    best: bool
    """The same, regardless of the threshold."""
    exact: float
    f1: float
    in_500: bool
    in_1000: bool
    seconds: float
    """Of ``Library.ask``."""
    confidence: float
    confidence_without: float
    """With the answering document filtered out; NaN when not asked."""


def ask(library: Library, question: LabelledQuestion, target: Target, *, once: bool = False) -> Outcome:
    """The outcome of one question."""
    hits = library.search(question.text, 2 * library.settings.candidates)
    best = library.ask(question.text, threshold=0.0)
    answered = best.confidence >= library.settings.threshold
    answer = best if answered else replace(best, status="not_found", statements=(), citations=(), short=None)
    right = any(target.is_in(c.document_id, c.start, c.end) for c in best.citations)
    without = float("nan") if once else library.ask(question.text, documents=target.others).confidence
    words, text = prediction(answer), shown_text(answer)
    return Outcome(
        question.id.split("/")[0],
        _ranks(hits, answer, target),
        shown=answered and right,
        best=right,
        exact=exact_match(words, question.answers) if answered else 0.0,
        f1=f1(words, question.answers) if answered else 0.0,
        in_500=contains_answer(text[:500], question.answers),
        in_1000=contains_answer(text[:1000], question.answers),
        seconds=answer.timings["total"],
        confidence=answer.confidence,
        confidence_without=without,
    )


def _ranks(hits: Sequence[Hit], answer: Answer, target: Target) -> dict[str, int | None]:
    right = [(rank, hit.detail) for rank, hit in enumerate(hits, 1) if _is_right(hit, target)]
    dense = (detail.dense_rank for _, detail in right if detail.dense_rank is not None)
    sparse = (detail.sparse_rank for _, detail in right if detail.sparse_rank is not None)
    read = (rank for rank, hit in enumerate(answer.hits, 1) if _is_right(hit, target))
    fused = (rank for rank, _ in right)
    return {name: min(ranks, default=None) for name, ranks in zip(RANKINGS, (dense, sparse, fused, read), strict=True)}


def _is_right(hit: Hit, target: Target) -> bool:
    return target.is_in(hit.passage.document_id, hit.passage.start, hit.passage.end)


def report(name: str, outcomes: Sequence[Outcome], threshold: float) -> None:
    """Print one set's figures."""
    print(f"\n{name}: n = {len(outcomes)}")
    print(f"{'':8}" + "".join(f"R@{depth:<22}" for depth in DEPTHS))
    for ranking in RANKINGS:
        ranks = [outcome.found[ranking] for outcome in outcomes]
        cells = [in_words([float(rank is not None and rank <= depth) for rank in ranks]) for depth in DEPTHS]
        print(f"{ranking:8}" + "".join(f"{cell:24}" for cell in cells))
    for words, values in (
        ("gold answer inside a shown quote", [outcome.shown for outcome in outcomes]),
        ("EM", [outcome.exact for outcome in outcomes]),
        ("F1", [outcome.f1 for outcome in outcomes]),
        ("answer within 500 characters", [outcome.in_500 for outcome in outcomes]),
        ("answer within 1,000 characters", [outcome.in_1000 for outcome in outcomes]),
        ("answered, answer in the documents", [outcome.confidence >= threshold for outcome in outcomes]),
    ):
        print(f"{words}: {in_words([float(value) for value in values])}")
    for least in (threshold, 0.5, 0.7):
        answered = [outcome for outcome in outcomes if outcome.confidence >= least]
        expected = 1 - sum(outcome.confidence for outcome in answered) / max(len(answered), 1)
        wrong = in_words([float(not outcome.best) for outcome in answered])
        print(f"answered from {least:.2f} on, n = {len(answered)}: expected wrong {expected:.3f}, observed {wrong}")
    print(f"median seconds of an answer: {np.median([outcome.seconds for outcome in outcomes]):.3f}", flush=True)
    if not np.isnan(outcomes[0].confidence_without):
        _report_abstaining(outcomes, threshold)


def _report_abstaining(outcomes: Sequence[Outcome], threshold: float) -> None:
    wrongly = in_words([float(outcome.confidence_without >= threshold) for outcome in outcomes])
    print(f"answered, answering document filtered out: {wrongly}")
    area = auroc([each.confidence for each in outcomes], [each.confidence_without for each in outcomes])
    print(f"AUROC of the confidence, with against without the answering document: {area:.3f}", flush=True)


def main(arguments: Sequence[str] | None = None, encoder: Encoder | None = None) -> None:
    """Run the sets named on the command line."""
    parser = parser_of(__doc__)
    parser.add_argument("--once", action="store_true", help="do not ask again with the document filtered out")
    options = parser.parse_args(arguments)
    for name, questions, library in opened(options, encoder):
        labelled = targets(questions.sample(options.most), library, report_every=100)
        outcomes = [ask(library, question, target, once=options.once) for question, target in labelled]
        for kind in sorted({outcome.kind for outcome in outcomes}):
            chosen = [outcome for outcome in outcomes if outcome.kind == kind]
            report(name if kind == questions.name else f"{name}, {kind}", chosen, library.settings.threshold)


if __name__ == "__main__":
    main()
