"""The routes of the saved conversations: their list, renaming, deleting, export and feedback."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi import Path as PathValue
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from qa.codec import to_json
from qa.conversation.export import conversation_markdown, message_markdown
from qa.conversation.history import Feedback
from qa.web.state import Page

router = APIRouter()
_MARKDOWN = "text/markdown; charset=utf-8"
_MAX_FILE_NAME_CHARS = 80
_ONE = "/api/conversations/{conversation}"
_MESSAGE = f"{_ONE}/messages/{{message}}"
Id = Annotated[int, PathValue(ge=0, lt=2**63)]
"""Of a conversation or a message: SQLite knows no larger ones."""


class Title(BaseModel, extra="forbid"):
    """Body of a renaming."""

    title: str


class Rating(BaseModel, extra="forbid"):
    """Body of feedback; null removes it."""

    feedback: Feedback | None


@router.get("/api/conversations")
def conversations(page: Page) -> dict[str, Any]:
    """All conversations, the last changed first."""
    return {"conversations": to_json(page.library.conversations.all())}


@router.get(f"{_ONE}.md")
def export(page: Page, conversation: Id) -> Response:
    """The conversation as a Markdown file."""
    found = page.library.conversations.get(conversation)
    text = conversation_markdown(found, page.library.conversations.messages(conversation))
    return Response(text, media_type=_MARKDOWN, headers={"content-disposition": _attachment(found.title)})


@router.patch(_ONE)
def rename(page: Page, conversation: Id, body: Title) -> Any:
    """Give a conversation another title."""
    return to_json(page.library.conversations.rename(conversation, body.title))


@router.delete(_ONE)
def delete(page: Page, conversation: Id) -> dict[str, Any]:
    """Delete a conversation without a trace."""
    page.library.conversations.delete(conversation)
    return {}


@router.get(f"{_MESSAGE}.md")
def copy(page: Page, conversation: Id, message: Id) -> Response:
    """One message as Markdown, for the clipboard."""
    return Response(message_markdown(page.library.conversations.message(conversation, message)), media_type=_MARKDOWN)


@router.put(f"{_MESSAGE}/feedback")
def rate(page: Page, conversation: Id, message: Id, body: Rating) -> dict[str, Any]:
    """Save what a person thinks of an answer."""
    page.library.conversations.rate(conversation, message, body.feedback)
    return {"feedback": body.feedback}


@router.get("/api/feedback.jsonl")
def feedback(page: Page) -> FileResponse:
    """All feedback as a question set for ``qa evaluate``."""
    file = page.library.conversations.feedback_file
    if not file.is_file():
        raise HTTPException(404, "There is no feedback yet. Mark an answer as right or wrong first.")
    return FileResponse(file, media_type="application/jsonl", filename=file.name)


def _attachment(title: str) -> str:
    """A header that names the file after the conversation, without characters that file systems refuse."""
    name = "".join(char if char.isalnum() or char in " -_" else " " for char in title)
    name = " ".join(name.split())[:_MAX_FILE_NAME_CHARS].strip() or "conversation"
    return f"attachment; filename*=UTF-8''{quote(name)}.md"
