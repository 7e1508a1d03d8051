"""Recall, answers inside shown quotes, and abstaining, on labelled sets with documents whole.

    python -m benchmarks.retrieval squad11:test clapnq:test covidqa:all wiki:test

``wiki`` is one library of squad11's, clapnq's and nq_whole's documents and boolq's articles; its figures come for each
set of questions. A passage counts as found when it holds a whole labelled span. ``dense`` ranks by the passage's own
vector (the usual FAISS demo), ``bm25`` by words alone, ``fused`` is what ``Library.search`` gives, all three from one
search; ``read`` is the order of ``Library.ask`` after the reader. A gold answer counts as shown when a quote of
``Library.ask`` holds a whole labelled span. EM and F1 are SQuAD's, of ``answer.short`` (else of the first quote);
``not_found`` counts 0. Characters are the first that are shown (``qa.evaluation.scoring.shown_text``). Abstaining asks
every question twice: of all documents, and with the answering document filtered out (``--once`` leaves that out).
Intervals: 95 % bootstrap over questions.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.libraries import build
from benchmarks.questions import Question, QuestionSet, load
from qa import Library
from qa.evaluation.corpus import DenseOffsets
from qa.evaluation.figures import auroc as area
from qa.evaluation.figures import interval as percentiles
from qa.evaluation.figures import resamples
from qa.evaluation.scoring import contains_answer, exact_match, f1, prediction, shown_text
from qa.types import Document, Hit

RANKINGS = ("dense", "bm25", "fused", "read")
DEPTHS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one question."""

    kind: str
    """The set it is from."""
    found: dict[str, int | None]
    """1-based rank of the first passage that holds a labelled span, by ranking; None beyond the candidates."""
    shown: bool
    """A quote of the answer holds a labelled span."""
    best: bool
    """The same, whatever the threshold."""
    exact: float
    f1: float
    in_500: bool
    in_1000: bool
    seconds: float
    """Of ``Library.ask``."""
    confidence: float
    confidence_without: float
    """With the answering document filtered out; NaN when not asked."""


def run(
    questions: QuestionSet, library: Library, most: int | None, seed: int = 0, *, once: bool = False
) -> list[Outcome]:
    """Outcomes of the set's questions, or of ``most`` of them drawn at random."""
    chosen = list(questions.questions)
    if most is not None and most < len(chosen):
        chosen = random.Random(seed).sample(chosen, most)
    by_name = {source.path.rsplit("/", 1)[-1]: source for source in library.sources()}
    places: dict[str, DenseOffsets] = {}
    outcomes = []
    for number, question in enumerate(chosen, 1):
        assert question.document is not None
        source = by_name[question.document]
        document = library.document(source.document_id)
        if document.id not in places:
            places[document.id] = DenseOffsets(document)
        gold = [span for first, last in question.spans if (span := places[document.id].span(first, last))]
        others = [other for other in by_name.values() if other.id != source.id]
        outcomes.append(_ask(library, question, document, gold, None if once else [other.id for other in others]))
        if number % 100 == 0:
            print(f"{questions.name}: {number}/{len(chosen)}", file=sys.stderr, flush=True)
    return outcomes


def _ask(
    library: Library,
    question: Question,
    document: Document,
    gold: Sequence[tuple[int, int]],
    others: Sequence[int] | None,
) -> Outcome:
    hits = library.search(question.text, 2 * library.settings.candidates)
    best = library.ask(question.text, threshold=0.0)
    answered = best.confidence >= library.settings.threshold
    answer = best if answered else replace(best, status="not_found", statements=(), citations=(), short=None)
    right = any(c.document_id == document.id and _holds(c.start, c.end, gold) for c in best.citations)
    without = library.ask(question.text, documents=others).confidence if others is not None else float("nan")
    found = {ranking: _rank(hits, ranking, document, gold) for ranking in RANKINGS}
    found["read"] = _rank(answer.hits, "fused", document, gold)
    words, text = prediction(answer), shown_text(answer)
    return Outcome(
        question.id.split("/")[0],
        found,
        answered and right,
        right,
        exact_match(words, question.answers) if answered else 0.0,
        f1(words, question.answers) if answered else 0.0,
        contains_answer(text[:500], question.answers),
        contains_answer(text[:1000], question.answers),
        answer.timings["total"],
        answer.confidence,
        without,
    )


def _rank(hits: Sequence[Hit], ranking: str, document: Document, gold: Sequence[tuple[int, int]]) -> int | None:
    ranks = []
    for position, hit in enumerate(hits, 1):
        if hit.passage.document_id == document.id and _holds(hit.passage.start, hit.passage.end, gold):
            rank = {"fused": position, "read": None, "dense": hit.detail.dense_rank, "bm25": hit.detail.sparse_rank}[
                ranking
            ]
            ranks += [rank] if rank is not None else []
    return min(ranks, default=None)


def _holds(start: int, end: int, gold: Sequence[tuple[int, int]]) -> bool:
    return any(start <= a and b <= end for a, b in gold)


def interval(values: Sequence[float], rounds: int = 1000, seed: int = 0) -> tuple[float, float, float]:
    """Mean and 95 % percentile bootstrap interval."""
    column = np.array(values, np.float64)
    low, high = percentiles([float(column[chosen].mean()) for chosen in resamples(len(column), seed, rounds)])
    return float(column.mean()), low or 0.0, high or 0.0


def auroc(positive: Iterable[float], negative: Iterable[float]) -> float:
    """Probability that a positive scores above a negative; ties count half."""
    return area(np.array([(score, 1) for score in positive] + [(score, 0) for score in negative], np.float64))


def report(name: str, outcomes: Sequence[Outcome], threshold: float) -> None:
    """Print one set's table."""
    print(f"\n{name}: n = {len(outcomes)}")
    print(f"{'':8}" + "".join(f"R@{depth:<22}" for depth in DEPTHS))
    for ranking in RANKINGS:
        cells = []
        for depth in DEPTHS:
            found = [float((outcome.found[ranking] or 10**9) <= depth) for outcome in outcomes]
            cells.append("{:.3f} [{:.3f}, {:.3f}]".format(*interval(found)))
        print(f"{ranking:8}" + "".join(f"{cell:24}" for cell in cells))
    for words, values in (
        ("gold answer inside a shown quote", [outcome.shown for outcome in outcomes]),
        ("EM", [outcome.exact for outcome in outcomes]),
        ("F1", [outcome.f1 for outcome in outcomes]),
        ("answer within 500 characters", [outcome.in_500 for outcome in outcomes]),
        ("answer within 1,000 characters", [outcome.in_1000 for outcome in outcomes]),
        ("answered, answer in the documents", [outcome.confidence >= threshold for outcome in outcomes]),
    ):
        print(words + ": {:.3f} [{:.3f}, {:.3f}]".format(*interval([float(value) for value in values])))
    for least in (threshold, 0.5, 0.7):
        answered = [outcome for outcome in outcomes if outcome.confidence >= least]
        promised = 1 - sum(outcome.confidence for outcome in answered) / max(len(answered), 1)
        wrong = interval([float(not outcome.best) for outcome in answered])
        print(f"answered from {least:.2f} on, n = {len(answered)}: promised wrong {promised:.3f}, ", end="")
        print("observed {:.3f} [{:.3f}, {:.3f}]".format(*wrong))
    print(f"median seconds of an answer: {np.median([outcome.seconds for outcome in outcomes]):.3f}", flush=True)
    if not np.isnan(outcomes[0].confidence_without):
        wrongly = interval([float(outcome.confidence_without >= threshold) for outcome in outcomes])
        print("answered, answering document filtered out: {:.3f} [{:.3f}, {:.3f}]".format(*wrongly))
        area = auroc([o.confidence for o in outcomes], [o.confidence_without for o in outcomes])
        print(f"AUROC of the confidence, with against without the answering document: {area:.3f}", flush=True)


def main() -> None:
    """Run the sets named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", help="NAME:PART, such as squad11:test")
    parser.add_argument("--distractors", type=int, help="keep only so many of boolq's other articles")
    parser.add_argument("--most", type=int, help="draw at most so many questions of a set")
    parser.add_argument("--once", action="store_true", help="do not ask again with the document filtered out")
    arguments = parser.parse_args()
    for each in arguments.sets:
        name, part = each.split(":")
        questions = load(name, part, distractors=arguments.distractors)
        library = build(questions)
        outcomes = run(questions, library, arguments.most, once=arguments.once)
        for kind in sorted({outcome.kind for outcome in outcomes}):
            chosen = [outcome for outcome in outcomes if outcome.kind == kind]
            report(each if kind == name else f"{each}, {kind}", chosen, library.settings.threshold)


if __name__ == "__main__":
    main()
