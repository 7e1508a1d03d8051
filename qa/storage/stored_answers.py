"""Answers as they are kept (``Answer.to_dict()``): back to an ``Answer``, and without what a removed document said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from qa.codec import from_json
from qa.types import Answer

REMOVED = "This quote was removed with its document."


def cited_documents(kept: Mapping[str, Any]) -> set[str]:
    """Ids of the documents from which something stands in a kept answer."""
    return {_document_of(part) for part in (*kept.get("citations", ()), *kept.get("hits", ()))}


def without(kept: Mapping[str, Any], document_ids: Collection[str]) -> dict[str, Any]:
    """A kept answer without any word that these documents said: quotes, places, titles, paths and exact words.

    What a language model wrote without proof goes as well: it was given these documents, and may have their words.
    """
    gone = {each["number"] for each in kept["citations"] if each["document_id"] in document_ids}
    written = kept.get("writer") is not None and bool(cited_documents(kept) & {*document_ids})
    statements = [
        _blanked() if gone & {*each["citations"]} or (written and not each["citations"]) else each
        for each in kept["statements"]
    ]
    found = {
        **kept,
        "statements": statements,
        "citations": [each for each in kept["citations"] if each["number"] not in gone],
        "hits": [hit for hit in kept["hits"] if _document_of(hit) not in document_ids],
        "short": None if gone else kept["short"],
        "notes": [],  # they may name the document
    }
    return {**found, "text": restore(found).text}


def _document_of(part: Mapping[str, Any]) -> str:
    """The id of the document of a citation or hit."""
    found: str = part["document_id"] if "document_id" in part else part["passage"]["document_id"]
    return found


def _blanked() -> dict[str, Any]:
    return {"text": REMOVED, "citations": [], "status": "quoted", "struck": []}


def restore(saved: Mapping[str, Any]) -> Answer:
    """The answer that was saved; its hits have no document."""
    parts = {name: [_current(part) for part in saved[name]] for name in ("citations", "hits")}
    return from_json(Answer, {**saved, **parts})


def _current(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """A citation or hit as it is saved today. Libraries of format 2 have a hit's passage as part of the hit, and
    sources without the id of their document."""
    found = {**part, "source": {"document_id": _document_of(part), **part["source"]}}
    if "passage_id" not in part:
        return found
    passage = {"id": part["passage_id"], "heading": part["section"]}
    return {**found, "passage": passage | {name: part[name] for name in ("document_id", "start", "end", "text")}}
