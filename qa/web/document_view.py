"""A document's text cut for the page: blocks whose parts tell which words are the quote.

All cutting is done here, because offsets are code points and JavaScript counts differently. The pieces of a document
have no gaps between them: joined, they are its text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from qa.types import Block, Document

PIECE_CHARS = 8_000
"""A longer block is shown in several pieces, so that one line of 3 MB does not stop the browser."""
WRAPPED_CHARS = 55
"""Paragraphs whose lines are at least this long are taken for prose broken at a fixed width."""
WHOLE_CHARS = 400_000
WHOLE_PIECES = 3_000
"""A document within both limits is sent as a whole."""
SIDE_CHARS = 60_000
SIDE_PIECES = 400
"""Of a larger one, this much is sent on each side of the quote, and again with each "show more"."""


@dataclass(frozen=True, slots=True)
class Piece:
    """``document.text[start:end]`` with the block it belongs to; ``kind`` is ``gap`` for the space between blocks."""

    kind: str
    level: int
    start: int
    end: int
    page: str | None = None
    """The page's label when this piece is the first of a page."""
    continued: bool = False
    """The piece before it is of the same block."""
    flows: bool = False
    """Its line breaks come from a fixed width and may be shown as spaces."""


def cut(document: Document) -> list[Piece]:
    """All pieces of a document, in text order and without gaps."""
    pages = _page_labels(document)
    pieces: list[Piece] = []
    for kind, level, start, end in _stretches(document):
        bounds = _bounds(start, end, document.page_starts)
        flows = kind == "paragraph" and _is_hard_wrapped(document.text[start:end])
        for index, (left, right) in enumerate(pairwise(bounds)):
            pieces.append(Piece(kind, level, left, right, pages.pop(left, None), index > 0, flows))
    return pieces


def window(
    document: Document, start: int = 0, end: int = 0, *, before: int | None = None, after: int | None = None
) -> dict[str, Any]:
    """The pieces around ``text[start:end]``, or those before or after the piece of that number, as JSON values.

    An empty range marks nothing and shows the document from ``start`` on. Raises ValueError for a range that is
    not inside the text.
    """
    if not 0 <= start <= end <= len(document.text):
        raise ValueError(f"{start} to {end} is not a range of a text of {len(document.text)} characters.")
    pieces = cut(document)
    first, last = _range(pieces, start, end, before, after)
    blocks = [_block_json(document.text, piece, start, end) for piece in pieces[first:last]]
    return {"first": first, "last": last, "total": len(pieces), "blocks": blocks}


def _is_hard_wrapped(text: str) -> bool:
    """True if every line but the last is long, as in prose broken at a fixed width; verse and addresses are not."""
    return min(map(len, text.split("\n")[:-1]), default=0) >= WRAPPED_CHARS


def _page_labels(document: Document) -> dict[int, str]:
    """Offset of each page's first piece to its label; of several pages starting at one offset, the last."""
    labels = document.page_labels or tuple(str(number + 1) for number in range(len(document.page_starts)))
    return dict(zip(document.page_starts, labels, strict=True))


def _stretches(document: Document) -> Iterator[tuple[str, int, int, int]]:
    position = 0
    for block in (*document.blocks, Block("paragraph", len(document.text), len(document.text))):
        if position < block.start:
            yield "gap", 0, position, block.start
        if block.start < block.end:
            yield block.kind, block.level, block.start, block.end
        position = max(position, block.end)


def _bounds(start: int, end: int, page_starts: tuple[int, ...]) -> list[int]:
    """Where to cut ``start`` to ``end``: at pages, and where a piece would be too long."""
    inner = page_starts[bisect_right(page_starts, start) : bisect_left(page_starts, end)]
    return sorted({start, *inner, *range(start + PIECE_CHARS, end, PIECE_CHARS), end})


def _range(pieces: list[Piece], start: int, end: int, before: int | None, after: int | None) -> tuple[int, int]:
    if before is not None:
        last = min(max(before, 0), len(pieces))
        return _reach(pieces, last - 1, -1) + 1, last
    if after is not None:
        first = min(max(after, 0), len(pieces))
        return first, _reach(pieces, first, 1)
    if len(pieces) <= WHOLE_PIECES and (not pieces or pieces[-1].end <= WHOLE_CHARS):
        return 0, len(pieces)
    at = max(bisect_right(pieces, start, key=lambda piece: piece.start) - 1, 0)
    until = max(bisect_left(pieces, end, key=lambda piece: piece.start), at + 1)
    return _reach(pieces, at - 1, -1) + 1, _reach(pieces, until, 1)


def _reach(pieces: list[Piece], index: int, step: int) -> int:
    """The first index beyond one side's share, going from ``index`` by ``step`` (1 or −1)."""
    chars = count = 0
    while 0 <= index < len(pieces) and count < SIDE_PIECES and chars < SIDE_CHARS:
        chars += pieces[index].end - pieces[index].start
        count += 1
        index += step
    return index


def _block_json(text: str, piece: Piece, start: int, end: int) -> dict[str, Any]:
    """The piece in parts, of which those in ``text[start:end]`` have ``mark``."""
    left, right = max(piece.start, start), min(piece.end, end)
    if left >= right:
        left = right = piece.end
    cuts = ((piece.start, left, False), (left, right, True), (right, piece.end, False))
    block = asdict(piece)
    del block["start"], block["end"]
    return {**block, "parts": [{"text": text[a:b], "mark": mark} for a, b, mark in cuts if a < b]}
