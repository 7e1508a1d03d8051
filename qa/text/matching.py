"""The one finder of words in a text: words that somebody quotes → the slice of the text that they are, or nothing.

White space, line-end hyphens, quotation marks, dashes and Unicode forms may differ; words may not, nor their case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise

from embeddings import is_unspaced

_QUOTES = dict.fromkeys(map(ord, '"“”„‟«»‹›‘’‚‛`´′″「」『』＂＇'), "'")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_IGNORED = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
_CHARACTERS = {**_QUOTES, **_DASHES, **_IGNORED}
_SAME = frozenset(("<compat>", "<wide>", "<narrow>", "<noBreak>", "<small>", "<font>", "<initial>", "<medial>",
                   "<final>", "<isolated>", "<vertical>"))  # fmt: skip
"""Compatibility forms that are read as the same character: ligatures, full-width letters. 10² is not 102."""
_PIECES = re.compile(r"\s+|-+|'+|[^\W_]+|.", re.DOTALL)
_LINE_END_HYPHEN = re.compile(r"-[^\S\n]*\n")
_TRAILING = " \t\n.,;:!?…。，；：！？、"
_LONGEST = 4_000
"""Characters of a quote beyond which it is not looked for: it is longer than any passage."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A stretch of a text in the form in which it is compared, with the offsets of each of its characters."""

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


def find(words: str, folded: Folded) -> tuple[int, int] | None:
    """The first occurrence of ``words``, as offsets into the text that ``folded`` was made of; None when there is none.

    They must begin and end where words do: ``art`` is not in ``party``, nor ``5 million`` in ``1.5 million``.
    Punctuation at their end that the text does not have (``“in 1972,”``) is left out of the slice.
    """
    return next(_matches(words, folded), None)


def find_all(
    words: str, text: str, *, ignore_case: bool = False, near: int | None = None, tries: int | None = None
) -> Iterator[tuple[int, int]]:
    """The occurrences of ``words`` in a text of any length, by the rules of ``find``: in text order, or the nearest to
    the offset ``near`` first. Their longest word must be in the text as it is, but for its case with ``ignore_case``.
    ``tries``: how many occurrences of that word are looked at; None: all.
    """
    anchor = max(re.findall(r"\w+", words), key=len, default="")
    if not anchor:
        return
    reach = 2 * len(words) + 200
    found = re.finditer(re.escape(anchor), text, re.IGNORECASE if ignore_case else 0)
    starts: Iterable[int] = (match.start() for match in found)
    if near is not None:
        starts = sorted(starts, key=lambda start: abs(start - near))
    seen = set()
    for at in islice(starts, tries):
        around = fold(text, max(at - reach, 0), min(at + reach, len(text)))
        for start, end in _matches(words, around, ignore_case):
            if start <= at < end and (start, end) not in seen:
                seen.add((start, end))
                yield start, end
                break


def _matches(words: str, folded: Folded, ignore_case: bool = False) -> Iterator[tuple[int, int]]:
    wanted = "".join(_fold(words[a:b]) for a, b in _clusters(words, 0, len(words))).strip()
    if len(wanted) > _LONGEST:
        return
    hyphenated = _LINE_END_HYPHEN.search(folded.text) is not None
    for form in dict.fromkeys((wanted, wanted.rstrip(_TRAILING))):
        if any(letter.isalnum() for letter in form):
            for match in _pattern(form, hyphenated, ignore_case).finditer(folded.text):
                first, end = match.span()
                if _apart(folded, first, end):
                    yield folded.starts[first], folded.ends[end - 1]


def _apart(folded: Folded, first: int, end: int) -> bool:
    """True if ``folded.text[first:end]`` begins and ends where words do, and not within a ligature."""
    before, after = folded.text[max(0, first - 2) : first], folded.text[end : end + 2]
    if before and (folded.starts[first - 1] == folded.starts[first] or not _begins(before, folded.text[first])):
        return False
    return not after or (folded.ends[end] != folded.ends[end - 1] and _ends(folded.text[end - 1], after))


def _begins(before: str, char: str) -> bool:
    """True if a word can begin with ``char`` after ``before``, the two characters in front of it."""
    if not _spaced(char):
        return True
    if _spaced(before[-1]):
        return False
    if char.isdigit() and before[-1] in ".,:" and before[:-1].isdigit():
        return False
    return not (before[-1] in "-'" and before[:-1].isalpha())


def _ends(char: str, after: str) -> bool:
    """True if a word can end with ``char`` before ``after``, the two characters behind it."""
    if not _spaced(char):
        return True
    if _spaced(after[0]):
        return False
    if char.isdigit() and after[0] in ".,:" and after[1:].isdigit():
        return False
    return not (after[0] in "-'" and after[1:].isalpha() and after != "'s")


def _spaced(char: str) -> bool:
    """True for a letter or digit of a script with white space between words."""
    return char.isalnum() and not is_unspaced(char)


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """``[start:end]`` widened so that it cuts no word and no number (3,978) apart, in scripts with white space between
    words."""
    while 0 < start < len(text) and not _begins(text[max(0, start - 2) : start], text[start]):
        start -= 1 if text[start - 1].isalnum() else 2
    while 0 < end < len(text) and not _ends(text[end - 1], text[end : end + 2]):
        end += 1 if text[end].isalnum() else 2
    return start, end


def _clusters(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A base character with its marks (and the parts of a Korean syllable) is one cluster."""
    first = start
    for index in range(start + 1, end):
        char = text[index]
        if char.isascii() or not (unicodedata.combining(char) or "\u1160" <= char <= "\u11ff"):
            yield first, index
            first = index
    if first < end:
        yield first, end


@lru_cache(maxsize=4096)
def _fold(cluster: str) -> str:
    found = []
    for char in unicodedata.normalize("NFC", cluster).translate(_CHARACTERS):
        kind = unicodedata.decomposition(char).partition(" ")[0]
        found.append(unicodedata.normalize("NFKC", char).translate(_CHARACTERS) if kind in _SAME else char)
    return "".join(found)


@lru_cache(maxsize=256)
def _pattern(words: str, hyphenated: bool, ignore_case: bool) -> re.Pattern[str]:
    """``hyphenated``: words of the text may be cut at the ends of its lines."""
    pieces = _PIECES.findall(words)
    parts = [_part(piece, hyphenated) for piece in pieces]
    for index, (one, other) in enumerate(pairwise(pieces)):
        if one.isspace() and other[0] == "-":  # a dash may have white space around it or not
            parts[index] = ""
        if one[0] == "-" and other.isspace():
            parts[index + 1] = ""
    return re.compile("".join(parts), re.IGNORECASE if ignore_case else 0)


def _part(piece: str, hyphenated: bool) -> str:
    if piece.isspace():
        return r"\s+"
    if piece[0] == "-":
        return r"\s*+-++\s*+"
    if piece[0] == "'":
        return "'+"
    return r"(?:-[^\S\n]*+\n\s*+)?".join(map(re.escape, piece)) if hyphenated and len(piece) > 1 else re.escape(piece)
