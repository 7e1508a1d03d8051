"""The pairs that the reader is trained on: every label is where its offsets say."""

from __future__ import annotations

import random

import pytest

from training.data import Pair
from training.tables import pairs_of
from training.train_reader import cropped, plan, words_of

TEXT = (
    "Ada was born in London. She met Babbage in 1833. He built engines. They wrote letters. The engine was not built."
)


def test_every_answer_in_an_invented_table_is_a_cell_of_the_right_row() -> None:
    pairs = list(pairs_of(200, seed=7))
    assert len(pairs) == 400
    for pair, other in zip(pairs[::2], pairs[1::2], strict=True):
        (start, end), = pair.spans  # fmt: skip
        assert pair.text[start:end] == pair.answers[0]
        assert pair.text[start - 2 : start] == ": " and pair.text[end : end + 1] in ("", ";", "\n")
        row = pair.text[pair.text.rfind("\n", 0, start) + 1 :].split("\n")[0]
        assert row not in other.text.split("\n")
        assert other.id == pair.id and other.kind == "none" and other.mined and not other.spans


def test_invented_tables_depend_on_the_seed_only() -> None:
    assert list(pairs_of(5, seed=1)) == list(pairs_of(5, seed=1)) != list(pairs_of(5, seed=2))


@pytest.mark.parametrize("seed", range(30))
def test_a_cropped_passage_keeps_its_answer_and_whole_sentences(seed: int) -> None:
    start = TEXT.index("1833")
    text, span = cropped(TEXT, (start, start + 4), random.Random(seed))
    assert span is not None and text[slice(*span)] == "1833"
    assert text in TEXT and text[0].isupper() and text.endswith(".")


def test_a_passage_without_an_answer_is_cropped_anywhere() -> None:
    seen = {cropped(TEXT, None, random.Random(seed))[0] for seed in range(40)}
    assert len(seen) > 5 and all(text in TEXT for text in seen)


def test_a_title_is_reduced_to_its_words() -> None:
    assert (
        words_of("Grey_s Anatomy _season 14_.txt") == words_of("Grey s Anatomy season 14") == "Grey s Anatomy season 14"
    )


def test_batches_are_the_same_at_every_call_and_hold_a_question_together() -> None:
    pairs = [Pair(f"set/{n}", "?", "t", "x" * n, "answer", ((0, 1),)) for n in range(1, 60)]
    pairs += [Pair(f"set/{n}", "?", "t", "y" * 70, "none", mined=True) for n in range(1, 60)]
    config = {"epochs": 2, "seed": 3, "negatives": 1, "batch": 8}
    batches = plan(pairs, config)
    assert batches == plan(pairs, config)
    assert sum(map(len, batches)) == 2 * len(pairs)
    for batch in batches:
        ids = [pair.id for pair in batch]
        assert all(ids.count(name) == 2 for name in ids)
