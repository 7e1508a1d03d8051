"""Words that somebody says stand in a text → the slice that they are, or nothing.

White space, line-end hyphens, quotation marks, dashes and Unicode forms may differ; words may not, nor their case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from embeddings import is_unspaced

_QUOTES = dict.fromkeys(map(ord, '"“”„‟«»‹›‘’‚‛`´′″「」『』＂＇'), "'")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_IGNORED = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
_SIGNS = {**_QUOTES, **_DASHES, **_IGNORED}
_SAME = frozenset(("<compat>", "<wide>", "<narrow>", "<noBreak>", "<small>", "<font>", "<initial>", "<medial>",
                   "<final>", "<isolated>", "<vertical>"))  # fmt: skip
"""Compatibility forms that are read as the same sign: ligatures, full-width letters. 10² is not 102."""
_PIECES = re.compile(r"\s+|-+|'+|[^\W_]+|.", re.DOTALL)
_LINE_END_HYPHEN = re.compile(r"-[^\S\n]*\n")
_TRAILING = " \t\n.,;:!?…。，；：！？、"
_LONGEST = 4_000
"""Characters of a quote beyond which it is not looked for: it is longer than any passage."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A stretch of a text in the form in which it is compared, with where each character of it stands in the text."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    """Offsets into the text, exclusive; as long as ``text``."""


def fold(text: str, start: int, end: int) -> Folded:
    """``text[start:end]`` as it is compared."""
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for a, b in _clusters(text, start, end):
        folded = _fold(text[a:b])
        letters += folded
        starts += [a] * len(folded)
        ends += [b] * len(folded)
    return Folded("".join(letters), tuple(starts), tuple(ends))


def find(words: str, place: Folded) -> tuple[int, int] | None:
    """Where ``words`` stand, as offsets into the text that ``place`` was made of; None when they do not.

    They must begin and end where words do: ``art`` does not stand in ``party``, nor ``5 million`` in ``1.5 million``.
    Signs at their end that the text has not (``“in 1972,”``) are left out of the slice.
    """
    wanted = "".join(_fold(words[a:b]) for a, b in _clusters(words, 0, len(words))).strip()
    if len(wanted) > _LONGEST:
        return None
    hyphenated = _LINE_END_HYPHEN.search(place.text) is not None
    for form in dict.fromkeys((wanted, wanted.rstrip(_TRAILING))):
        if not any(letter.isalnum() for letter in form):
            continue
        for match in _pattern(form, hyphenated).finditer(place.text):
            first, end = match.span()
            if _apart(place, first, end):
                return place.starts[first], place.ends[end - 1]
    return None


def _apart(place: Folded, first: int, end: int) -> bool:
    """Whether ``place.text[first:end]`` begins and ends where words do, and with no half of a ligature."""
    before, after = place.text[max(0, first - 2) : first], place.text[end : end + 2]
    if before and (place.starts[first - 1] == place.starts[first] or not _begins(before, place.text[first])):
        return False
    return not after or (place.ends[end] != place.ends[end - 1] and _ends(place.text[end - 1], after))


def _begins(before: str, sign: str) -> bool:
    """Whether a word can begin with ``sign`` after ``before``, the two signs in front of it."""
    if not _spaced(sign):
        return True
    if _spaced(before[-1]):
        return False
    if sign.isdigit() and before[-1] in ".,:" and before[:-1].isdigit():
        return False
    return not (before[-1] in "-'" and before[:-1].isalpha())


def _ends(sign: str, after: str) -> bool:
    """Whether a word can end with ``sign`` before ``after``, the two signs behind it."""
    if not _spaced(sign):
        return True
    if _spaced(after[0]):
        return False
    if sign.isdigit() and after[0] in ".,:" and after[1:].isdigit():
        return False
    return not (after[0] in "-'" and after[1:].isalpha() and after != "'s")


def _spaced(sign: str) -> bool:
    """Whether it is a letter or digit of a script in which white space stands between words."""
    return sign.isalnum() and not is_unspaced(sign)


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """``[start:end]`` widened so that it cuts no word and no number (3,978) apart, in scripts with white space between
    words."""
    while 0 < start < len(text) and not _begins(text[max(0, start - 2) : start], text[start]):
        start -= 1 if text[start - 1].isalnum() else 2
    while 0 < end < len(text) and not _ends(text[end - 1], text[end : end + 2]):
        end += 1 if text[end].isalnum() else 2
    return start, end


def _clusters(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A base sign with the marks on it (and a Korean syllable's parts) is one."""
    first = start
    for index in range(start + 1, end):
        sign = text[index]
        if sign.isascii() or not (unicodedata.combining(sign) or "\u1160" <= sign <= "\u11ff"):
            yield first, index
            first = index
    if first < end:
        yield first, end


@lru_cache(maxsize=4096)
def _fold(cluster: str) -> str:
    found = []
    for sign in unicodedata.normalize("NFC", cluster).translate(_SIGNS):
        kind = unicodedata.decomposition(sign).partition(" ")[0]
        found.append(unicodedata.normalize("NFKC", sign).translate(_SIGNS) if kind in _SAME else sign)
    return "".join(found)


@lru_cache(maxsize=256)
def _pattern(words: str, hyphenated: bool) -> re.Pattern[str]:
    """``hyphenated``: words of the text may be cut at the ends of its lines."""
    pieces = _PIECES.findall(words)
    parts = [_part(piece, hyphenated) for piece in pieces]
    for index, (one, other) in enumerate(pairwise(pieces)):
        if one.isspace() and other[0] == "-":  # a dash may stand with or without white space around it
            parts[index] = ""
        if one[0] == "-" and other.isspace():
            parts[index + 1] = ""
    return re.compile("".join(parts))


def _part(piece: str, hyphenated: bool) -> str:
    if piece.isspace():
        return r"\s+"
    if piece[0] == "-":
        return r"\s*-+\s*"
    if piece[0] == "'":
        return "'+"
    return r"(?:-\s*\n\s*)?".join(map(re.escape, piece)) if hyphenated and len(piece) > 1 else re.escape(piece)
