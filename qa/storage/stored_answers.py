"""Answers as they are kept (``Answer.to_dict()``): back to an ``Answer``, and without what a removed document said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from qa.types import Answer, Citation, Document, Hit, HitDetail, Note, Passage, ReadingReport, Source, Statement

REMOVED = "This quote was removed with its document."


def cited_documents(kept: Mapping[str, Any]) -> set[str]:
    """Ids of the documents from which something stands in a kept answer."""
    return {part["document_id"] for part in (*kept.get("citations", ()), *kept.get("hits", ()))}


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
        "hits": [hit for hit in kept["hits"] if hit["document_id"] not in document_ids],
        "short": None if gone else kept["short"],
        "notes": [],  # they may name the document
    }
    return {**found, "text": restore(found).text}


def _blanked() -> dict[str, Any]:
    return {"text": REMOVED, "citations": [], "status": "quoted", "struck": []}


def restore(kept: Mapping[str, Any]) -> Answer:
    """The answer that was kept. Its hits have no text of their document and only those details that are kept."""
    return Answer(
        kept["question"],
        kept["status"],
        kept["confidence"],
        tuple(map(_statement, kept["statements"])),
        tuple(map(_citation, kept["citations"])),
        kept["short"],
        tuple(map(_hit, kept["hits"])),
        tuple(Note(each["code"], each["message"], each["page"]) for each in kept["notes"]),
        kept["timings"],
        kept.get("writer"),
    )


def _statement(kept: Mapping[str, Any]) -> Statement:
    """Answers that were kept before language models wrote any have no ``struck`` and no ``writer``."""
    struck = tuple((start, end) for start, end in kept.get("struck", ()))
    return Statement(kept["text"], tuple(kept["citations"]), kept["status"], struck)


def _source(kept: Mapping[str, Any]) -> Source:
    source = kept["source"]
    return Source(source["id"], source["path"], source["title"], kept["document_id"], upload=source["upload"])


def _citation(kept: Mapping[str, Any]) -> Citation:
    return Citation(
        kept["number"],
        _source(kept),
        kept["document_id"],
        kept["start"],
        kept["end"],
        kept["quote"],
        section=kept["section"],
        page=kept["page"],
        page_end=kept["page_end"],
        page_label=kept["page_label"],
        line=kept["line"],
        spans=tuple((start, end) for start, end in kept["spans"]),
    )


def _hit(kept: Mapping[str, Any]) -> Hit:
    detail = kept["detail"]
    return Hit(
        _source(kept),
        Document(kept["document_id"], "", (), ReadingReport("")),
        Passage(kept["passage_id"], kept["document_id"], kept["start"], kept["end"], kept["text"], kept["section"]),
        kept["score"],
        HitDetail(**{**detail, "words": tuple(detail["words"])}),
    )
