"""The effect of the reader's two weights on tune questions: all pairs of values, with each question read once.

python -m benchmarks.weights squad11:tune --most 300
python -m benchmarks.weights wiki:tune --distractors 150 --most 400
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from benchmarks.libraries import Target, opened, parser_of, targets
from benchmarks.questions import LabelledQuestion
from embeddings import Encoder
from qa import Library
from qa.answering.evidence import Weights, judge
from qa.answering.quotes import compose
from qa.answering.reading import in_order, read
from qa.evaluation.scoring import contains_answer, f1, prediction, shown_text
from qa.reader import Calibration
from qa.settings import Settings
from qa.types import Hit

ORDER_WEIGHTS = (0.0, 0.02, 0.03, 0.05, 0.07)
UNIT_SHARES = (0.0, 0.1, 0.15, 0.2, 0.3, 0.6)


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """One question with the passages found for it, after the reader has read them."""

    question: LabelledQuestion
    target: Target
    hits: tuple[Hit, ...]
    weights: Weights


def read_all(labelled: Iterable[tuple[LabelledQuestion, Target]], library: Library) -> Iterator[ReadQuestion]:
    """The questions, searched and read."""
    assert library.reader is not None
    for question, target in labelled:
        found = library.search(question.text, library.settings.read_passages)
        hits = read(library.reader, question.text, found)
        yield ReadQuestion(question, target, tuple(hits), library._retriever.weigh(question.text))


def figures(questions: Sequence[ReadQuestion], settings: Settings, calibration: Calibration) -> list[float]:
    """Recall at 1 and 5, answers in shown quotes, F1, answers in the first 500 and 1,000 characters; all answered."""
    settings = settings.model_copy(update={"threshold": 0.0})
    rows = [_scores(each, settings, calibration) for each in questions]
    return [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def _scores(read_question: ReadQuestion, settings: Settings, calibration: Calibration) -> list[float]:
    question, target = read_question.question, read_question.target
    hits = in_order(read_question.hits, calibration)
    evidence = judge(hits, read_question.weights, 1, settings.quoted_passages, calibration)
    answer = compose(question.text, evidence, settings)
    right = [target.is_in(hit.document.id, hit.passage.start, hit.passage.end) for hit in hits]
    text = shown_text(answer)
    scores = (
        any(right[:1]),
        any(right[:5]),
        any(target.is_in(each.document_id, each.start, each.end) for each in answer.citations),
        f1(prediction(answer), question.answers),
        contains_answer(text[:500], question.answers),
        contains_answer(text[:1000], question.answers),
    )
    return list(map(float, scores))


def main(arguments: Sequence[str] | None = None, encoder: Encoder | None = None) -> None:
    """Run the sets named on the command line."""
    options = parser_of(__doc__).parse_args(arguments)
    for name, questions, library in opened(options, encoder):
        found = list(read_all(targets(questions.sample(options.most), library), library))
        print(f"\n{name}: n = {len(found)}\norder  share    R@1   R@5 shown    F1   500  1000")
        for order, share in product(ORDER_WEIGHTS, UNIT_SHARES):
            values = figures(found, library.settings, Calibration(order, share))
            print(f"{order:5.3f} {share:6.2f}  " + " ".join(f"{value:.3f}" for value in values))


if __name__ == "__main__":
    main()
