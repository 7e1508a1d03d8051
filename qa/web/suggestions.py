"""Questions for the welcome, made from what documents call their own parts: headings, and the headers of their tables.

English only; a document makes the same question each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice

from qa.errors import NotFoundError
from qa.library import Library
from qa.types import Document
from qa.web.render import source_name

SHOWN = 3
MOST_DOCUMENTS = 12
_LENGTH = range(4, 61)
"""Characters of a usable heading or header."""
_NUMBERING = re.compile(r"^(?:\d+(?:\.\d+)*|[IVX]+)[.)]?\s+")
_QUESTION = re.compile(r"(?:Are|Can|Do|Does|How|Is|What|When|Where|Which|Who|Why)\b.+\?")
_SAYS_LITTLE = ("abstract", "appendix", "conclusion", "contents", "introduction", "notes", "references", "summary")


class Suggestions:
    """At most three questions, each from another document, or those that were given."""

    def __init__(self, library: Library, given: Sequence[str] = ()) -> None:
        """``given``: returned as they are, and no document is looked at."""
        self._library, self._given = library, list(given)
        self._made: dict[str, str] = {}
        """Document id → its question. A document of one id never changes, so each is looked at once."""

    def questions(self) -> list[str]:
        """The questions for the documents that are in the library now."""
        if self._given:
            return self._given
        titles = {source.document_id: source_name(source) for source in self._library.sources()}
        found = (self._question(document_id, title) for document_id, title in islice(titles.items(), MOST_DOCUMENTS))
        return list(islice(filter(None, found), SHOWN))

    def _question(self, document_id: str, title: str) -> str:
        if document_id not in self._made:
            with suppress(NotFoundError):  # it was removed in this moment
                self._made[document_id] = question(self._library.document(document_id), title)
        return self._made.get(document_id, "")


def question(document: Document, title: str) -> str:
    """The first good question that the document's headings or tables make; empty when there is none."""
    if document.language not in (None, "en"):
        return ""
    return next(chain(_of_headings(document, title), _of_tables(document)), "")


def _of_headings(document: Document, title: str) -> Iterator[str]:
    """The heading “Warranty claims” → What does “Handbook” say about warranty claims?"""
    for block in document.blocks:
        heading = _NUMBERING.sub("", " ".join(document.text[block.start : block.end].split()))
        if block.kind != "heading" or heading.casefold() in (title.casefold(), *_SAYS_LITTLE):
            continue
        if _QUESTION.fullmatch(heading):
            yield heading
        elif len(heading) in _LENGTH:
            yield f"What does “{title}” say about {_inside_a_sentence(heading, document.text)}?"


def _of_tables(document: Document) -> Iterator[str]:
    """A row that begins with “Mars”, with a cell under “Mass” → What is the mass of Mars?"""
    for block in document.blocks:
        for cell in block.cells[1:]:
            first = document.text[block.cells[0].start : block.cells[0].end].strip()
            if cell.header and first[:1].isupper() and len(cell.header) in _LENGTH and len(first) in _LENGTH:
                yield f"What is the {_inside_a_sentence(cell.header, document.text)} of {first}?"


def _inside_a_sentence(words: str, text: str) -> str:
    """Its first letter small, unless the first word is an abbreviation or a name, which the text writes large only."""
    first = words.split()[0]
    large, small = re.escape(first), re.escape(first.lower())
    is_name = re.search(rf"[a-z,] {large}\b", text) and not re.search(rf"\b{small}\b", text)
    return words if is_name or not first[1:].islower() else words[0].lower() + words[1:]
