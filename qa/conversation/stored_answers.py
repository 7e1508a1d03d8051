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


def restore(kept: Mapping[str, Any]) -> Answer:
    """The answer that was kept. Its hits have no document, and only those details that are kept."""
    return from_json(Answer, {**kept, "hits": [_with_passage(hit) for hit in kept["hits"]]})


def _with_passage(hit: Mapping[str, Any]) -> Mapping[str, Any]:
    """A hit of today; libraries of format 2 have its passage's parts beside its others."""
    if "passage" in hit:
        return hit
    names = {"passage_id": "id", "document_id": "document_id", "start": "start", "end": "end", "text": "text"}
    passage = {**{new: hit[old] for old, new in names.items()}, "heading": hit["section"]}
    return {**hit, "passage": passage, "source": {**hit["source"], "document_id": hit["document_id"]}}
