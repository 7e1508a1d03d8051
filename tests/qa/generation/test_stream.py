"""Sentences are found the same however the answer comes in pieces."""

from __future__ import annotations

import random

import pytest

from qa.generation.stream import SentenceStream, Written

ANSWER = """\
According to the report, "the plant was closed in 1972. It never reopened." [1][2] Dr. Smith said that it's fine [3]. \
He added: “Why not?” [1, 2] The dogs' 5" bones are 'old' [passage 4].

- **Bold** claim here [2].
> quoted block line here [1]
No marker sentence. Unclosed "quote goes on"""


def _read(text: str, sizes: random.Random | None = None) -> list[Written]:
    stream, found = SentenceStream(), []
    while text:
        size = sizes.randint(1, 9) if sizes else len(text)
        found += stream.feed(text[:size])
        text = text[size:]
    return found + stream.finish()


def _quotes(written: Written) -> list[str]:
    return [written.text[a:b] for a, b in written.quotes]


def test_markers_quotes_and_layout_are_taken_apart() -> None:
    found = _read(ANSWER)
    assert [(each.text, each.markers, _quotes(each)) for each in found] == [
        (
            'According to the report, "the plant was closed in 1972. It never reopened."',
            (1, 2),
            ["the plant was closed in 1972. It never reopened."],
        ),
        ("Dr. Smith said that it's fine.", (3,), []),
        ("He added: “Why not?”", (1, 2), ["Why not?"]),
        ("The dogs' 5\" bones are 'old'.", (4,), ["old"]),
        ("Bold claim here.", (2,), []),
        ("“quoted block line here”", (1,), ["quoted block line here"]),
        ("No marker sentence.", (), []),
        ('Unclosed "quote goes on', (), ["quote goes on"]),
    ]


@pytest.mark.parametrize("seed", range(100))
def test_pieces_of_any_size_give_the_same(seed: int) -> None:
    assert _read(ANSWER, random.Random(seed)) == _read(ANSWER)


def test_a_sentence_is_given_as_soon_as_the_next_begins() -> None:
    stream = SentenceStream()
    assert stream.feed("It was closed [1].") == []
    assert [each.text for each in stream.feed(" Then it")] == ["It was closed."]


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ('He said "one" and «two» and „three“ and 「四」.', ["one", "two", "three", "四"]),
        ("It’s the dogs’ and the cats' food in the '90s.", []),
        ("She called it ‘odd’ and 'new'.", ["odd", "new"]),
        ('A 5" pipe.', []),
        ('word"glued words"', ["glued words"]),
        ("“Outer ‘inner’ words”", ["Outer ‘inner’ words"]),
    ],
)
def test_quotation_marks_of_all_kinds_and_no_apostrophes(text: str, quotes: list[str]) -> None:
    (written,) = _read(text)
    assert _quotes(written) == quotes


@pytest.mark.parametrize(
    ("text", "markers"),
    [("So [1-3].", (1, 2, 3)), ("So 【2】.", (2,)), ("So [1][1][2].", (1, 2)), ("So [sources 1 and 2].", (1, 2)),
     ("So [sic].", ()), ("In [2024] it was.", ())],
)  # fmt: skip
def test_markers_of_several_shapes(text: str, markers: tuple[int, ...]) -> None:
    (written,) = _read(text)
    assert written.markers == markers
