"""The objects that the routes of the page work with. A route gets them by a parameter ``page: Page``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from qa.library import Library
from qa.web.jobs import Background
from qa.web.page_pictures import PagePictures
from qa.web.queue import AnswerQueue, Turns
from qa.web.security import Access
from qa.web.suggestions import Suggestions
from qa.web.writer_settings import WriterChoice

MOST_PICTURES = 24


@dataclass(frozen=True, slots=True)
class PageState:
    """One page with its library, for all its visitors."""

    library: Library
    background: Background
    suggestions: Suggestions
    pictures: PagePictures
    access: Access = field(default_factory=Access)
    queue: AnswerQueue = field(default_factory=AnswerQueue)
    writer_choice: WriterChoice = field(default_factory=WriterChoice)
    changes: Turns = field(default_factory=Turns)
    """Changes of the documents: the library takes one after another."""
    drawing: Turns = field(default_factory=lambda: Turns(MOST_PICTURES))


def page_of(request: Request) -> PageState:
    """The page that a request belongs to (a FastAPI dependency)."""
    state: PageState = request.app.state.page
    return state


Page = Annotated[PageState, Depends(page_of)]
