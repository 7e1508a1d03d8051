"""Means and AUROC with 95 % percentile bootstrap intervals, as the benchmarks print them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from qa.evaluation.figures import ROUNDS, resamples
from qa.evaluation.figures import auroc as auroc_of_columns
from qa.evaluation.figures import interval as percentiles


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float, float]:
    """Mean and interval; NaN three times when there are no values."""
    if not len(values):
        return (float("nan"),) * 3
    column = np.array(values, np.float64)
    low, high = percentiles([float(column[chosen].mean()) for chosen in resamples(len(column), seed, ROUNDS)])
    return float(column.mean()), low or 0.0, high or 0.0


def in_words(values: Sequence[float]) -> str:
    """Mean and interval as ``0.500 [0.400, 0.600]``."""
    return "{:.3f} [{:.3f}, {:.3f}]".format(*interval(values))


def auroc(positive: Iterable[float], negative: Iterable[float]) -> float:
    """The probability that a positive scores above a negative; ties count half."""
    rows = [(score, 1) for score in positive] + [(score, 0) for score in negative]
    return auroc_of_columns(np.array(rows, np.float64))
