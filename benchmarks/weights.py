"""What the reader's two weights give on tune questions: every pair of values, each question read once.

python -m benchmarks.weights squad11:tune --most 300
python -m benchmarks.weights wiki:tune --distractors 150 --most 400
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass
from itertools import product

from benchmarks.libraries import build
from benchmarks.questions import Question, QuestionSet, load
from qa import Library
from qa.answering.evidence import Weights, judge
from qa.answering.quotes import compose
from qa.answering.reading import in_order, read
from qa.evaluation.corpus import DenseOffsets
from qa.evaluation.scoring import contains_answer, f1, prediction, shown_text
from qa.reader import Calibration
from qa.types import Hit

ORDER_WEIGHTS = (0.0, 0.02, 0.03, 0.05, 0.07)
SENTENCE_SHARES = (0.0, 0.1, 0.15, 0.2, 0.3, 0.6)


@dataclass(frozen=True, slots=True)
class Read:
    """One question with the passages found for it, as the reader read them."""

    question: Question
    document_id: str
    gold: tuple[tuple[int, int], ...]
    hits: tuple[Hit, ...]
    weights: Weights


def read_all(questions: QuestionSet, library: Library, most: int | None) -> list[Read]:
    """The questions, or ``most`` of them drawn by chance, searched and read."""
    assert library.reader is not None
    by_name = {source.path.rsplit("/", 1)[-1]: source for source in library.sources()}
    chosen = list(questions.questions)
    if most is not None and most < len(chosen):
        chosen = random.Random(0).sample(chosen, most)
    places: dict[str, DenseOffsets] = {}
    found = []
    for number, question in enumerate(chosen, 1):
        assert question.document is not None
        document = library.document(by_name[question.document].document_id)
        place = places.setdefault(document.id, DenseOffsets(document))
        gold = tuple(span for first, last in question.spans if (span := place.span(first, last)))
        hits = read(library.reader, question.text, library.search(question.text, library.settings.read_passages))
        found.append(Read(question, document.id, gold, tuple(hits), library._indexes.weigh(question.text)))
        if number % 50 == 0:
            print(f"{number}/{len(chosen)} questions", file=sys.stderr, flush=True)
    return found


def figures(reads: list[Read], library: Library, order: float, share: float) -> list[float]:
    """Recall at 1 and 5, answers in shown quotes, F1, answers in the first 500 and 1,000 characters; all answered."""
    settings = library.settings.model_copy(update={"threshold": 0.0})
    calibration = Calibration(order, share)
    rows = []
    for each in reads:
        hits = in_order(each.hits, calibration)
        evidence = judge(hits, each.weights, 1, settings.quoted_passages, calibration)
        found = compose(each.question.text, evidence, settings)
        ranks = [
            rank for rank, hit in enumerate(hits) if _holds(each, hit.document.id, hit.passage.start, hit.passage.end)
        ]
        shown = any(_holds(each, c.document_id, c.start, c.end) for c in found.citations)
        text = shown_text(found)
        rows.append(
            [
                bool(ranks and ranks[0] < 1),
                bool(ranks and ranks[0] < 5),
                shown,
                f1(prediction(found), each.question.answers),
                contains_answer(text[:500], each.question.answers),
                contains_answer(text[:1000], each.question.answers),
            ]
        )
    return [sum(map(float, column)) / len(rows) for column in zip(*rows, strict=True)]


def _holds(read: Read, document_id: str, start: int, end: int) -> bool:
    return document_id == read.document_id and any(start <= a and b <= end for a, b in read.gold)


def main() -> None:
    """Run the sets named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", help="NAME:PART, such as squad11:tune")
    parser.add_argument("--distractors", type=int, help="keep only so many of boolq's other articles")
    parser.add_argument("--most", type=int, help="draw at most so many questions of a set")
    arguments = parser.parse_args()
    for each in arguments.sets:
        name, part = each.split(":")
        questions = load(name, part, distractors=arguments.distractors)
        library = build(questions)
        reads = read_all(questions, library, arguments.most)
        print(f"\n{each}: n = {len(reads)}\norder  share    R@1   R@5 shown    F1   500  1000")
        for order, share in product(ORDER_WEIGHTS, SENTENCE_SHARES):
            print(f"{order:5.3f} {share:6.2f}  " + " ".join(f"{v:.3f}" for v in figures(reads, library, order, share)))


if __name__ == "__main__":
    main()
