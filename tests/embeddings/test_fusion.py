"""The fused score, worked by hand."""

from __future__ import annotations

import pytest

from embeddings import fuse


@pytest.mark.parametrize(
    ("cosines", "bm25", "weight", "expected"),
    [
        ([], [], 0.6, []),
        ([0.5, 0.8], [10.0, 5.0], 0.6, [0.6 * 0.5 + 0.4 * 1.0, 0.6 * 0.8 + 0.4 * 0.5]),
        ([0.5, 0.8], [0.0, 0.0], 0.6, [0.3, 0.48]),
        ([-0.5, 0.0], [2.0, 0.0], 0.6, [0.4, 0.0]),
        ([0.9, 0.1], [1.0, 4.0], 0.0, [0.25, 1.0]),
        ([0.9, 0.1], [1.0, 4.0], 1.0, [0.9, 0.1]),
    ],
    ids=["nothing", "both", "no words", "negative cosine", "words only", "meaning only"],
)
def test_the_score_is_the_weighted_sum(
    cosines: list[float], bm25: list[float], weight: float, expected: list[float]
) -> None:
    assert fuse(cosines, bm25, weight) == pytest.approx(expected)


def test_what_waits_for_its_vector_is_judged_by_its_words() -> None:
    """Its share of the best BM25, scaled by the best cosine at hand, stands in for its cosine."""
    scores = fuse([0.7, None, None], [4.0, 8.0, 2.0], 0.6)
    assert scores == pytest.approx([0.6 * 0.7 + 0.2, 0.6 * 0.7 + 0.4, 0.6 * 0.175 + 0.1])


def test_without_any_vector_the_order_is_that_of_the_words() -> None:
    assert fuse([None, None], [1.0, 4.0], 0.6) == pytest.approx([0.25, 1.0])


def test_with_only_negative_cosines_waiting_ones_count_by_words_alone() -> None:
    assert fuse([-0.2, None], [1.0, 2.0], 0.6) == pytest.approx([0.2, 0.4])
