"""Whether the difference between two evaluations is real: paired bootstrap over the questions they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa.evaluation.figures import ROUNDS, Measure, Values, bounds, measures, number, resamples
from qa.evaluation.result import Evaluation


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure on both sides, over the questions that both have."""

    name: str
    before: float | None
    after: float | None
    low: float | None
    high: float | None
    """95 % percentile bootstrap interval of ``after - before``, questions drawn in pairs."""
    real: bool
    """Whether that interval leaves out 0."""
    better: bool
    """Whether ``after`` is, as far as the two values go."""
    n: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two evaluations side by side."""

    differences: tuple[Difference, ...]
    common: int
    """Questions that both have, with the same words."""
    left_out: int
    """Questions that only one has, or whose words differ."""


def compare(
    before: Evaluation | str | Path, after: Evaluation | str | Path, *, seed: int = 0, rounds: int = ROUNDS
) -> Comparison:
    """What changed from one evaluation (or its JSON file) to another, measure by measure.

    A difference is ``real`` when the 95 % interval of the paired bootstrap leaves out 0. Of twenty measures one is
    expected to look real by chance. Raises ``FileUnreadable`` or ``OSError``.
    """
    first, second = (each if isinstance(each, Evaluation) else Evaluation.load(each) for each in (before, after))
    old = {(row.id, row.question): row for row in first.rows}
    new = {(row.id, row.question): row for row in second.rows}
    shared = [key for key in old if key in new and old[key].answerable == new[key].answerable]
    pairs = _pairs(measures([old[key] for key in shared]), measures([new[key] for key in shared]))
    differences = tuple(_difference(a, b, seed, rounds) for a, b in pairs)
    return Comparison(differences, len(shared), len(old.keys() | new.keys()) - len(shared))


def _pairs(before: Sequence[Measure], after: Sequence[Measure]) -> list[tuple[Measure, Measure]]:
    by_name = {measure.name: measure for measure in after}
    return [(measure, by_name[measure.name]) for measure in before if measure.name in by_name]


def _difference(before: Measure, after: Measure, seed: int, rounds: int) -> Difference:
    """Where the sides are of different questions (what was answered), both are drawn from all that they share."""
    n = len(before.columns)
    if not n:
        return Difference(before.name, None, None, None, None, False, False, 0)
    there = ~np.isnan(before.columns[:, 0]) | ~np.isnan(after.columns[:, 0])
    old, new = before.columns[there], after.columns[there]
    n = len(old)
    sides = _value(before, old), _value(after, new)
    drawn = [_value(after, new[c]) - _value(before, old[c]) for c in resamples(n, seed, rounds)] if n else []
    low, high = bounds(drawn)
    gain = sides[1] - sides[0] if before.better == "higher" else sides[0] - sides[1]
    real = low is not None and high is not None and (low > 0 or high < 0)
    return Difference(before.name, number(sides[0]), number(sides[1]), low, high, real, gain > 0, n)


def _value(measure: Measure, columns: Values) -> float:
    known = columns[~np.isnan(columns[:, 0])]
    return measure.statistic(known) if len(known) else float("nan")
