"""Tells tables without ruled lines from prose, lists and tables of contents. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from qa.loaders.pdf.grid import NUMBER
from qa.loaders.pdf.lines import Line

_ALIGNED = 2.5
"""Points by which edges of one column's cells may differ."""
_PROSE = 30
"""A column whose lines are usually longer than this and end at its right edge is prose."""
_LEADER = re.compile(r"\.{4}|(?:\. ){3}|…{2}|_{4}")
_MARK = re.compile(r"[^\w\s]|[(\[]?+(?:[.§]?+\s?+\d{1,3}(?:[.-]\d{1,3}){0,5}|[^\W\d]|[ivxIVX]{1,4})[.:)\]]{0,2}")
_LIST_MARK = re.compile(
    r"[•●○◦▪▫■□‣⁃►➢➤✓✔–—*·\ufffd\ue000-\uf8ff☐☑☒-]|\(?+(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]|\.\d{1,3}"
)
_FORMULA = re.compile(r"[^\s=≤≥<>∈→⇒+−·]\s?+[=≤≥<>∈→⇒+−·]\s?+[^\s=≤≥<>∈→⇒+−·]")
_WORD = re.compile(r"[^\W\d_]{3}|\d|[\u0e00-\u1fff\u2e80-\uffff]")
_PAGE = re.compile(r"\d{1,4}|[ivxlc]{1,6}")


Range = tuple[float, float]
Placed = tuple[int, int, Line]
"""First and last column of a piece, and the piece."""


class Row(NamedTuple):
    """A row of text with its pieces' columns."""

    pieces: list[Placed]

    @property
    def columns(self) -> set[int]:
        """The columns that begin a piece."""
        return {first for first, _, _ in self.pieces}

    @property
    def bottom(self) -> float:
        """Of its lowest piece."""
        return max(piece.bottom for _, _, piece in self.pieces)


def is_table(rows: Sequence[Row], columns: Sequence[Range]) -> bool:
    """False for what only looks like a table: columns of prose, lists, tables of contents, scattered words, and rows of
    which the last ends inside a word."""
    by_column = _by_column(rows, len(columns))
    if not all(by_column) or _is_marked(rows) or any(piece.hyphen for _, _, piece in rows[-1].pieces):
        return False
    texts = [[piece.text for piece in pieces] for pieces in by_column]
    if _is_list(texts, len(rows)) or _holds_prose(by_column, columns):
        return False
    full = sum(len(row.columns) >= max(2, 0.6 * len(columns)) for row in rows)
    if full < 0.4 * len(rows) or not _is_regular(rows, by_column):
        return False
    numeric = any(map(is_numeric, by_column[1:]))
    return numeric or len(columns) > 2 or (full >= 3 and _are_terms(*texts))


def _by_column(rows: Sequence[Row], count: int) -> list[list[Line]]:
    """The pieces of each column that reach into no other."""
    by_column: list[list[Line]] = [[] for _ in range(count)]
    for row in rows:
        for first, last, piece in row.pieces:
            if first == last:
                by_column[first].append(piece)
    return by_column


def _is_regular(rows: Sequence[Row], by_column: Sequence[Sequence[Line]]) -> bool:
    """True if most columns are aligned and most rows keep to them."""
    spanning = sum(any(last > first for first, last, _ in row.pieces) for row in rows)
    least = len(by_column) if len(rows) == 2 else max(2, 0.7 * len(by_column))
    return spanning <= max(2, 0.45 * len(rows)) and sum(map(is_aligned, by_column)) >= least


def _is_marked(rows: Sequence[Row]) -> bool:
    """True for a list: most rows of several pieces are a mark and what follows it."""
    full = [row.pieces for row in rows if len(row.pieces) > 1]
    items = [pieces for pieces in full if len(pieces) == 2 and _LIST_MARK.fullmatch(pieces[0][2].text)]
    return len(items) > 0.5 * len(full)


def _is_list(texts: Sequence[Sequence[str]], rows: int) -> bool:
    """True for lists, tables of contents, formulas and scattered letters."""
    flat = [text for column in texts for text in column]
    if _count(_LEADER, flat) >= 0.3 * rows or _count(_FORMULA, flat) >= 0.5 * len(flat):
        return True
    if _count(_WORD, flat) < 0.7 * len(flat):
        return True
    told = len(texts) - all(_MARK.fullmatch(text) for text in texts[0])
    return told < 2 or (told == 2 and _is_contents(texts[-1]))


def _count(pattern: re.Pattern[str], texts: Sequence[str]) -> int:
    return sum(pattern.search(text) is not None for text in texts)


def _holds_prose(by_column: Sequence[Sequence[Line]], columns: Sequence[Range]) -> bool:
    prose = sum(_is_prose(pieces, column) for pieces, column in zip(by_column, columns, strict=True))
    return prose > 1 or (prose == 1 and len(columns) == 2 and not _is_short(by_column))


def _are_terms(keys: Sequence[str], values: Sequence[str]) -> bool:
    """True for short keys with what they mean, the two columns of a table without numbers."""
    if sum(key.endswith(":") for key in keys) >= 0.6 * len(keys):
        return True
    lengths = [len("".join(texts)) / len(texts) for texts in (keys, values)]
    return max(map(len, keys)) <= _PROSE and lengths[1] > 1.3 * lengths[0]


def _is_contents(texts: Sequence[str]) -> bool:
    """True for page numbers that rise."""
    numbers = [int(text) for text in texts if text.isdecimal()]
    return (
        len(numbers) > 2
        and len(numbers) >= 0.6 * len(texts)
        and all(_PAGE.fullmatch(text) for text in texts)
        and all(before <= after for before, after in pairwise(numbers))
    )


def _is_prose(pieces: Sequence[Line], column: Range) -> bool:
    long = [piece for piece in pieces if len(piece.text) >= _PROSE]
    wide = [piece for piece in long if piece.right - piece.left > 0.8 * (column[1] - column[0])]
    if len(long) > 0.5 * len(pieces) and len(wide) > 0.5 * len(pieces):
        return True
    running = [piece for piece in pieces if piece.text[0].islower() and " " in piece.text]
    return len(running) > 0.4 * len(pieces)


def _is_short(by_column: Sequence[Sequence[Line]]) -> bool:
    """True if one column at least holds a few words at most in each cell."""
    return any(max(len(piece.text) for piece in pieces) <= _PROSE for pieces in by_column)


def is_aligned(pieces: Sequence[Line]) -> bool:
    """True if most pieces have one edge, or their middle, under each other."""
    lefts, rights = [piece.left for piece in pieces], [piece.right for piece in pieces]
    for edges in (lefts, rights, [(left + right) / 2 for left, right in zip(lefts, rights, strict=True)]):
        places = sorted(edges)
        start = most = 0
        for end, place in enumerate(places):
            while place - places[start] > _ALIGNED:
                start += 1
            most = max(most, end - start + 1)
        if most >= 0.6 * len(pieces):
            return True
    return False


def is_numeric(pieces: Sequence[Line]) -> bool:
    """True if most pieces are numbers."""
    return sum(NUMBER.fullmatch(piece.text) is not None for piece in pieces) >= 0.6 * len(pieces)
