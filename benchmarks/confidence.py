"""Fits the confidence and shows what a threshold means, over libraries of 10, 100 and all documents of a set.

    python -m benchmarks.confidence wiki1000:tune --distractors 150 --fit    # prints the constants
    python -m benchmarks.confidence wiki:test                                # those in force, elsewhere

Every question is asked twice, in a library of one of the sizes, drawn by chance: with the document that answers, where
the answer is right when one of its quotes holds a labelled span, and without it, where any answer is wrong. A library
of 10 is the answering document and 9 others drawn by chance, chosen with ``documents=``. The fit is a logistic
regression (Platt).
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.libraries import build
from benchmarks.questions import Question, QuestionSet, load
from benchmarks.retrieval import auroc, interval
from qa import Library
from qa.answering import evidence
from qa.answering.quotes import compose
from qa.answering.reading import read as read_hits
from qa.evaluation.corpus import DenseOffsets
from qa.reader import Reader, ReaderInput, Reading
from qa.types import Hit

SIZES = (10, 100, None)
"""Documents of a library; None: all of them."""
_THRESHOLDS = (0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question in one library."""

    kind: str
    size: int | None
    present: bool
    """Whether the answering document is among the documents."""
    right: bool
    without: tuple[float, ...]
    """The evidence when no reader reads."""
    read: tuple[float, ...] | None
    """The evidence with the reader; None where it read nothing."""


class _Remembering(Reader):
    """Reads each passage once for a question: with and without the answering document they are mostly the same."""

    def __init__(self, inner: Reader) -> None:
        self.inner, self.name, self.calibration = inner, inner.name, inner.calibration
        self._question, self._seen = "", dict[ReaderInput, Reading]()

    def load(self) -> None:
        self.inner.load()

    def read(self, question: str, passages: Sequence[ReaderInput]) -> list[Reading]:
        if question != self._question:
            self._question, self._seen = question, {}
        new = [passage for passage in dict.fromkeys(passages) if passage not in self._seen]
        self._seen |= zip(new, self.inner.read(question, new), strict=True)
        return [self._seen[passage] for passage in passages]


def collect(questions: QuestionSet, library: Library, most: int | None, sizes: Sequence[int | None]) -> list[Asked]:
    """Every question, or ``most`` of them drawn by chance, in a library of one of these sizes."""
    by_name = {source.path.rsplit("/", 1)[-1]: source.id for source in library.sources()}
    reader = _Remembering(library.reader) if library.reader else None
    chosen = list(questions.questions)
    if most is not None and most < len(chosen):
        chosen = random.Random(0).sample(chosen, most)
    places: dict[str, DenseOffsets] = {}
    rows: list[Asked] = []
    for number, question in enumerate(chosen, 1):
        assert question.document is not None
        own = by_name[question.document]
        document = library.document(library.source(own).document_id)
        place = places.setdefault(document.id, DenseOffsets(document))
        gold = [span for first, last in question.spans if (span := place.span(first, last))]
        others = [other for other in by_name.values() if other != own]
        random.Random(question.id).shuffle(others)
        size = random.Random(f"size/{question.id}").choice(sizes)
        rest = others if size is None else others[: size - 1]
        rows += _ask(library, reader, question, size, [own, *rest], document.id, gold)
        rows += _ask(library, reader, question, size, rest, document.id, [])
        if number % 50 == 0:
            print(f"{number}/{len(chosen)} questions", file=sys.stderr, flush=True)
    return rows


def _ask(
    library: Library,
    reader: Reader | None,
    question: Question,
    size: int | None,
    documents: Sequence[int],
    document_id: str,
    gold: Sequence[tuple[int, int]],
) -> Iterator[Asked]:
    settings = library.settings.model_copy(update={"threshold": 0.0})
    hits: list[Hit] = library.search(question.text, settings.read_passages, documents=documents)
    if not hits:
        return
    weights = library._indexes.weigh(question.text)
    calibration = reader.calibration if reader else None
    if reader:
        hits = read_hits(reader, question.text, hits)
    judged = evidence.judge(hits, weights, len(documents), settings.quoted_passages, calibration)
    found = compose(question.text, judged, settings)
    right = any(
        c.document_id == document_id and any(c.start <= start and end <= c.end for start, end in gold)
        for c in found.citations
    )
    read = None
    if calibration and any(hit.detail.reader is not None for hit in hits):
        read = evidence.features_read(judged.units[0], hits, weights, len(documents))
    yield Asked(question.id.split("/")[0], size, bool(gold), right, evidence.features(hits, weights), read)


def fit(name: str, values: NDArray[np.float64], rows: Sequence[Asked]) -> None:
    """Print the constants for this evidence, and what they would do."""
    right = np.array([row.right for row in rows])
    model = LogisticRegression(C=1e3, max_iter=5000).fit(values, right)
    constants = [round(float(value), 3) for value in (*model.intercept_, *model.coef_[0])]
    print(f"\nfitted, {name}: {constants}")
    show(f"{name}, fitted on these questions", model.predict_proba(values)[:, 1], rows)


def show(name: str, scores: NDArray[np.float64], rows: Sequence[Asked]) -> None:
    """Print what each threshold does, and how well the promise is kept."""
    present = np.array([row.present for row in rows])
    right = np.array([row.right for row in rows])
    print(f"\n{name}: n = {len(rows)}, {present.sum()} with the answering document")
    print(f"AUROC, answer right or not: {auroc(scores[right], scores[~right]):.3f}")
    print(f"AUROC, document present or not: {auroc(scores[present], scores[~present]):.3f}")
    print("threshold  answered|present  answered|absent  promised wrong  wrong of what is answered, document present")
    for threshold in _THRESHOLDS:
        answered = scores >= threshold
        chosen = answered & present
        wrong = interval((~right[chosen]).astype(float).tolist()) if chosen.any() else (float("nan"),) * 3
        print(
            f"{threshold:9.2f}{answered[present].mean():18.3f}{answered[~present].mean():17.3f}"
            f"{1 - scores[chosen].mean():16.3f}  " + "{:.3f} [{:.3f}, {:.3f}]".format(*wrong) + f", n = {chosen.sum()}"
        )
    print("promised → observed share right, all askings:")
    for low in np.arange(0, 1, 0.1):
        inside = (scores >= low) & (scores < low + 0.1)
        if inside.any():
            print(f"  {scores[inside].mean():.3f} → {right[inside].mean():.3f}  n = {inside.sum()}")
    for size in SIZES:
        chosen = np.array([row.size == size for row in rows])
        if chosen.any():
            print(f"  {size or 'all'} documents: {scores[chosen].mean():.3f} → {right[chosen].mean():.3f}")


def main() -> None:
    """Run one set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", help="NAME:PART, such as wiki:tune")
    parser.add_argument("--distractors", type=int, help="keep only so many of boolq's other articles")
    parser.add_argument("--most", type=int, help="draw at most so many questions")
    parser.add_argument("--size", type=int, action="append", help="only libraries of so many documents (0: all)")
    parser.add_argument("--fit", action="store_true", help="fit, and print the constants")
    arguments = parser.parse_args()
    name, part = arguments.set.split(":")
    questions = load(name, part, distractors=arguments.distractors)
    library = build(questions)
    sizes = [size or None for size in arguments.size] if arguments.size else SIZES
    rows = collect(questions, library, arguments.most, sizes)
    for words, kept in (
        ("without a reader", [(row, row.without) for row in rows]),
        ("with the reader", [(row, row.read) for row in rows if row.read is not None]),
    ):
        if not kept:
            continue
        chosen, values = [row for row, _ in kept], np.array([value for _, value in kept], np.float64)
        read = library.reader if words == "with the reader" else None
        constants = read.calibration.confidence if read else evidence.WITHOUT_READER
        if arguments.fit:
            fit(words, values, chosen)
        elif constants:
            show(words, np.array([evidence.logistic(value, constants) for value in values]), chosen)


if __name__ == "__main__":
    main()
