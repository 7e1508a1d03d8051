"""Routes of the kept conversations: their list, renaming, deleting, Markdown and feedback."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi import Path as PathValue
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from qa.conversation.export import conversation_markdown, message_markdown
from qa.conversation.history import Conversation, Feedback
from qa.library import Library

_MARKDOWN = "text/markdown; charset=utf-8"
_MAX_FILE_NAME_CHARS = 80
Number = Annotated[int, PathValue(ge=0, lt=2**63)]
"""Of a conversation or a message: SQLite knows no larger ones."""


class Title(BaseModel):
    """Body of a renaming."""

    model_config = ConfigDict(extra="forbid")
    title: str


class Rating(BaseModel):
    """Body of feedback; null takes it back."""

    model_config = ConfigDict(extra="forbid")
    feedback: Feedback | None


def conversation_routes(library: Library) -> APIRouter:
    """What the list of conversations and the controls under an answer call."""
    router, kept = APIRouter(), library.conversations

    @router.get("/api/conversations")
    def conversations() -> dict[str, Any]:
        return {"conversations": [_json(conversation) for conversation in kept.all()]}

    @router.get("/api/conversations/{conversation}.md")
    def export(conversation: Number) -> Response:
        """A file to keep."""
        found = kept.get(conversation)
        text = conversation_markdown(found, kept.messages(conversation))
        return Response(text, media_type=_MARKDOWN, headers={"content-disposition": _attachment(found.title)})

    @router.patch("/api/conversations/{conversation}")
    def rename(conversation: Number, body: Title) -> dict[str, Any]:
        return _json(kept.rename(conversation, body.title))

    @router.delete("/api/conversations/{conversation}")
    def delete(conversation: Number) -> dict[str, Any]:
        kept.delete(conversation)
        return {}

    @router.get("/api/conversations/{conversation}/messages/{message}.md")
    def copy(conversation: Number, message: Number) -> Response:
        """To be put on the clipboard."""
        return Response(message_markdown(kept.message(conversation, message)), media_type=_MARKDOWN)

    @router.put("/api/conversations/{conversation}/messages/{message}/feedback")
    def rate(conversation: Number, message: Number, body: Rating) -> dict[str, Any]:
        kept.rate(conversation, message, body.feedback)
        return {"feedback": body.feedback}

    @router.get("/api/feedback.jsonl")
    def feedback() -> FileResponse:
        if not kept.feedback_file.is_file():
            raise HTTPException(404, "There is no feedback yet. Mark an answer as right or wrong first.")
        return FileResponse(kept.feedback_file, media_type="application/jsonl", filename=kept.feedback_file.name)

    return router


def _json(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "title": conversation.title,
        "created": conversation.created,
        "changed": conversation.changed,
    }


def _attachment(title: str) -> str:
    """A header that names the file after the conversation, without signs that file systems refuse."""
    name = "".join(sign if sign.isalnum() or sign in " -_" else " " for sign in title)
    name = " ".join(name.split())[:_MAX_FILE_NAME_CHARS].strip() or "conversation"
    return f"attachment; filename*=UTF-8''{quote(name)}.md"
