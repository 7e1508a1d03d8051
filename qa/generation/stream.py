"""The text of a language model as it comes → its sentences, each with its markers and quotations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa.text.sentences import sentences

_MARKER = r"[\[【](?:\s*+(?:(?:passages?|sources?)\s*+)?\^?\d{1,3}(?!\d)\s*+(?:[,;&–-]|and)?)++[\]】]"
_MARKERS = re.compile(rf"(?:\s*+{_MARKER})++", re.IGNORECASE)
_ONE_MARKER = re.compile(rf"(?<!\s)\s*+{_MARKER}", re.IGNORECASE)
_MAYBE_MARKER = re.compile(r"\s*(?:[\[【][^\]】\n]{0,40})?$")
_NUMBERS = re.compile(r"(\d{1,3})(?:\s*[–-]\s*(\d{1,3}))?")
_LAYOUT = re.compile(r"^\s*(?:#{1,6}\s+|>\s*|[-*•]\s+)+")
_EMPHASIS = re.compile(r"(?<![\w*])(\*\*|__|\*)(?=\S)(.+?)(?<=\S)\1(?![\w*])", re.DOTALL)
_CLOSING = {"“": "”", "„": "“”", "‟": "”", "«": "»", "‹": "›", "»": "«»", "›": "‹›", "”": "”", "「": "」", "『": "』",
            '"': '"', "＂": "＂", "‘": "’", "'": "'", "‚": "‘’"}  # fmt: skip
_SINGLE = "‘'‚"
_LONGEST_QUOTE = 2_000
"""Characters after which a quotation that nobody closed is taken to be one."""


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence as the model wrote it, its markers and layout signs taken out."""

    text: str
    markers: tuple[int, ...] = ()
    """The numbers it names, each once, in order; they may name nothing."""
    quotes: tuple[tuple[int, int], ...] = ()
    """The spans of ``text`` inside quotation marks, without the marks."""


class SentenceStream:
    """Takes the pieces of an answer in which they come, and gives every sentence as soon as it has ended."""

    def __init__(self) -> None:
        self._open = ""

    def feed(self, piece: str) -> list[Written]:
        """The sentences that ``piece`` has brought to their end."""
        self._open += piece
        *done, self._open = _cut(self._open)
        return [made for part in done for made in _written(part)]

    def finish(self) -> list[Written]:
        """What is left, when nothing more comes."""
        *done, left = _cut(self._open)
        self._open = ""
        return [made for part in (*done, left) for made in _written(part)]


def quotations(text: str) -> list[tuple[int, int]]:
    """The spans of words in quotation marks of any kind, without the marks; a quotation that is never closed goes to
    the end. Apostrophes and the marks of feet and inches open none. A line that starts with ``>`` is one."""
    found = []
    at = 0
    while at < len(text):
        end = _quote_end(text, at) if _opens_quote(text, at) else None
        if end is None:
            at += 1
        else:
            if text[at + 1 : end].strip():
                found.append((at + 1, end))
            at = end + 1
    return found


def _opens_quote(text: str, at: int) -> bool:
    """True if the character at ``at`` may open a quotation."""
    mark, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    ambiguous = mark in _SINGLE or mark in "»›”"
    return mark in _CLOSING and not (ambiguous and (before.isalnum() or not after or after.isspace()))


def _quote_end(text: str, at: int) -> int | None:
    """Where the quotation opened at ``at`` ends; None for an apostrophe or a mark of inches."""
    mark = text[at]
    single = mark in _SINGLE
    limit = min(len(text), at + 1 + _LONGEST_QUOTE)
    for end in range(at + 1, limit):
        if text[end] in _CLOSING[mark] and not (single and text[end + 1 : end + 2].isalnum()):
            return end
        if text.startswith("\n\n", end):
            limit = end
            break
    inches = mark == '"' and text[at - 1 : at].isdigit()
    return None if single or inches else limit


def _cut(text: str) -> list[str]:
    """The sentences of ``text`` with the markers after them; the last one has not ended yet and may be empty."""
    inside = quotations(text)
    parts = []
    start = 0
    masked = text  # what is quoted has ends of its own
    for a, b in inside:
        masked = f"{masked[: a - 1]}{'x' * (b + 2 - a)}{masked[b + 1 :]}"[: len(text)]
    for end in sorted({*_ends(masked), *(b + 1 for _, b in inside if _ends_sentence(text, b))}):
        if end <= start:
            continue
        if markers := _MARKERS.match(text, end):
            end = markers.end()
        rest = text[end:]
        if len(rest.strip()) < 2 or _MAYBE_MARKER.match(rest):
            break  # what follows may be a marker of this sentence, or show that it is none
        parts.append(text[start:end])
        start = end
    return [*parts, text[start:]]


def _ends_sentence(text: str, end: int) -> bool:
    """True if the quotation whose closing mark is at ``end`` also ends the sentence around it."""
    following = text[end + 1 :]
    if markers := _MARKERS.match(following):
        following = following[markers.end() :]
    return text[end - 1] in ".!?。！？" and (following[:1].isspace() and not following.lstrip()[:1].islower())


def _ends(text: str) -> Iterator[int]:
    """Where sentences and lines may end, ascending."""
    start = 0
    for line in text.splitlines(keepends=True):
        body = line.rstrip("\r\n")
        for _, end in sentences(text, start, start + len(body)):
            yield end
        start += len(line)


def _written(part: str) -> Iterator[Written]:
    quoted = part.lstrip().startswith(">")
    text = _LAYOUT.sub("", part).strip()
    text = _EMPHASIS.sub(r"\2", text)
    if quoted and text and text[0] not in _CLOSING:
        body = _ONE_MARKER.split(text, 1)[0].rstrip()
        text = f"“{body}”{text[len(body) :]}"
    inside = quotations(text)
    markers: dict[int, None] = {}
    pieces, at = [], 0
    for match in _ONE_MARKER.finditer(text):
        markers |= dict.fromkeys(_numbers(match.group()))
        if any(a <= match.start() and match.end() <= b for a, b in inside):
            continue  # the source itself may have it
        pieces.append(text[at : match.start()])
        at = match.end()
    plain = "".join((*pieces, text[at:])).strip()
    if any(character.isalnum() for character in plain):
        yield Written(plain, tuple(markers), tuple(quotations(plain)))


def without_markers(text: str) -> str:
    """``text`` with the markers in it taken out."""
    return _ONE_MARKER.sub("", text)


def _numbers(marker: str) -> Iterator[int]:
    for first, last in _NUMBERS.findall(marker):
        yield from range(int(first), min(int(last or first), int(first) + 20) + 1)
