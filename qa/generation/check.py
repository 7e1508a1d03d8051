"""A written sentence → a statement whose quotes are slices of the sources, or that says what is wrong with it.

The rule:

- Words in quotation marks that are in a passage (``qa.text.matching``) are replaced by the exact slice, first sought
  in the passages that the sentence names, then in the others. ``“… … …”`` is taken part by part. All others are struck.
- A sentence with struck words is ``struck``. One that names no given passage, or that no named passage supports
  (``qa.generation.support``), is ``unsupported``. Of the rest, those with quotes are ``quoted``, others ``supported``.
- Every quote is cited with the sentence it is in; a sentence without one gets the words that support it best.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from qa.answering.citations import cite
from qa.answering.units import units_of
from qa.generation.stream import Written, without_markers
from qa.generation.support import support
from qa.text.matching import Folded, find, fold
from qa.types import Citation, Hit, Statement, StatementStatus

_OMISSION = re.compile(r"(?<!\s)\s*+(?:\[\s*+)?(?:\.\s?\.\s?\.|…)(?:\s*+\])?\s*+")


class _Found(NamedTuple):
    """Words of a passage: ``[start:end]`` of its document's text."""

    hit: Hit
    start: int
    end: int
    exact: bool = True
    """True if the model quoted them; else they are what supports it best."""


class Checker:
    """Checks the sentences of one answer; numbers its citations in the order in which they are first needed."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        """``hits``: the passages as the model got them; its marker ``[1]`` names the first."""
        self._hits = hits
        self._citations: dict[tuple[str, int, int], Citation] = {}

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Those of the statements so far, by number."""
        return tuple(self._citations.values())

    def check(self, written: Written) -> Statement:
        """The statement that this sentence makes."""
        named = [number - 1 for number in written.markers if 0 < number <= len(self._hits)]
        order = [*named, *(index for index in range(len(self._hits)) if index not in named)]
        text, found, struck = self._quoted(written, order)
        supports = [(self._hits[index], each) for index in named if (each := support(text, self._hits[index]))]
        status: StatementStatus = "struck" if struck else "unsupported" if not supports else "quoted"
        if status == "quoted" and not found:
            status, found = "supported", [_Found(hit, each.start, each.end, exact=False) for hit, each in supports]
        return Statement(text, tuple(dict.fromkeys(map(self._cite, found))), status, struck)

    def _quoted(self, written: Written, order: Sequence[int]) -> tuple[str, list[_Found], tuple[tuple[int, int], ...]]:
        """The sentence with the exact slices put in, their locations, and the spans of the struck words in it."""
        text, found, struck = "", [], []
        done = 0
        for start, end in written.quotes:
            text += written.text[done:start]
            words = written.text[start:end]
            slices = self._slices(words, order)
            found += slices
            if not slices and any(map(str.isalnum, words)):
                struck.append((len(text), len(text) + len(words)))
            text += " … ".join(hit.document.text[a:b] for hit, a, b, _ in slices) or words
            done = end
        return text + written.text[done:], found, tuple(struck)

    def _slices(self, words: str, order: Sequence[int]) -> list[_Found]:
        """A quotation, in one piece or, where it says that words are left out, in several of one passage."""
        for form in dict.fromkeys((words, without_markers(words))):  # the source may contain such markers
            for index in order:
                if place := find(form, self._folded[index]):
                    return [_Found(self._hits[index], *place)]
        parts = [part for part in _OMISSION.split(words) if part.strip()]
        for index in order if len(parts) > 1 else ():
            places = [find(part, self._folded[index]) for part in parts]
            spans = [place for place in places if place]
            if len(spans) == len(parts) and spans == sorted(spans):
                return [_Found(self._hits[index], *span) for span in spans]
        return []

    @cached_property
    def _folded(self) -> list[Folded]:
        return [fold(hit.document.text, hit.passage.start, hit.passage.end) for hit in self._hits]

    def _cite(self, found: _Found) -> int:
        """The number of the citation of these words, with the sentences they are in."""
        hit, start, end, exact = found
        if exact:
            around = [unit for unit in units_of(hit) if unit.start < end and start < unit.end]
            start = min([start, *(unit.start for unit in around)])
            end = max([end, *(unit.end for unit in around)])
        key = (hit.document.id, start, end)
        spans = () if (start, end) == found[1:3] else (found[1:3],)
        known = self._citations.get(key)
        if known is None:
            known = cite(len(self._citations) + 1, hit.source, hit.document, start, end, spans)
        elif spans and spans[0] not in known.spans:
            known = replace(known, spans=(*known.spans, *spans))
        self._citations[key] = known
        return known.number
