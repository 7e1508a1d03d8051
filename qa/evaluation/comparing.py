"""Whether two evaluations differ significantly: paired bootstrap over the questions they share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa.evaluation.figures import ROUNDS, Measure, Values, interval, measures, resamples, rounded
from qa.evaluation.result import Evaluation


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure before and after, over the questions that both evaluations share."""

    name: str
    before: float | None
    after: float | None
    low: float | None
    high: float | None
    """95 % percentile bootstrap interval of ``after - before``, questions resampled in pairs."""
    real: bool
    """True if that interval excludes 0."""
    better: bool
    """True if ``after`` is the better value, significant or not."""
    n: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two evaluations side by side."""

    differences: tuple[Difference, ...]
    common: int
    """Number of questions that both have, with the same wording."""
    left_out: int
    """Number of questions that only one has, or whose wording differs."""


def compare(
    before: Evaluation | str | Path, after: Evaluation | str | Path, *, seed: int = 0, rounds: int = ROUNDS
) -> Comparison:
    """The differences between two evaluations (or their JSON files), figure by figure.

    A difference is ``real`` when the 95 % interval of the paired bootstrap excludes 0. With twenty figures, expect one
    to look real by chance. Raises ``FileUnreadable`` or ``OSError``.
    """
    first, second = (each if isinstance(each, Evaluation) else Evaluation.load(each) for each in (before, after))
    old = {(scored.id, scored.question): scored for scored in first.questions}
    new = {(scored.id, scored.question): scored for scored in second.questions}
    shared = [key for key in old if key in new and old[key].answerable == new[key].answerable]
    others = {measure.name: measure for measure in measures([new[key] for key in shared])}
    pairs = ((each, others[each.name]) for each in measures([old[key] for key in shared]) if each.name in others)
    differences = tuple(_difference(*pair, seed, rounds) for pair in pairs)
    return Comparison(differences, len(shared), len(old.keys() | new.keys()) - len(shared))


def _difference(before: Measure, after: Measure, seed: int, rounds: int) -> Difference:
    """Resampled from the questions that count on either side, which need not be the same (those answered, say)."""
    counted = ~np.isnan(before.columns[:, 0]) | ~np.isnan(after.columns[:, 0])
    old, new = before.columns[counted], after.columns[counted]
    n = len(old)
    values = _value(before, old), _value(after, new)
    drawn = [_value(after, new[c]) - _value(before, old[c]) for c in resamples(n, seed, rounds)] if n else []
    low, high = interval(drawn)
    gain = values[1] - values[0] if before.better == "higher" else values[0] - values[1]
    real = low is not None and high is not None and (low > 0 or high < 0)
    return Difference(before.name, rounded(values[0]), rounded(values[1]), low, high, real, gain > 0, n)


def _value(measure: Measure, columns: Values) -> float:
    known = columns[~np.isnan(columns[:, 0])]
    return measure.statistic(known) if len(known) else float("nan")
