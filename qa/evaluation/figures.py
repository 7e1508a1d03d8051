"""Rows of one evaluation → figures with their bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

DEPTHS = (1, 3, 5, 10)
ROUNDS = 1000
"""Resamples behind every interval."""
CONFIDENT = (2.5, 97.5)
"""Percentiles of the resamples between which an interval lies: 95 %."""
BINS = 10
"""Of the calibration error: confidences from 0 to 0.1, … , 0.9 to 1."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """What happened to one question."""

    id: str
    question: str
    answerable: bool
    """Whether some document answers."""
    answered: bool
    """False: ``not_found``, because the confidence is under the threshold."""
    confidence: float
    right: bool
    """Whether a quote of the best answer is a hit, shown or, under the threshold, held back; False if unanswerable."""
    rank: int | None = None
    """1-based rank of the first passage that is a hit, among ten."""
    exact: float = 0.0
    f1: float = 0.0
    """Both 0 for ``not_found``."""
    in_quote: bool = False
    """A shown quote is a hit; False for ``not_found``."""
    in_500: bool = False
    in_1000: bool = False
    """An accepted answer's words stand within so many of the first shown characters."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """By part, as in ``Answer.timings``."""
    citation_recall: float | None = None
    citation_precision: float | None = None
    struck: float | None = None
    """As in ``qa.evaluation.citing``; None where no language model wrote anything, or no quotation."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number."""

    name: str
    value: float | None
    """None where it has no meaning: an area without both kinds of questions, say."""
    low: float | None
    high: float | None
    """95 % percentile bootstrap interval over questions."""
    n: int
    """Questions it is made of."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How one figure comes out of rows."""

    name: str
    columns: Values
    """(rows, k): what the statistic needs; a row that is not part of it starts with NaN."""
    statistic: Callable[[Values], float]
    better: Literal["higher", "lower"] = "higher"


def figures(rows: Sequence[Row], *, seed: int = 0, rounds: int = ROUNDS) -> tuple[Figure, ...]:
    """All figures of these rows; the same seed gives the same intervals."""
    return tuple(_figure(measure, seed, rounds) for measure in measures(rows))


def _figure(measure: Measure, seed: int, rounds: int) -> Figure:
    columns = measure.columns[~np.isnan(measure.columns[:, 0])]
    if not len(columns):
        return Figure(measure.name, None, None, None, 0)
    low, high = bounds([measure.statistic(columns[chosen]) for chosen in resamples(len(columns), seed, rounds)])
    return Figure(measure.name, number(measure.statistic(columns)), low, high, len(columns))


def resamples(n: int, seed: int, rounds: int) -> Iterator[NDArray[np.int64]]:
    """Indices of ``rounds`` samples with replacement, each as large as what there is."""
    source = np.random.default_rng(seed)
    return (source.integers(0, n, n) for _ in range(rounds))


def bounds(values: Sequence[float]) -> tuple[float | None, float | None]:
    """The interval of resampled values; those without meaning are left out."""
    known = np.array(values)[~np.isnan(values)]
    if not len(known):
        return None, None
    low, high = np.percentile(known, CONFIDENT)
    return number(float(low)), number(float(high))


def number(value: float) -> float | None:
    """Rounded to six digits; None for NaN."""
    return None if np.isnan(value) else round(float(value), 6)


# --- what is measured -------------------------------------------------------------------------------------------------


def measures(rows: Sequence[Row]) -> list[Measure]:
    """Every measure in the order of the table. Those of answers are of answerable questions only."""
    there = [row.answerable for row in rows]
    answered, right = [row.answered for row in rows], [row.right for row in rows]
    confidence = [row.confidence for row in rows]
    ranks = [row.rank for row in rows]
    return [
        *(_mean(f"recall@{k}", found_within(k, ranks), there) for k in DEPTHS),
        _mean("MRR", reciprocal_ranks(ranks), there),
        _mean("exact match", [row.exact for row in rows], there),
        _mean("F1", [row.f1 for row in rows], there),
        _mean("answer in a shown quote", [row.in_quote for row in rows], there),
        _mean("answer in first 500 characters", [row.in_500 for row in rows], there),
        _mean("answer in first 1000 characters", [row.in_1000 for row in rows], there),
        _mean("answered, answerable", answered, there),
        _mean("answered, unanswerable", answered, [not each for each in there], "lower"),
        _mean("wrong among answered", [not each for each in right], answered, "lower"),
        Measure("AUROC, right or wrong", _columns(confidence, right), auroc),
        Measure("AUROC, answerable or not", _columns(confidence, there), auroc),
        Measure("risk-coverage area", _columns(confidence, right), aurc, "lower"),
        Measure("calibration error", _columns(confidence, right), calibration_error, "lower"),
        *_citing(rows),
        *_latencies(rows),
    ]


def _citing(rows: Sequence[Row]) -> list[Measure]:
    """Of what a language model wrote; nothing where none was asked."""
    columns: list[tuple[str, list[float | None], Literal["higher", "lower"]]] = [
        ("citation precision", [row.citation_precision for row in rows], "higher"),
        ("citation recall", [row.citation_recall for row in rows], "higher"),
        ("struck quotations", [row.struck for row in rows], "lower"),
    ]
    return [
        _mean(name, [each or 0.0 for each in column], [each is not None for each in column], better)
        for name, column, better in columns
        if any(row.citation_recall is not None for row in rows)
    ]


def _mean(
    name: str, values: Sequence[float], part: Sequence[bool], better: Literal["higher", "lower"] = "higher"
) -> Measure:
    column = np.where(np.array(part, bool), np.array(values, np.float64), np.nan)
    return Measure(name, column[:, None], lambda columns: float(columns[:, 0].mean()), better)


def _columns(*columns: Sequence[float]) -> Values:
    return np.array(columns, np.float64).T.reshape(-1, len(columns))


def _latencies(rows: Sequence[Row]) -> list[Measure]:
    """Milliseconds by part, in the order in which answers name them."""
    found = []
    for part in dict.fromkeys(part for row in rows for part in row.seconds):
        column = _columns([1000 * row.seconds.get(part, np.nan) for row in rows])
        for percent in (50, 95):
            found.append(Measure(f"{part} p{percent}, ms", column, _percentile(percent), "lower"))
    return found


def _percentile(percent: int) -> Callable[[Values], float]:
    return lambda columns: float(np.percentile(columns[:, 0], percent))


def reciprocal_ranks(ranks: Sequence[int | None]) -> list[float]:
    """1 / rank of each question's first hit; 0 where none of the ten passages is one."""
    return [1 / rank if rank else 0.0 for rank in ranks]


def found_within(k: int, ranks: Sequence[int | None]) -> list[bool]:
    """True for each question with a hit among the first ``k`` passages: an answer in several needs finding once."""
    return [rank is not None and rank <= k for rank in ranks]


# --- how far to trust a confidence ------------------------------------------------------------------------------------


def auroc(columns: Values) -> float:
    """Of rows (confidence, 0 or 1): the probability that a 1 has the higher confidence, ties counting half; NaN unless
    there are both."""
    scores, labels = columns.T
    ones = labels.sum()
    if ones in (0, len(labels)):
        return float("nan")
    _, group, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[group]
    above = ranks[labels == 1].sum() - ones * (ones + 1) / 2
    return float(above / (ones * (len(labels) - ones)))


def risk_coverage(columns: Values) -> tuple[Values, Values]:
    """Of rows (confidence, right): the share answered when only the most confident are, from the first to all, and
    the share of wrong ones among them. Questions of one confidence share their mistakes."""
    scores, right = columns.T
    order = np.argsort(-scores, kind="stable")
    _, group, sizes = np.unique(-scores[order], return_inverse=True, return_counts=True)
    shared = np.bincount(group, weights=1 - right[order]) / sizes
    counts = np.arange(1, len(scores) + 1)
    return counts / len(scores), np.cumsum(shared[group]) / counts


def aurc(columns: Values) -> float:
    """Area under the risk–coverage curve: the mean over k of the share wrong among the k most confident; 0 is best."""
    return float(risk_coverage(columns)[1].mean())


def calibration(columns: Values) -> tuple[Values, Values, Values]:
    """Of rows (confidence, right), for each tenth of the confidence that has any: mean confidence, share right, n."""
    scores, right = np.clip(columns[:, 0], 0, 1), columns[:, 1]
    tenth = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], scores)
    counts = np.bincount(tenth)
    used = counts > 0
    confidence, share = (np.bincount(tenth, weights=values)[used] / counts[used] for values in (scores, right))
    return confidence, share, counts[used].astype(np.float64)


def calibration_error(columns: Values) -> float:
    """Expected calibration error: how far confidence and share right lie apart in each tenth, weighted by n."""
    confidence, share, counts = calibration(columns)
    return float(np.abs(confidence - share) @ counts / counts.sum())
