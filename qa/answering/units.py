"""The units and blocks of a hit's passage."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from qa.types import Block, Hit, Unit


def units_of(hit: Hit) -> tuple[Unit, ...]:
    """The units of its passage, in text order; the passage itself where it has none (a hit made by hand)."""
    return hit.passage.units or (Unit(hit.passage.start, hit.passage.end),)


def blocks_in(hit: Hit) -> Iterator[Block]:
    """The indexed blocks of which the passage has a part, in text order."""
    blocks, passage = hit.document.blocks, hit.passage
    first = max(bisect_right(blocks, passage.start, key=lambda block: block.start) - 1, 0)
    for block in blocks[first:]:
        if block.start >= passage.end:
            return
        if block.end > passage.start and block.indexed:
            yield block
