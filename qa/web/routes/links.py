"""Links to quotes that outlive a change: where the words stand now. ``/api/place``"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException

from qa.errors import NotFoundError, QuestionError
from qa.library import Library
from qa.types import Document

MAX_WORDS_CHARS, MAX_MARK_CHARS = 400, 40
_SURE_CHARS = 30
"""So long a string does not stand inside other words by chance; a link may have cut its last word."""
MOVED = "This document has changed since the link was made. The words it leads to still stand in it, here."
WORDS_GONE = "This document has changed since the link was made, and the words it leads to no longer stand in it."
CHANGED = "This document has changed since the link was made."
SOURCE_GONE = "The document that this link leads to is no longer in your library."
ELSEWHERE = "The document that this link leads to is not in this library. Its words stand in this one, here."
NOT_HERE = "The document that this link leads to is not in this library: the link was made in another one."
OLD_LINK = "This link leads to an earlier version of a document, which is no longer in your library."


def find_words(text: str, words: str, near: int) -> tuple[int, int] | None:
    """Where ``words`` stand in ``text``, white space aside; of several places the one nearest to ``near``.

    Few words do not stand inside a longer word or number: ``12`` is not found in ``2012``.
    """
    parts = words.split()
    if not parts:
        return None
    places = [match.span() for match in re.finditer(r"\s+".join(map(re.escape, parts)), text)]
    if len(words) < _SURE_CHARS:
        places = [place for place in places if not any(_inside_word(text, at) for at in place)]
    return min(places, key=lambda place: abs(place[0] - near), default=None)


def _inside_word(text: str, at: int) -> bool:
    """Whether a word or number of a script that sets spaces between words goes on over this offset."""
    return 0 < at < len(text) and _is_solid(text[at - 1]) and _is_solid(text[at])


def _is_solid(char: str) -> bool:
    return char.isdigit() or char.islower() or char.isupper()


def current_place(
    library: Library, document_id: str, start: int, end: int, *, source_id: int, words: str, mark: str = ""
) -> dict[str, Any]:
    """Where a link leads today: the place it names while that version is in the library, else the place of its words
    in the source's current version, or, when the link was made in another library, in any document, with a message.

    ``source_id`` 0, ``words`` and ``mark`` "" when the link does not carry them. Raises ``HTTPException`` when it leads
    nowhere.
    """
    if _document(library, document_id):
        return _place(document_id, start, end)
    if mark and mark != library.id:
        return _elsewhere(library, words)
    if not source_id:
        raise HTTPException(404, OLD_LINK)
    try:
        document = library.document(library.source(source_id).document_id)
    except NotFoundError as error:
        raise HTTPException(404, SOURCE_GONE) from error
    found = find_words(document.text, words, start)
    if found:
        return _place(document.id, *found, MOVED)
    return _place(document.id, 0, 0, WORDS_GONE if words.strip() else CHANGED)


def _elsewhere(library: Library, words: str) -> dict[str, Any]:
    """The place of these words in any document, if they are so many that they do not stand there by chance."""
    with suppress(QuestionError):
        for hit in library.search(words, words_only=True) if len(words) >= _SURE_CHARS else ():
            if found := find_words(hit.document.text, words, hit.passage.start):
                return _place(hit.document.id, *found, ELSEWHERE)
    raise HTTPException(404, NOT_HERE)


def _document(library: Library, document_id: str) -> Document | None:
    try:
        return library.document(document_id)
    except NotFoundError:
        return None


def _place(document_id: str, start: int, end: int, message: str = "") -> dict[str, Any]:
    return {"document": document_id, "start": start, "end": end, "message": message}


def place_routes(library: Library) -> APIRouter:
    """The route that a page asks before it opens a link."""
    router = APIRouter()

    @router.get("/api/place")
    def place(
        document: str,
        start: Annotated[int, Query(ge=0)] = 0,
        end: Annotated[int, Query(ge=0)] = 0,
        source: Annotated[int, Query(ge=0, lt=2**63)] = 0,
        words: Annotated[str, Query(max_length=MAX_WORDS_CHARS)] = "",
        mark: Annotated[str, Query(max_length=MAX_MARK_CHARS)] = "",
    ) -> dict[str, Any]:
        return current_place(library, document, start, end, source_id=source, words=words, mark=mark)

    return router
