"""Text → sentences, as spans."""

from __future__ import annotations

import re
from collections.abc import Iterator

STRETCH_CHARS = 4_000
"""A longer block is looked at in stretches of this length, cut at white space or an end of a sentence where there is
one: neither the sentence rules nor the token counts are linear on a line of megabytes."""
_STRETCH_ENDS = (". ", "\n", "。", "．", "！", "？", " ")
"""Where a stretch may end, best first."""
_SENTENCE_END = re.compile("[.!?…。！？։؟۔।॥་።]")
_LANGUAGE_OF_SENTENCES = "en"
"""Rules for documents whose language is not known."""


def sentences(text: str, start: int, end: int, language: str | None = None) -> list[tuple[int, int]]:
    """The sentences of ``text[start:end]`` as spans into ``text``, white space at their ends left out."""
    if end - start <= STRETCH_CHARS:
        return _sentences(text, start, end, language)
    return [span for a, b in stretches(text, start, end) for span in _sentences(text, a, b, language)]


def _sentences(text: str, start: int, end: int, language: str | None) -> list[tuple[int, int]]:
    part = text[start:end]
    if not _SENTENCE_END.search(part):
        return [span] if (span := strip(text, start, end)) else []
    import sentencex

    found = []
    for piece in sentencex.segment(language or _LANGUAGE_OF_SENTENCES, part):
        if bare := piece.strip():
            first = start + len(piece) - len(piece.lstrip())
            found.append((first, first + len(bare)))
        start += len(piece)
    if start != end:
        raise AssertionError(f"the sentence splitter lost text before {end}")
    return found


def stretches(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """``text[start:end]`` in pieces of at most ``STRETCH_CHARS``."""
    while end - start > STRETCH_CHARS:
        window = text[start : start + STRETCH_CHARS]
        ends = (window.rfind(mark, STRETCH_CHARS // 2) + len(mark) for mark in _STRETCH_ENDS)
        cut = next((end for end in ends if end > STRETCH_CHARS // 2), STRETCH_CHARS)
        yield start, start + cut
        start += cut
    yield start, end


def strip(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The span without white space at its ends; None when nothing else is in it."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
