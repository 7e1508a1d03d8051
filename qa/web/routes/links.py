"""Links to quotes that survive a change of the document: where the words are now. ``/api/location``"""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException

from qa.errors import NotFoundError, QuestionError
from qa.library import Library
from qa.text.matching import find_all
from qa.web.state import Page

router = APIRouter()
MAX_WORDS_CHARS, MAX_ID_CHARS = 400, 40
_SURE_CHARS = 30
"""Words at least this long are not found in another document by chance."""
_MOST_TRIED = 1_000
MOVED = "This document has changed since the link was made. The words it leads to are still in it, here."
WORDS_GONE = "This document has changed since the link was made, and the words it leads to are no longer in it."
CHANGED = "This document has changed since the link was made."
SOURCE_GONE = "The document that this link leads to is no longer in your library."
ELSEWHERE = "The document that this link leads to is not in this library. Its words are in this document, here."
NOT_HERE = "The document that this link leads to is not in this library: the link was made in another one."
OLD_LINK = "This link leads to an earlier version of a document, which is no longer in your library."


class Link(NamedTuple):
    """The parts of a link to the quote that begins with ``words``; those of older versions lack the last ones."""

    document_id: str
    start: int = 0
    end: int = 0
    source_id: int = 0
    words: str = ""
    library_id: str = ""


def find_words(text: str, words: str, near: int) -> tuple[int, int] | None:
    """The occurrence of ``words`` in ``text`` nearest to the offset ``near``; None when there is none."""
    return next(find_all(words, text, near=near, tries=_MOST_TRIED), None)


def current_location(library: Library, link: Link) -> dict[str, Any]:
    """Where a link leads today: the location it names while that version is in the library; else that of its words in
    the source's current version or, if the link is another library's, in any document. Raises ``HTTPException``."""
    with suppress(NotFoundError):
        return _location(library.document(link.document_id).id, link.start, link.end)
    if link.library_id and link.library_id != library.id:
        return _elsewhere(library, link.words)
    if not link.source_id:
        raise HTTPException(404, OLD_LINK)
    try:
        document = library.document(library.source(link.source_id).document_id)
    except NotFoundError as error:
        raise HTTPException(404, SOURCE_GONE) from error
    if found := find_words(document.text, link.words, link.start):
        return _location(document.id, *found, MOVED)
    return _location(document.id, 0, 0, WORDS_GONE if link.words.strip() else CHANGED)


def _elsewhere(library: Library, words: str) -> dict[str, Any]:
    """The location of these words in any document, if they are too many to be there by chance."""
    with suppress(QuestionError):
        for hit in library.search(words, words_only=True) if len(words) >= _SURE_CHARS else ():
            if found := find_words(hit.document.text, words, hit.passage.start):
                return _location(hit.document.id, *found, ELSEWHERE)
    raise HTTPException(404, NOT_HERE)


def _location(document_id: str, start: int, end: int, message: str = "") -> dict[str, Any]:
    return {"document": document_id, "start": start, "end": end, "message": message}


@router.get("/api/location")
def location(
    page: Page,
    document: str,
    start: Annotated[int, Query(ge=0)] = 0,
    end: Annotated[int, Query(ge=0)] = 0,
    source: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    words: Annotated[str, Query(max_length=MAX_WORDS_CHARS)] = "",
    library_id: Annotated[str, Query(alias="library", max_length=MAX_ID_CHARS)] = "",
) -> dict[str, Any]:
    """Asked by the page when the version that a link names is gone."""
    return current_location(page.library, Link(document, start, end, source, words, library_id))
