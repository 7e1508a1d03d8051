"""Saved answers (``Answer.to_dict()``): back to an ``Answer``, and without the words of removed documents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from qa.codec import from_json
from qa.types import Answer

REMOVED = "This quote was removed with its document."


def cited_documents(saved: Mapping[str, Any]) -> set[str]:
    """Return the ids of the documents of which a saved answer shows words."""
    quoted = {citation["document_id"] for citation in saved.get("citations", ())}
    return quoted | {hit["passage"]["document_id"] for hit in saved.get("hits", ())}


def without(saved: Mapping[str, Any], document_ids: Collection[str]) -> dict[str, Any]:
    """Return a saved answer without any words of these documents: quotes, locations, titles, paths and exact words.

    What a language model wrote without proof goes as well: it was given these documents, and may contain their words.
    """
    gone = {each["number"] for each in saved["citations"] if each["document_id"] in document_ids}
    written = saved.get("writer") is not None and bool(cited_documents(saved) & {*document_ids})
    blanked = {"text": REMOVED, "citations": [], "status": "quoted", "struck": []}
    statements = [
        blanked if gone & {*each["citations"]} or (written and not each["citations"]) else each
        for each in saved["statements"]
    ]
    rest = {
        **saved,
        "statements": statements,
        "citations": [each for each in saved["citations"] if each["number"] not in gone],
        "hits": [hit for hit in saved["hits"] if hit["passage"]["document_id"] not in document_ids],
        "short": None if gone else saved["short"],
        "notes": [],  # they may name the document
    }
    return {**rest, "text": restore(rest).text}


def restore(saved: Mapping[str, Any]) -> Answer:
    """Return the answer that was saved; its hits have no document."""
    return from_json(Answer, saved)
