"""The units and blocks of a hit's passage."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from qa.text.sentences import sentences
from qa.types import Block, Hit, Unit


def units_of(hit: Hit) -> tuple[Unit, ...]:
    """The units of its passage, in text order; the passage itself where it has none (a hit made by hand)."""
    return hit.passage.units or _made(hit) or (Unit(hit.passage.start, hit.passage.end),)


def _made(hit: Hit) -> tuple[Unit, ...]:  # until the store has them
    document, passage = hit.document, hit.passage
    found: list[tuple[int, int]] = []
    for block in blocks_in(hit):
        if block.kind != "heading":
            start, end = max(block.start, passage.start), min(block.end, passage.end)
            whole = block.kind in ("table_row", "code")
            found += [(start, end)] if whole else sentences(document.text, start, end, document.language)
    return tuple(Unit(*span) for span in found)


def blocks_in(hit: Hit) -> Iterator[Block]:
    """The indexed blocks of which the passage has a part, in text order."""
    blocks, passage = hit.document.blocks, hit.passage
    first = max(bisect_right(blocks, passage.start, key=lambda block: block.start) - 1, 0)
    for block in blocks[first:]:
        if block.start >= passage.end:
            return
        if block.end > passage.start and block.indexed:
            yield block
