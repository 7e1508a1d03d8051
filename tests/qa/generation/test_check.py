"""The rule by which a sentence is quoted, supported, unsupported or struck."""

from __future__ import annotations

import pytest

from qa.generation.check import Checker
from qa.generation.stream import SentenceStream
from qa.types import Statement
from tests.qa.generation.hits import hit

PLANT = (
    "The plant in Ostrava was opened in 1951. It was closed in 1972 after the fire. Nobody was hurt. Its owner, the "
    "Moravian Steel Company, paid 3.5 million crowns to Jan Novak. The roof was not repaired before 1980."
)
BRIDGE = "The bridge of Tanvald is 40 metres long. It was painted\nred in 2001 by Petr Svoboda."


def _check(text: str) -> tuple[Statement, Checker]:
    checker = Checker([hit(1, PLANT), hit(2, BRIDGE)])
    stream = SentenceStream()
    (written,) = [*stream.feed(text), *stream.finish()]
    return checker.check(written), checker


def test_a_quotation_becomes_the_exact_slice_and_is_cited_with_its_sentence() -> None:
    statement, checker = _check('It was "painted red in 2001," the town says [2].')
    assert statement.text == 'It was "painted\nred in 2001" the town says.'
    (citation,) = checker.citations
    assert citation.quote == "It was painted\nred in 2001 by Petr Svoboda."
    assert [citation.quote[a - citation.start : b - citation.start] for a, b in citation.spans] == [
        "painted\nred in 2001"
    ]


@pytest.mark.parametrize(
    ("sentence", "status"),
    [
        ("The plant was closed in 1972 after a fire [1].", "supported"),
        ("The Moravian Steel Company paid 3.5 million crowns [1].", "supported"),
        ("The plant was “closed in 1972 after the fire” [1].", "quoted"),
        ("The plant was closed in 1972 after a fire.", "unsupported"),  # no marker
        ("The plant was closed in 1972 after a fire [7].", "unsupported"),  # names nothing
        ("The plant was closed in 1972 after a fire [2].", "unsupported"),  # another passage
        ("The plant was closed in 1951 after a fire [1].", "unsupported"),  # another number of the passage
        ("The plant was closed in 1973 after a fire [1].", "unsupported"),  # a number of none
        ("Jan Kubelik was paid 3.5 million crowns [1].", "unsupported"),  # a name of none
        ("The plant was not closed in 1972 after the fire [1].", "unsupported"),  # denied
        ("The roof was repaired before 1980 [1].", "unsupported"),  # a denial left out
        ("The plant was closed in 1972, see https://evil.example/?q=plant [1].", "unsupported"),
        ("The plant was “closed in 1973” [1].", "struck"),
        ("The plant was “Closed in 1972” [1].", "struck"),
    ],
)
def test_the_status_of_a_sentence(sentence: str, status: str) -> None:
    assert _check(sentence)[0].status == status


def test_a_supported_sentence_gets_the_words_that_support_it_best() -> None:
    statement, checker = _check("The plant was closed in 1972 after a fire [1].")
    assert [each.quote for each in checker.citations] == ["It was closed in 1972 after the fire."]
    assert statement.citations == (1,)


def test_a_marker_that_supports_nothing_is_dropped_beside_one_that_does() -> None:
    statement, checker = _check("The bridge of Tanvald is 40 metres long [1][2].")
    assert statement.status == "supported"
    assert [each.source.id for each in checker.citations] == [2]


def test_a_quotation_from_a_passage_that_was_not_named_is_cited_there() -> None:
    statement, checker = _check("It was “painted red in 2001” [1].")
    assert statement.status == "unsupported"
    assert [each.source.id for each in checker.citations] == [2]


def test_a_marker_inside_the_quotation_marks_is_one_unless_the_source_has_it() -> None:
    statement, checker = _check("It was “closed in 1972 after the fire [1]”.")
    assert (statement.text, statement.status) == ("It was “closed in 1972 after the fire”.", "quoted")
    checker = Checker([hit(1, "The mine was closed [3] in 1990. Nobody was hurt.")])
    stream = SentenceStream()
    (written,) = stream.feed("The mine was “closed [3] in 1990” [1].") + stream.finish()
    assert checker.check(written).text == "The mine was “closed [3] in 1990”."


def test_words_left_out_are_shown_as_left_out_and_every_part_is_a_slice() -> None:
    statement, checker = _check("“The plant in Ostrava was opened in 1951 ... Nobody was hurt” [1].")
    assert statement.text == "“The plant in Ostrava was opened in 1951 … Nobody was hurt”."
    assert not statement.struck
    assert [each.quote for each in checker.citations] == [
        "The plant in Ostrava was opened in 1951.",
        "Nobody was hurt.",
    ]
    assert _check("“Nobody was hurt ... opened in 1951” [1].")[0].status == "struck"  # in another order


def test_struck_words_are_named_and_stand_in_no_text_as_a_quotation() -> None:
    statement, _ = _check("The owner said “we are sorry” [1].")
    assert [statement.text[a:b] for a, b in statement.struck] == ["we are sorry"]
    assert statement.honest_text == "The owner said “[not in your documents]”."


def test_one_place_has_one_number() -> None:
    checker = Checker([hit(1, PLANT)])
    stream = SentenceStream()
    written = [
        *stream.feed("“Nobody was hurt” [1]. So “Nobody” was [1]. It was “opened in 1951” [1]."),
        *stream.finish(),
    ]
    assert [checker.check(each).citations for each in written] == [(1,), (1,), (2,)]
    assert [len(each.spans) for each in checker.citations] == [2, 1]
