"""The document as the page gets it: pieces that join to the text, marks that are the quote."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.types import Block, Document, ReadingReport
from qa.web.document_view import PIECE_CHARS, SIDE_PIECES, WHOLE_PIECES, cut, window

PARTS = st.lists(st.text(alphabet="ab 😀é\u0301\u200d👩", min_size=1).filter(str.strip), min_size=1, max_size=8)


def make_document(parts: list[str], page_starts: tuple[int, ...] = ()) -> Document:
    text, blocks = "", []
    for part in parts:
        text += "\n\n" if text else ""
        blocks.append(Block("paragraph", len(text), len(text) + len(part)))
        text += part
    return Document("ab" * 16, text, tuple(blocks), ReadingReport("test/1"), page_starts=page_starts)


def joined(data: dict[str, Any], marked_only: bool = False) -> str:
    parts = [part for block in data["blocks"] for part in block["parts"]]
    return "".join(part["text"] for part in parts if part["mark"] or not marked_only)


@given(PARTS, st.data())
def test_parts_join_to_the_text_and_marks_to_the_quote(parts: list[str], data: st.DataObject) -> None:
    """For any range of code points, across blocks, pages and emoji."""
    text = make_document(parts).text
    starts = data.draw(st.lists(st.integers(0, len(text)), max_size=4).map(lambda values: tuple(sorted(values))))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = window(make_document(parts, starts), start, end)
    assert joined(shown) == text
    assert joined(shown, marked_only=True) == text[start:end]


@given(PARTS)
def test_no_part_is_empty(parts: list[str]) -> None:
    shown = window(make_document(parts), 0, 1)
    assert all(part["text"] for block in shown["blocks"] for part in block["parts"])


def test_one_huge_line_is_cut_into_pieces() -> None:
    """A line of three million characters must not be one element."""
    document = make_document(["word " * 600_000 + "end"])
    start = document.text.index("end")
    assert max(piece.end - piece.start for piece in cut(document)) <= PIECE_CHARS
    shown = window(document, start, start + 3)
    assert joined(shown, marked_only=True) == "end"
    assert len(joined(shown)) < 200_000


def test_a_long_document_comes_in_windows_that_join() -> None:
    """Walking with "show earlier" and "show more" gives the whole text, each piece once."""
    document = make_document([f"Paragraph {number}." for number in range(WHOLE_PIECES)])
    start = document.text.index("Paragraph 1500.")
    shown = window(document, start, start + 15)
    assert shown["last"] - shown["first"] <= 2 * SIDE_PIECES + 1
    texts, first, last = [joined(shown)], shown["first"], shown["last"]
    while first > 0:
        earlier = window(document, start, start + 15, before=first)
        assert earlier["last"] == first
        texts.insert(0, joined(earlier))
        first = earlier["first"]
    while last < shown["total"]:
        later = window(document, start, start + 15, after=last)
        assert later["first"] == last
        texts.append(joined(later))
        last = later["last"]
    assert "".join(texts) == document.text


def test_pages_begin_with_their_label() -> None:
    document = make_document(["first page goes on", "second"], (0, 6))
    pages = [(block["page"], block["parts"][0]["text"]) for block in window(document)["blocks"] if block["page"]]
    assert pages == [("1", "first "), ("2", "page goes on")]


def test_prose_broken_at_a_width_flows_and_verse_does_not() -> None:
    line = "A line of prose that goes on until some column is reached by it\n"
    shown = window(make_document([line * 3 + "end.", "Roses are red,\nviolets are blue."]))
    flows = [block["flows"] for block in shown["blocks"] if block["kind"] == "paragraph"]
    assert flows == [True, False]


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2), (0, 10_000)])
def test_a_range_outside_the_text_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a range"):
        window(make_document(["short"]), start, end)
