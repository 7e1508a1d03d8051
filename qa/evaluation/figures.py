"""The scored questions of one evaluation → figures with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

DEPTHS = (1, 3, 5, 10)
ROUNDS = 1000
"""Resamples for each interval."""
_PERCENTILES = (2.5, 97.5)
"""An interval lies between these percentiles of the resamples: 95 %."""
BINS = 10
"""Bins of the calibration error: confidences from 0 to 0.1, … , 0.9 to 1."""

Values = NDArray[np.float64]
Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class ScoredQuestion:
    """The scores of one question."""

    id: str
    question: str
    answerable: bool
    """True if some document answers it."""
    answered: bool
    """False for ``not_found``: the confidence is below the threshold."""
    confidence: float
    right: bool
    """True if a quote of the best answer is a hit, also when it was withheld below the threshold; False if
    unanswerable."""
    rank: int | None = None
    """1-based rank of the first of ten passages that is a hit; None where none of them is."""
    exact: float = 0.0
    f1: float = 0.0
    """Both 0 for ``not_found``."""
    in_quote: bool = False
    """True if a shown quote is a hit; False for ``not_found``."""
    in_500: bool = False
    in_1000: bool = False
    """True if the words of an accepted answer are among that many of the first characters shown."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """By step, as in ``Answer.timings``."""
    citation_recall: float | None = None
    """Share of a language model's sentences that their citations support; None where it wrote none, as below."""
    citation_precision: float | None = None
    """Share of its pairs of a sentence and a citation that are precise (``qa.evaluation.scoring.citation_scores``)."""
    struck: float | None = None
    """Share of the quotations it wrote that are in no passage."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number."""

    name: str
    value: float | None
    """None where it is undefined, such as AUROC without both kinds of questions."""
    low: float | None
    high: float | None
    """95 % percentile bootstrap interval over questions."""
    n: int
    """Number of questions it is computed from."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How one figure is computed from scored questions."""

    name: str
    columns: Values
    """(questions, k): the input of the statistic; the row of a question that does not count starts with NaN."""
    statistic: Callable[[Values], float]
    better: Better = "higher"


def figures(questions: Sequence[ScoredQuestion], *, seed: int = 0, rounds: int = ROUNDS) -> tuple[Figure, ...]:
    """All figures of these questions; the same seed gives the same intervals."""
    return tuple(_figure(measure, seed, rounds) for measure in measures(questions))


def _figure(measure: Measure, seed: int, rounds: int) -> Figure:
    columns = measure.columns[~np.isnan(measure.columns[:, 0])]
    if not len(columns):
        return Figure(measure.name, None, None, None, 0)
    low, high = interval([measure.statistic(columns[chosen]) for chosen in resamples(len(columns), seed, rounds)])
    return Figure(measure.name, rounded(measure.statistic(columns)), low, high, len(columns))


def resamples(n: int, seed: int, rounds: int) -> Iterator[NDArray[np.int64]]:
    """The indices of ``rounds`` samples of size ``n``, drawn with replacement."""
    source = np.random.default_rng(seed)
    return (source.integers(0, n, n) for _ in range(rounds))


def interval(values: Sequence[float]) -> tuple[float | None, float | None]:
    """The 95 % interval of resampled values, ignoring undefined ones; None twice when all are."""
    known = np.array(values)[~np.isnan(values)]
    if not len(known):
        return None, None
    low, high = np.percentile(known, _PERCENTILES)
    return rounded(float(low)), rounded(float(high))


def rounded(value: float) -> float | None:
    """``value`` to six digits; None for NaN."""
    return None if np.isnan(value) else round(float(value), 6)


def measures(questions: Sequence[ScoredQuestion]) -> list[Measure]:
    """All measures, in the order of the table."""
    kinds = (_answer_measures, _confidence_measures, _citation_measures, _latencies)
    return [measure for kind in kinds for measure in kind(questions)]


def _answer_measures(questions: Sequence[ScoredQuestion]) -> list[Measure]:
    """Recall@k is also known as hit rate: an answer that several passages contain has to be found only once."""
    answerable = [each.answerable for each in questions]
    ranks = np.array([each.rank or np.inf for each in questions])
    return [
        *(_mean(f"recall@{k}", ranks <= k, answerable) for k in DEPTHS),
        _mean("MRR", 1 / ranks, answerable),
        _mean("exact match", [each.exact for each in questions], answerable),
        _mean("F1", [each.f1 for each in questions], answerable),
        _mean("answer in a shown quote", [each.in_quote for each in questions], answerable),
        _mean("answer in first 500 characters", [each.in_500 for each in questions], answerable),
        _mean("answer in first 1000 characters", [each.in_1000 for each in questions], answerable),
        _mean("answered, answerable", [each.answered for each in questions], answerable),
    ]


def _confidence_measures(questions: Sequence[ScoredQuestion]) -> list[Measure]:
    answerable = [each.answerable for each in questions]
    answered, right = [each.answered for each in questions], [each.right for each in questions]
    confidence = [each.confidence for each in questions]
    return [
        _mean("answered, unanswerable", answered, [not each for each in answerable], "lower"),
        _mean("wrong among answered", [not each for each in right], answered, "lower"),
        Measure("AUROC, right or wrong", _columns(confidence, right), auroc),
        Measure("AUROC, answerable or not", _columns(confidence, answerable), auroc),
        Measure("risk-coverage area", _columns(confidence, right), risk_coverage_area, "lower"),
        Measure("calibration error", _columns(confidence, right), calibration_error, "lower"),
    ]


def _citation_measures(questions: Sequence[ScoredQuestion]) -> list[Measure]:
    if all(each.citation_recall is None for each in questions):
        return []  # no language model was asked
    return [
        _mean("citation precision", [each.citation_precision for each in questions]),
        _mean("citation recall", [each.citation_recall for each in questions]),
        _mean("struck quotations", [each.struck for each in questions], better="lower"),
    ]


def _mean(
    name: str, values: Iterable[float | None], counted: Sequence[bool] | bool = True, better: Better = "higher"
) -> Measure:
    column = np.where(counted, [np.nan if value is None else value for value in values], np.nan)
    return Measure(name, column[:, None], lambda columns: float(columns[:, 0].mean()), better)


def _columns(*columns: Sequence[float]) -> Values:
    return np.array(columns, np.float64).T.reshape(-1, len(columns))


def _latencies(questions: Sequence[ScoredQuestion]) -> list[Measure]:
    steps = dict.fromkeys(step for each in questions for step in each.seconds)
    columns = {step: _columns([1000 * each.seconds.get(step, np.nan) for each in questions]) for step in steps}
    return [
        Measure(f"{step} p{percent}, ms", columns[step], partial(_percentile, percent), "lower")
        for step in steps
        for percent in (50, 95)
    ]


def _percentile(percent: int, columns: Values) -> float:
    return float(np.percentile(columns[:, 0], percent))


def auroc(columns: Values) -> float:
    """Of rows (confidence, 0 or 1): the probability that a 1 has a higher confidence than a 0, ties counting half; NaN
    unless there are both."""
    scores, labels = columns.T
    ones = labels.sum()
    if ones in (0, len(labels)):
        return float("nan")
    _, group, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[group]
    above = ranks[labels == 1].sum() - ones * (ones + 1) / 2
    return float(above / (ones * (len(labels) - ones)))


def risk_coverage(columns: Values) -> tuple[Values, Values]:
    """Of rows (confidence, right), for the k most confident, k from 1 to all: the share of questions that they are, and
    the share of wrong answers among them. Questions of equal confidence share their errors evenly."""
    scores, right = columns.T
    order = np.argsort(-scores, kind="stable")
    _, group, sizes = np.unique(-scores[order], return_inverse=True, return_counts=True)
    shared = np.bincount(group, weights=1 - right[order]) / sizes
    counts = np.arange(1, len(scores) + 1)
    return counts / len(scores), np.cumsum(shared[group]) / counts


def risk_coverage_area(columns: Values) -> float:
    """Area under the risk–coverage curve: the mean over k of the share wrong among the k most confident; 0 is best."""
    return float(risk_coverage(columns)[1].mean())


def calibration(columns: Values) -> tuple[Values, Values, Values]:
    """Of rows (confidence, right), for each of the ``BINS`` with any answers: mean confidence, share right, n."""
    scores, right = np.clip(columns[:, 0], 0, 1), columns[:, 1]
    bins = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], scores)
    counts = np.bincount(bins)
    used = counts > 0
    confidence, share = (np.bincount(bins, weights=values)[used] / counts[used] for values in (scores, right))
    return confidence, share, counts[used].astype(np.float64)


def calibration_error(columns: Values) -> float:
    """Expected calibration error: the distance between confidence and share right in each bin, weighted by n."""
    confidence, share, counts = calibration(columns)
    return float(np.abs(confidence - share) @ counts / counts.sum())
