"""Passages: whole sentences, every indexed character in exactly one, never too long, never across main headings."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.ingest.splitter import Limits, PassageDraft, split
from qa.text.sentences import sentences
from qa.types import Block, BlockKind, Document, ReadingReport, Unit
from tests.helpers import default_encoder

LIMITS = Limits(chars=300, tokens=64, min_sentence_chars=25)


def words(text: str) -> int:
    return len(text.split())


def document(*blocks: tuple[BlockKind, str] | tuple[BlockKind, str, int], language: str | None = "en") -> Document:
    """Blocks one after the other with blank lines between; furniture and noise are not indexed."""
    text, made = "", []
    for kind, content, *level in blocks:
        text += "\n\n" if text else ""
        made.append(
            Block(kind, len(text), len(text) + len(content), *level, indexed=kind not in ("furniture", "noise"))
        )
        text += content
    return Document("0" * 32, text, tuple(made), ReadingReport("test/1"), language=language)


def texts(document: Document, **changes: int) -> list[str]:
    limits = Limits(**({"chars": 300, "tokens": 64, "min_sentence_chars": 25} | changes))
    return [document.text[draft.start : draft.end] for draft in split(document, "Title", words, limits)]


# --- whatever the document --------------------------------------------------------------------------------------------

CHUNKS = [
    *(
        "a",
        "The",
        "word",
        "longerword",
        "Dr.",
        "e.g.",
        "3.14",
        "end.",
        "what?",
        "no!",
        "😀",
        "👩\u200d👩\u200d👧",
        "東京都。",
    ),
    *(
        "e\u0301",
        "\u00a0",
        "x" * 50,
        "y" * 400,
        "漢字" * 60,
        "\n",
        "\t",
        "\u200b",
        "“quoted.”",
        "…",
        "1.",
        "(see",
        "5).",
    ),
]


def prose(most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(CHUNKS), min_size=1, max_size=most).map(" ".join).map(str.strip).filter(bool)


PROSE = prose(60)
KINDS: st.SearchStrategy[BlockKind] = st.sampled_from(
    [
        "paragraph",
        "list_item",
        "table_row",
        "code",
        "quote",
        "caption",
        "note",
        "question",
        "answer",
        "furniture",
        "noise",
    ]
)
HEADINGS = st.tuples(st.just("heading"), prose(4), st.integers(1, 4))
BLOCKS = st.lists(st.one_of(st.tuples(KINDS, PROSE), HEADINGS), min_size=1, max_size=14)
SMALL_BLOCKS = st.lists(st.one_of(st.tuples(st.just("paragraph"), prose(3)), HEADINGS), min_size=1, max_size=9)


def assert_partition(made: Document, drafts: list[PassageDraft]) -> None:
    """Every character of indexed blocks that is not white space is in exactly one passage, no other in any."""
    covered = [0] * len(made.text)
    for draft in drafts:
        assert 0 <= draft.start < draft.end <= len(made.text)
        for place in range(draft.start, draft.end):
            covered[place] += 1
        assert draft.units
        ends = [draft.start, *(unit.end for unit in draft.units)]
        for unit, before in zip(draft.units, ends, strict=False):
            assert before <= unit.start < unit.end <= draft.end
    for block in made.blocks:
        for place in range(block.start, block.end):
            if not made.text[place].isspace():
                assert covered[place] == int(block.indexed), (place, made.text[place])
    assert [draft.start for draft in drafts] == sorted(draft.start for draft in drafts)


@given(BLOCKS, st.sampled_from([None, "en", "de", "ja"]))
def test_passages_partition_the_indexed_blocks(blocks: list[tuple[BlockKind, str]], language: str | None) -> None:
    made = document(*blocks, language=language)
    assert_partition(made, split(made, "A title", words, LIMITS))


@given(st.one_of(BLOCKS, SMALL_BLOCKS))
def test_no_passage_crosses_a_main_heading(blocks: list[tuple[BlockKind, str]]) -> None:
    """Text before a heading of level 1 or 2 and that heading are never in one passage."""
    made = document(*blocks)
    for draft in split(made, "", words, LIMITS):
        inside = [block for block in made.blocks if block.start < draft.end and block.end > draft.start]
        text_seen = False
        for block in inside:
            short = block.kind == "heading" and words(made.text[block.start : block.end]) <= 24
            if short and block.level <= 2:
                assert not text_seen, made.text[draft.start : draft.end]
            text_seen = text_seen or not short


@given(BLOCKS, st.text(alphabet="ab ", max_size=300))
def test_a_passage_with_its_title_and_headings_fits_the_window(blocks: list[tuple[BlockKind, str]], title: str) -> None:
    made = document(*blocks)
    for draft in split(made, title, words, LIMITS):
        assert words(draft.prefix) + words(made.text[draft.start : draft.end]) <= LIMITS.tokens


@pytest.fixture(scope="module")
def count() -> Callable[[str], int]:
    """The default model's own tokens."""
    return default_encoder().count_tokens


@given(BLOCKS)
def test_a_passage_fits_the_real_models_window(
    count: Callable[[str], int], blocks: list[tuple[BlockKind, str]]
) -> None:
    """Counted over all that is embedded, as the model reads it."""
    made = document(*blocks)
    drafts = split(made, "A title of some words", count, LIMITS)
    assert_partition(made, drafts)
    for draft in drafts:
        assert count(f"{draft.prefix}\n{made.text[draft.start : draft.end]}") <= LIMITS.tokens


@given(PROSE, st.sampled_from([None, "en", "de", "fr", "ja", "zh", "ar", "xx"]))
def test_sentences_cover_all_but_white_space(text: str, language: str | None) -> None:
    around = f"before {text} after"
    place, left = 7, ""
    for start, end in sentences(around, 7, 7 + len(text), language):
        assert place <= start < end <= 7 + len(text)
        assert not around[start].isspace() and not around[end - 1].isspace()
        left += around[place:start]
        place = end
    assert not (left + around[place : 7 + len(text)]).strip()


# --- how they are packed ----------------------------------------------------------------------------------------------


def test_whole_sentences_are_packed_up_to_the_length() -> None:
    prose = " ".join(f"This is sentence number {n} of the text." for n in range(20))
    found = texts(document(("paragraph", prose)))
    assert len(found) > 2 and " ".join(found) == prose
    assert all(part.startswith("This is") and part.endswith("text.") and len(part) <= 300 for part in found)
    assert all(len(part) > 200 for part in found[:-1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Dr. Ito met Mr. Smith at 3.14 p.m. today. He left.",
            ["Dr. Ito met Mr. Smith at 3.14 p.m. today.", "He left."],
        ),
        ("No. 4.2 is e.g. red! Really? Yes.", ["No. 4.2 is e.g. red!", "Really?", "Yes."]),
        ("😀 First one. 😀😀 Second one.", ["😀 First one.", "😀😀 Second one."]),
        ("これは文です。次の文です。", ["これは文です。", "次の文です。"]),
        ("no end at all", ["no end at all"]),
    ],
)
def test_sentences_end_where_people_end_them(text: str, expected: list[str]) -> None:
    language = "ja" if "。" in text else "en"
    assert [text[a:b] for a, b in sentences(text, 0, len(text), language)] == expected


def test_a_sentence_longer_than_the_window_is_cut_at_words() -> None:
    long = " ".join(f"word{n}" for n in range(300)) + "."
    found = texts(document(("paragraph", long)))
    assert " ".join(found) == long
    assert all(words(part) <= 48 and part.startswith("word") for part in found)


@pytest.mark.parametrize("gap", ["  ", " \t ", "\u00a0 ", "     "])
def test_a_long_line_with_wide_gaps_is_cut_and_nothing_is_repeated(gap: str) -> None:
    """langchain's splitter repeats pieces whose length is 0, such as the second of two spaces."""
    long = gap.join(f"word{n}" for n in range(300))
    found = texts(document(("paragraph", long)))
    assert "".join("".join(found).split()) == "".join(long.split()) and len(found) > 5


def test_a_word_longer_than_all_is_cut_somewhere_and_nothing_is_lost() -> None:
    found = texts(document(("paragraph", "start " + "x" * 20_000 + " end")))
    assert "".join("".join(found).split()) == "start" + "x" * 20_000 + "end"


def test_a_line_of_three_megabytes_comes_to_an_end(count: Callable[[str], int]) -> None:
    line = ("Sentence of a very long line, with words and 12 numbers. " * 55_000)[:3_000_000]
    made = document(("paragraph", line.strip()))
    drafts = split(made, "Long", count, Limits(1000, 254, 25))
    assert 2500 < len(drafts) < 5000
    assert "".join("".join(made.text[d.start : d.end].split()) for d in drafts) == "".join(line.split())
    assert max(count(made.text[d.start : d.end]) for d in drafts) <= 254


def test_small_sections_are_packed_together_under_their_parent() -> None:
    blocks = [("heading", "Guide", 1), ("heading", "Options", 2)]
    for name in "abc":
        blocks += [("heading", f"--{name}", 3), ("paragraph", f"Sets the value of {name}.")]
    found = split(document(*blocks), "Guide", words, LIMITS)
    assert len(found) == 1
    assert found[0].heading == "Guide › Options › --a" and found[0].prefix == "Guide"


def test_a_small_section_joins_only_as_a_whole() -> None:
    filler = "Some words that fill the space up. " * 6
    blocks = [("heading", "H", 2), ("paragraph", filler.strip()), ("heading", "Small", 3)]
    blocks += [("paragraph", "First half of the small one."), ("paragraph", "Second half of the small one, " * 2)]
    found = texts(document(*blocks))
    assert found[1].startswith("Small\n\nFirst half")


def test_an_empty_section_belongs_to_what_is_before_it() -> None:
    """Not to the next main section, which would then have been crossed into."""
    made = document(
        ("heading", "One", 2),
        ("paragraph", "Text of section one."),
        ("heading", "Empty", 3),
        ("heading", "Two", 2),
        ("paragraph", "Text of section two."),
    )
    drafts = split(made, "", words, LIMITS)
    assert [made.text[d.start : d.end] for d in drafts] == [
        "One\n\nText of section one.\n\nEmpty",
        "Two\n\nText of section two.",
    ]
    assert [d.heading for d in drafts] == ["One", "Two"]


@pytest.mark.parametrize("sentences_before", range(1, 12))
def test_a_heading_is_never_parted_from_the_text_below_it(sentences_before: int) -> None:
    filler = " ".join(["Some words that fill the space up."] * sentences_before)
    blocks = [("paragraph", filler), ("heading", "Deep", 4), ("paragraph", "Text of the deep section. " * 9)]
    assert all(not part.endswith("Deep") for part in texts(document(*blocks)))


@pytest.mark.parametrize("number", ["1.", "2.1.", "IV.", "(a)", "§ 5."])
def test_the_number_of_a_block_is_no_sentence_by_itself(number: str) -> None:
    text = f"{number} Fees are due within 14 days. They rise every year in May."
    block = Block("list_item", 0, len(text), 1, number=number)
    made = Document("0" * 32, text, (block,), ReadingReport("test/1"), language="en")
    (draft,) = split(made, "", words, Limits(300, 64, 10))
    assert [text[unit.start : unit.end] for unit in draft.units] == [
        f"{number} Fees are due within 14 days.",
        "They rise every year in May.",
    ]


@pytest.mark.parametrize("sentences_before", range(1, 12))
def test_a_question_is_never_parted_from_its_answer(sentences_before: int) -> None:
    before = " ".join(["It is a plain sentence."] * sentences_before)
    made = document(("paragraph", before), ("question", "Can I get it back?"), ("answer", "Yes, within 14 days."))
    (passage,) = (each for each in texts(made, chars=200) if "get it back" in each)
    assert passage.endswith("Can I get it back?\n\nYes, within 14 days.")


def test_questions_without_answers_do_not_hold_on_to_each_other() -> None:
    made = document(*(("question", f"Who found the {number}th of these many elements first?") for number in range(8)))
    assert len(texts(made, chars=130)) == 4


def test_a_heading_without_text_is_still_found() -> None:
    assert texts(document(("heading", "Alone", 1))) == ["Alone"]
    assert texts(document(("paragraph", "Text."), ("heading", "Alone", 1))) == ["Text.", "Alone"]


def test_what_is_not_indexed_is_in_no_passage_and_parts_those_around_it() -> None:
    blocks = [("paragraph", "Page one ends"), ("furniture", "- 1 -"), ("paragraph", "and page two goes on.")]
    assert texts(document(*blocks)) == ["Page one ends", "and page two goes on."]


def test_the_heading_path_goes_on_over_what_is_not_indexed() -> None:
    made = document(("heading", "A", 1), ("paragraph", "One."), ("furniture", "7"), ("paragraph", "Two."))
    drafts = split(made, "", words, LIMITS)
    assert [(d.heading, d.prefix) for d in drafts] == [("A", ""), ("A", "A")]


def test_short_sentences_get_no_vector_of_their_own() -> None:
    made = document(("paragraph", "Too short. This sentence is long enough to get one."))
    [draft] = split(made, "", words, LIMITS)
    assert [(made.text[unit.start : unit.end], unit.embedded) for unit in draft.units] == [
        ("Too short.", False),
        ("This sentence is long enough to get one.", True),
    ]


def test_units_are_sentences_whole_rows_and_a_blocks_code_in_one_piece() -> None:
    made = document(
        ("heading", "Setup", 2),
        ("paragraph", "First do this. Then do that."),
        ("code", "import os\n\nprint(os)"),
        ("code", "exit()"),
        ("table_row", "Name: Otto. Age: 7"),
    )
    [draft] = split(made, "", words, LIMITS)
    assert [(made.text[unit.start : unit.end], unit.kind) for unit in draft.units] == [
        ("First do this.", "paragraph"),
        ("Then do that.", "paragraph"),
        ("import os\n\nprint(os)", "code"),
        ("exit()", "code"),
        ("Name: Otto. Age: 7", "table_row"),
    ]


def test_code_over_several_passages_has_a_unit_in_each() -> None:
    made = document(("code", "\n".join(f"line {number} of the code" for number in range(20))))
    drafts = split(made, "", words, LIMITS)
    assert len(drafts) > 1
    assert [[(u.start, u.end) for u in draft.units] for draft in drafts] == [[(d.start, d.end)] for d in drafts]


def test_a_passage_of_headings_is_one_unit_without_a_vector() -> None:
    made = document(("heading", "A heading of some length", 1), ("heading", "And another one below it", 2))
    [draft] = split(made, "", words, LIMITS)
    assert draft.units == (Unit(0, len(made.text), "heading", False),)


def test_the_title_is_not_embedded_twice() -> None:
    made = document(("heading", "Guide", 1), ("heading", "Part", 2), ("paragraph", "One. " * 90))
    drafts = split(made, "Guide", words, LIMITS)
    assert {draft.prefix for draft in drafts} == {"Guide", "Guide › Part"}


def test_a_title_longer_than_its_share_is_cut_at_words() -> None:
    [draft] = split(document(("paragraph", "Text.")), "word " * 500, words, LIMITS)
    assert draft.prefix == " ".join(["word"] * 16)


def test_nothing_indexed_gives_no_passages() -> None:
    assert texts(document(("furniture", "- 1 -"))) == []
