"""Feedback on answers as a question set that ``qa evaluate`` reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa.storage.records import Message


def feedback_line(message: Message) -> dict[str, Any] | None:
    """The row of a question set for a rated answer; None when nothing of the answer is left.

    An answer rated right becomes the accepted answer, in its documents; a "not found" rated right becomes a question
    that no document answers. For one rated wrong the right answer is unknown: the row has none until somebody writes
    it, and ``given`` is the answer that was given.
    """
    answer = message.answer
    if answer is None or message.feedback is None:
        return None
    row: dict[str, Any] = {"id": f"chat-{message.id}", "question": message.searched, "feedback": message.feedback}
    found, quotes = answer["status"] == "answered", [citation["quote"] for citation in answer["citations"]]
    if found and not quotes:
        return None
    if message.feedback == "right":
        return row | (_right(answer, quotes) if found else {"answers": [], "answerable": False})
    return row | {"given": (answer["short"] or quotes[0]) if found else ""}


def _right(answer: Mapping[str, Any], quotes: list[str]) -> dict[str, Any]:
    documents = list(dict.fromkeys(citation["source"]["path"] for citation in answer["citations"]))
    return {"answers": [answer["short"]] if answer["short"] else quotes, "documents": documents}
