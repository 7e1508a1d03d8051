"""The probability that an answer is right, and what it is made of."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from qa.answering.evidence import WITHOUT_READER, coverage, features, judge, logistic
from qa.errors import ReaderError
from qa.reader import Calibration
from qa.types import Block, Document, Hit, HitDetail, Passage, ReadingReport, Source, SpanScore, Unit

TEXT = "The iron tower is 330 metres tall. It was built in 1889."
DOCUMENT = Document("d" * 32, TEXT, (Block("paragraph", 0, len(TEXT)),), ReadingReport("text/1"), language="en")
WEIGHTS = {("tall",): 3.0, ("tower",): 1.0}


def hit(number: int, score: float, cosine: float, spans: tuple[SpanScore, ...] = ()) -> Hit:
    units = (Unit(0, 34), Unit(35, len(TEXT)))
    passage = Passage(number, DOCUMENT.id, 0, len(TEXT), TEXT, units=units)
    detail = HitDetail(1, 1, cosine, 1.0, 1.0, reader=spans[0].score if spans else None)
    return Hit(Source(1, "/tower.txt", "Tower", DOCUMENT.id), DOCUMENT, passage, score, detail, spans=spans)


def test_coverage_is_the_share_by_weight() -> None:
    assert coverage(frozenset({"tall"}), WEIGHTS) == 0.75
    assert coverage(frozenset({"tower", "tall"}), WEIGHTS) == 1.0
    assert coverage(frozenset({"tall"}), {}) == 0.0


def test_without_a_reader_cosine_words_and_lead_speak_for_the_best_hit() -> None:
    hits = [hit(1, 0.9, 0.6), hit(2, 0.7, 0.5)]
    assert features(hits, WEIGHTS) == pytest.approx((0.6, 1.0, 0.2))
    logit = -8.0 + 6.9 * 0.6 + 4.2 * 1.0 + 13.7 * 0.2
    assert WITHOUT_READER == (-8.0, 6.9, 4.2, 13.7)
    assert judge(hits, WEIGHTS, 1, 8).probability == pytest.approx(1 / (1 + math.exp(-logit)))


def test_no_units_are_no_evidence() -> None:
    found = judge([], WEIGHTS, 1, 8)
    assert found.units == () and found.probability == 0.0


def test_the_units_are_those_of_the_passage_best_first() -> None:
    found = judge([hit(1, 0.9, 0.6)], WEIGHTS, 1, 8)
    assert [(unit.start, unit.end) for unit in found.units] == [(0, 34), (35, len(TEXT))]


def test_units_come_from_so_many_hits_and_no_more() -> None:
    found = judge([hit(1, 0.9, 0.6), hit(2, 0.7, 0.5)], WEIGHTS, 1, 1)
    assert {unit.hit.passage.id for unit in found.units} == {1}
    assert len(found.hits) == 2


def test_a_reader_believes_in_the_unit_in_which_its_words_begin() -> None:
    built = SpanScore(51, 55, 4.0)
    (best, other) = judge([hit(1, 0.9, 0.6, (built,))], {}, 1, 8, Calibration(unit_share=1.0)).units
    assert best.text == "It was built in 1889." and best.span == built
    assert other.span is None and best.score == pytest.approx(other.score + 1.0)


def test_a_calibration_of_another_length_is_refused() -> None:
    read = hit(1, 0.9, 0.6, (SpanScore(18, 28, 2.0),))
    with pytest.raises(ReaderError, match="has 2 numbers for its confidence, not 7"):
        judge([read], WEIGHTS, 1, 8, Calibration(confidence=(1.0, 2.0)))


def test_the_logistic_function_has_no_overflow() -> None:
    assert logistic([1e9], [0.0, 1.0]) == pytest.approx(1.0)
    assert logistic([-1e9], [0.0, 1.0]) == pytest.approx(0.0)
    assert logistic([0.0], [0.0, 1.0]) == 0.5


def test_what_was_not_read_is_judged_without_the_reader() -> None:
    hits = [hit(1, 0.9, 0.6)]
    unread = [replace(each, spans=()) for each in hits]
    assert judge(unread, WEIGHTS, 1, 8, Calibration(confidence=(0.0,) * 7)) == judge(hits, WEIGHTS, 1, 8)
