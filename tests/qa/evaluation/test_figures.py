"""Figures, intervals and comparisons against values calculated by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from qa.evaluation import Evaluation, ScoredQuestion, compare
from qa.evaluation.figures import Figure, auroc, calibration_error, figures, risk_coverage, risk_coverage_area

ROUNDS = 200


def table(*rows: tuple[float, float]) -> np.ndarray:
    return np.array(rows, np.float64)


def row(number: int, **values: object) -> ScoredQuestion:
    return replace(ScoredQuestion(f"q{number}", f"Question {number}?", True, True, 0.5, True), **values)  # type: ignore[arg-type]


def evaluation(rows: Sequence[ScoredQuestion]) -> Evaluation:
    return Evaluation((), tuple(rows), (), {})


def figure(rows: Sequence[ScoredQuestion], name: str) -> Figure:
    return {each.name: each for each in figures(rows, rounds=ROUNDS)}[name]


def test_recall_asks_whether_any_of_the_first_passages_is_a_hit() -> None:
    rows = [row(number, rank=rank) for number, rank in enumerate([1, 3, 4, 10, None])]
    assert [figure(rows, f"recall@{k}").value for k in (1, 3, 5, 10)] == [0.2, 0.4, 0.6, 0.8]


def test_mrr_is_the_mean_of_1_by_the_rank_of_the_first_hit() -> None:
    """1 + 1/2 + 1/4 + 1/10 + 0, of five."""
    rows = [row(number, rank=rank) for number, rank in enumerate([1, 2, 4, 10, None])]
    assert figure(rows, "MRR").value == pytest.approx(1.85 / 5)


def test_auroc_is_the_share_of_pairs_in_order_and_ties_count_half() -> None:
    """Right at .9 and .5, wrong at .5 and .1: of four pairs three are in order and one is tied."""
    assert auroc(table((0.9, 1), (0.5, 1), (0.5, 0), (0.1, 0))) == pytest.approx(3.5 / 4)
    assert np.isnan(auroc(table((0.9, 1), (0.5, 1))))


def test_auroc_is_that_of_scikit_learn() -> None:
    source = np.random.default_rng(3)
    scores, labels = source.integers(0, 20, 200) / 20, source.integers(0, 2, 200)
    assert auroc(np.array([scores, labels], np.float64).T) == pytest.approx(roc_auc_score(labels, scores))


def test_the_risk_coverage_area_is_the_mean_risk_over_all_coverages() -> None:
    """Right, right, wrong, right by falling confidence: risks 0, 0, 1/3, 1/4."""
    rows = table((0.2, 1), (0.9, 1), (0.4, 0), (0.6, 1))
    coverage, risk = risk_coverage(rows)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1]
    assert risk == pytest.approx([0, 0, 1 / 3, 1 / 4])
    assert risk_coverage_area(rows) == pytest.approx(7 / 48)


def test_questions_of_equal_confidence_share_their_errors_in_any_order() -> None:
    """One right and one wrong at .5: risks 1/2 and 1/2."""
    assert (
        risk_coverage_area(table((0.5, 1), (0.5, 0)))
        == risk_coverage_area(table((0.5, 0), (0.5, 1)))
        == pytest.approx(0.5)
    )


def test_the_calibration_error_weights_each_bin_by_its_questions() -> None:
    """Confidence .95, 2 of 3 right: |.95 − 2/3|; confidence .15, 0 of 1 right: .15."""
    rows = table((0.95, 1), (0.95, 1), (0.95, 0), (0.15, 0))
    assert calibration_error(rows) == pytest.approx(0.75 * (0.95 - 2 / 3) + 0.25 * 0.15)
    assert calibration_error(table((0.0, 0), (1.0, 1))) == 0


def test_unanswerable_questions_count_only_in_the_figures_about_abstaining() -> None:
    rows = [row(1, f1=0.5, rank=1), row(2, f1=0.0, answered=False, right=False), row(3, answerable=False, right=False)]
    assert (figure(rows, "F1").value, figure(rows, "F1").n) == (0.25, 2)
    assert (figure(rows, "recall@1").value, figure(rows, "recall@1").n) == (0.5, 2)
    assert (figure(rows, "answered, answerable").value, figure(rows, "answered, unanswerable").value) == (0.5, 1)
    assert (figure(rows, "wrong among answered").value, figure(rows, "wrong among answered").n) == (0.5, 2)
    assert figure(rows, "calibration error").n == 3


def test_the_citation_figures_count_only_written_answers() -> None:
    """Of three answers two were written, one of them without a quotation."""
    written = row(1, citation_recall=0.5, citation_precision=0.0, struck=0.25)
    rows = [written, row(2, citation_recall=1.0, citation_precision=1.0), row(3)]
    names = ("citation recall", "citation precision", "struck quotations")
    assert [(figure(rows, name).value, figure(rows, name).n) for name in names] == [(0.75, 2), (0.5, 2), (0.25, 1)]
    assert names[0] not in {each.name for each in figures([row(3)], rounds=1)}


def test_latency_is_in_milliseconds_by_step() -> None:
    rows = [row(number, seconds={"search": number / 1000, "total": 1.0}) for number in range(1, 102)]
    assert figure(rows, "search p50, ms").value == pytest.approx(51)
    assert figure(rows, "search p95, ms").value == pytest.approx(96)
    assert figure(rows, "total p95, ms").value == 1000


def test_the_same_seed_gives_the_same_interval() -> None:
    rows = [row(number, f1=number % 7 / 7, confidence=number / 50) for number in range(50)]
    assert figures(rows, seed=1, rounds=ROUNDS) == figures(rows, seed=1, rounds=ROUNDS)
    assert figures(rows, seed=1, rounds=ROUNDS) != figures(rows, seed=2, rounds=ROUNDS)


def test_an_interval_is_about_as_wide_as_the_normal_approximation() -> None:
    """A share of one half over 400 questions: ± 1.96 · √(.25/400) = ± .049."""
    found = figure([row(number, exact=number % 2) for number in range(400)], "exact match")
    assert found.value == 0.5
    assert (found.low, found.high) == (pytest.approx(0.451, abs=0.015), pytest.approx(0.549, abs=0.015))


def test_no_questions_give_no_figures() -> None:
    assert {(each.value, each.low, each.high, each.n) for each in figures([])} == {(None, None, None, 0)}


# --- comparing --------------------------------------------------------------------------------------------------------


def difference(before: Sequence[ScoredQuestion], after: Sequence[ScoredQuestion], name: str):  # type: ignore[no-untyped-def]
    found = compare(evaluation(before), evaluation(after), rounds=ROUNDS)
    return {each.name: each for each in found.differences}[name]


def test_a_gain_on_many_questions_is_real() -> None:
    before = [row(number, exact=float(number % 2)) for number in range(100)]
    after = [replace(each, exact=1.0) if number < 40 else each for number, each in enumerate(before)]
    found = difference(before, after, "exact match")
    assert (found.before, found.after, found.real, found.better) == (0.5, 0.7, True, True)
    assert 0.1 < found.low < 0.2 < found.high < 0.3
    assert not difference(after, before, "exact match").better


def test_as_many_gains_as_losses_are_not_real() -> None:
    before = [row(number, exact=float(number % 2)) for number in range(100)]
    after = [replace(each, exact=1 - each.exact) if number < 40 else each for number, each in enumerate(before)]
    found = difference(before, after, "exact match")
    assert (found.before, found.after, found.real, found.better) == (0.5, 0.5, False, False)


def test_one_gain_among_few_questions_is_not_real() -> None:
    before = [row(number, exact=0.0) for number in range(20)]
    assert not difference(before, [replace(before[0], exact=1.0), *before[1:]], "exact match").real


def test_a_paired_test_finds_a_difference_that_separate_intervals_hide() -> None:
    """The intervals of .50 and .53 over 200 questions overlap widely; that 6 questions gained and none lost is real."""
    before = [row(number, exact=float(number % 2)) for number in range(200)]
    after = [replace(each, exact=1.0) if number in range(0, 12, 2) else each for number, each in enumerate(before)]
    assert figure(before, "exact match").high > figure(after, "exact match").low  # type: ignore[operator]
    assert difference(before, after, "exact match").real


def test_less_risk_is_better() -> None:
    before = [row(number, confidence=number / 100, right=number % 3 == 0) for number in range(100)]
    after = [replace(each, confidence=0.9 if each.right else 0.1) for each in before]
    found = difference(before, after, "risk-coverage area")
    assert found.real and found.better and found.after < found.before


def test_only_questions_with_the_same_wording_in_both_are_compared() -> None:
    before = [row(1), row(2), row(3)]
    after = [row(1), row(2, question="Other words?"), row(4)]
    found = compare(evaluation(before), evaluation(after), rounds=ROUNDS)
    assert (found.common, found.left_out) == (1, 4)
    assert {each.n for each in found.differences} <= {0, 1}


def test_a_question_answered_on_one_side_only_counts_on_that_side() -> None:
    before = [row(number, right=number > 0) for number in range(10)]
    after = [replace(before[0], answered=False), *before[1:]]
    found = difference(before, after, "wrong among answered")
    assert (found.before, found.after, found.n) == (0.1, 0, 10)
