"""Fits the confidence of ``qa.answerer`` and shows what a threshold means.

    python -m benchmarks.confidence wiki:tune --distractors 150 --fit     # prints the constants
    python -m benchmarks.confidence wiki:test                             # the constants in force, on other articles

Every question is asked twice: of all documents, where the best candidate is right when its passage holds a labelled
span, and with the answering document filtered out, where it is wrong. The fit is a logistic regression.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.libraries import build
from benchmarks.questions import QuestionSet, load
from benchmarks.retrieval import auroc
from qa import Library
from qa.answerer import CONFIDENCE_WEIGHTS, confidence, evidence
from qa.evaluation.corpus import Places
from qa.types import Hit

_THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


def collect(questions: QuestionSet, library: Library, most: int | None) -> NDArray[np.float64]:
    """Rows of (set, answering document present, right, confidence, evidence …)."""
    by_name = {source.path.rsplit("/", 1)[-1]: source for source in library.sources()}
    sets = sorted({question.id.split("/")[0] for question in questions.questions})
    places: dict[str, Places] = {}
    rows = []
    for number, question in enumerate(questions.questions[:most], 1):
        assert question.document is not None
        source = by_name[question.document]
        document = library.document(source.document_id)
        place = places.setdefault(document.id, Places(document))
        gold = [span for first, last in question.spans if (span := place.span(first, last))]
        weights = library._indexes.weigh(question.text)
        others = [other.id for other in by_name.values() if other.id != source.id]
        for present, chosen in ((1, None), (0, others)):
            hits = library.search(question.text, 10, documents=chosen)
            right = present and hits and hits[0].document.id == document.id and _holds(hits[0], gold)
            kind = sets.index(question.id.split("/")[0])
            rows.append([kind, present, float(bool(right)), confidence(hits, weights), *evidence(hits, weights)])
        if number % 100 == 0:
            print(f"{number} questions", file=sys.stderr, flush=True)
    return np.array(rows, dtype=np.float64)


def _holds(hit: Hit, gold: list[tuple[int, int]]) -> bool:
    return any(hit.passage.start <= start and end <= hit.passage.end for start, end in gold)


def fit(rows: NDArray[np.float64]) -> None:
    """Print the constants."""
    model = LogisticRegression(C=1e4, max_iter=5000).fit(rows[:, 4:], rows[:, 2])
    constants = [round(float(value), 2) for value in (*model.intercept_, *model.coef_[0])]
    print(f"fitted: {constants}; in force: {list(CONFIDENCE_WEIGHTS)}")
    show(rows, model.predict_proba(rows[:, 4:])[:, 1], "fitted (on the same questions)")


def show(rows: NDArray[np.float64], scores: NDArray[np.float64], name: str) -> None:
    """Print what each threshold does, and how well the promise is kept."""
    present, right = rows[:, 1] == 1, rows[:, 2] == 1
    print(f"\n{name}: {len(rows) // 2} questions asked twice")
    print(f"AUROC, best candidate right or not: {auroc(scores[right], scores[~right]):.3f}")
    print(f"AUROC, document present or not: {auroc(scores[present], scores[~present]):.3f}")
    print("threshold  answered|present  right|answered,present  answered|absent")
    for threshold in _THRESHOLDS:
        answered = scores >= threshold
        correct = right[answered & present].mean() if (answered & present).any() else float("nan")
        print(f"{threshold:9.1f}{answered[present].mean():18.3f}{correct:21.3f}{answered[~present].mean():17.3f}")
    print("promised → observed share right:")
    for low in np.arange(0, 1, 0.2):
        inside = (scores >= low) & (scores < low + 0.2)
        if inside.any():
            print(f"  {scores[inside].mean():.3f} → {right[inside].mean():.3f}  n = {inside.sum()}")


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", help="NAME:PART, such as wiki:tune")
    parser.add_argument("--distractors", type=int, help="keep only so many of boolq's other articles")
    parser.add_argument("--most", type=int, help="ask only the first so many questions")
    parser.add_argument("--save", help="keep the rows in this .npy file")
    parser.add_argument("--fit", action="store_true", help="fit new constants on this set")
    arguments = parser.parse_args()
    questions = load(*arguments.set.split(":"), distractors=arguments.distractors)
    rows = collect(questions, build(questions), arguments.most)
    if arguments.save:
        np.save(arguments.save, rows)
    show(rows, rows[:, 3], f"{arguments.set}, constants in force")
    if arguments.fit:
        fit(rows)


if __name__ == "__main__":
    main()
