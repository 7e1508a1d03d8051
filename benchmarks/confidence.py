"""Fits the confidence and shows the effect of thresholds, over libraries of 10, 100 and all documents of a set.

    python -m benchmarks.confidence wiki1000:tune --distractors 150 --fit    # prints the constants
    python -m benchmarks.confidence wiki:test                                # evaluates the current ones

Every question is asked twice, in a library of one of the sizes, drawn at random: with the document that answers, where
the answer is right when one of its quotes contains a labelled span, and without it, where any answer is wrong. A
library of 10 is the answering document and 9 others drawn at random, selected with ``documents=``. The fit is a
logistic regression (Platt).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.bootstrap import auroc, in_words
from benchmarks.libraries import Target, opened, parser_of, targets
from benchmarks.questions import LabelledQuestion
from embeddings import Encoder
from qa import Library
from qa.answering import evidence
from qa.answering.quotes import compose
from qa.answering.reading import read
from qa.reader import Reader, ReaderInput, Reading

SIZES = (10, 100, None)
"""Numbers of documents in a library; None: all of them."""
_THRESHOLDS = (0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8)


@dataclass(frozen=True, slots=True)
class Trial:
    """One question asked in one library."""

    size: int | None
    present: bool
    """True if the answering document is among the documents."""
    right: bool
    features: tuple[float, ...]
    """Those of the evidence without a reader."""
    features_read: tuple[float, ...] | None
    """Those of the evidence with the reader; None where it read nothing."""


class _CachingReader(Reader):
    """Reads each passage once per question: most are found with and without the answering document."""

    def __init__(self, inner: Reader) -> None:
        self.inner, self.name, self.calibration = inner, inner.name, inner.calibration
        self._question, self._readings = "", dict[ReaderInput, Reading]()

    def load(self) -> None:
        self.inner.load()

    def read(self, question: str, passages: Sequence[ReaderInput]) -> list[Reading]:
        if question != self._question:
            self._question, self._readings = question, {}
        new = [passage for passage in dict.fromkeys(passages) if passage not in self._readings]
        self._readings |= zip(new, self.inner.read(question, new), strict=True)
        return [self._readings[passage] for passage in passages]


def trials(
    labelled: Iterable[tuple[LabelledQuestion, Target]], library: Library, sizes: Sequence[int | None]
) -> Iterator[Trial]:
    """The trials of every question, in a library of one of these sizes."""
    reader = _CachingReader(library.reader) if library.reader else None
    for question, target in labelled:
        others = list(target.others)
        random.Random(question.id).shuffle(others)
        size = random.Random(f"size/{question.id}").choice(sizes)
        rest = others if size is None else others[: size - 1]
        for present, documents in ((True, [target.source.id, *rest]), (False, rest)):
            hits = library.search(question.text, library.settings.read_passages, documents=documents)
            if not hits:
                continue
            if reader:
                hits = read(reader, question.text, hits)
            weights = library._retriever.weigh(question.text)
            calibration = reader.calibration if reader else None
            judged = evidence.judge(hits, weights, len(documents), library.settings.quoted_passages, calibration)
            settings = library.settings.model_copy(update={"threshold": 0.0})
            quotes = compose(question.text, judged, settings).citations
            right = present and any(target.is_in(each.document_id, each.start, each.end) for each in quotes)
            was_read = any(hit.detail.reader is not None for hit in hits)
            features = evidence.features_read(judged.units[0], hits, weights, len(documents)) if was_read else None
            yield Trial(size, present, right, evidence.features(hits, weights), features)


def fit(name: str, features: NDArray[np.float64], chosen: Sequence[Trial]) -> None:
    """Print the constants for these features, and the thresholds with them."""
    from sklearn.linear_model import LogisticRegression

    right = np.array([trial.right for trial in chosen])
    model = LogisticRegression(C=1e3, max_iter=5000).fit(features, right)
    constants = [round(float(value), 3) for value in (*model.intercept_, *model.coef_[0])]
    print(f"\nfitted, {name}: {constants}")
    show(f"{name}, fitted on these questions", model.predict_proba(features)[:, 1], chosen)


def show(name: str, confidence: NDArray[np.float64], chosen: Sequence[Trial]) -> None:
    """Print the effect of each threshold, and how well the confidence is calibrated."""
    present = np.array([trial.present for trial in chosen])
    right = np.array([trial.right for trial in chosen])
    print(f"\n{name}: n = {len(chosen)}, {present.sum()} with the answering document")
    print(f"AUROC, answer right or not: {auroc(confidence[right], confidence[~right]):.3f}")
    print(f"AUROC, document present or not: {auroc(confidence[present], confidence[~present]):.3f}")
    print("threshold  answered|present  answered|absent  expected wrong  wrong of the answered, document present")
    for threshold in _THRESHOLDS:
        answered = confidence >= threshold
        both = answered & present
        expected = 1 - confidence[both].mean() if both.any() else float("nan")
        wrong = in_words((~right[both]).astype(float).tolist())
        shares = f"{answered[present].mean():18.3f}{answered[~present].mean():17.3f}{expected:16.3f}"
        print(f"{threshold:9.2f}{shares}  {wrong}, n = {both.sum()}")
    print("confidence → observed share right, all trials:")
    for low in np.arange(0, 1, 0.1):
        inside = (confidence >= low) & (confidence < low + 0.1)
        if inside.any():
            print(f"  {confidence[inside].mean():.3f} → {right[inside].mean():.3f}  n = {inside.sum()}")
    for size in SIZES:
        inside = np.array([trial.size == size for trial in chosen])
        if inside.any():
            print(f"  {size or 'all'} documents: {confidence[inside].mean():.3f} → {right[inside].mean():.3f}")


def main(arguments: Sequence[str] | None = None, encoder: Encoder | None = None) -> None:
    """Run the sets named on the command line."""
    parser = parser_of(__doc__)
    parser.add_argument("--size", type=int, action="append", help="only libraries of this many documents (0: all)")
    parser.add_argument("--fit", action="store_true", help="fit, and print the constants")
    options = parser.parse_args(arguments)
    sizes = [size or None for size in options.size] if options.size else SIZES
    for _, questions, library in opened(options, encoder):
        asked = list(trials(targets(questions.sample(options.most), library), library, sizes))
        was_read = [trial for trial in asked if trial.features_read is not None]
        constants = library.reader.calibration.confidence if library.reader else None
        for name, chosen, features, current in (
            ("without a reader", asked, [trial.features for trial in asked], evidence.WITHOUT_READER),
            ("with the reader", was_read, [trial.features_read for trial in was_read], constants),
        ):
            if chosen and options.fit:
                fit(name, np.array(features, np.float64), chosen)
            elif chosen and current:
                confidence = [evidence.logistic(values, current) for values in features if values]
                show(name, np.array(confidence), chosen)


if __name__ == "__main__":
    main()
