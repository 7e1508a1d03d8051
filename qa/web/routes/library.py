"""The routes that read: status, asking, searching, and a document's text and pages, which count from 1."""

from __future__ import annotations

import asyncio
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, BaseModel, Field
from starlette.exceptions import HTTPException

from embeddings import replace_surrogates
from qa.codec import to_json
from qa.loaders import supported_suffixes
from qa.types import Document
from qa.web.document_view import window
from qa.web.escape import quote_href, upright
from qa.web.page_pictures import MAX_WIDTH, has_pictures
from qa.web.render import source_name
from qa.web.routes.documents import missing_json, report_json, waiting_json
from qa.web.state import Page, PageState

router = APIRouter()
Offset = Annotated[int, Query(ge=0)]
_DOCUMENT = "/api/document/{document_id}"


class Question(BaseModel, extra="forbid"):
    """Body of ``/api/ask``; ``documents`` limits it to these source ids or paths."""

    question: Annotated[str, AfterValidator(replace_surrogates)]
    documents: list[int | str] | None = None


class SearchQuestion(Question):
    """Body of ``/api/search``."""

    k: int = Field(10, ge=1, le=100)


@router.get("/health")
def health(page: Page) -> dict[str, Any]:
    """For programs that watch the server."""
    return {"status": "ok", "model": page.background.status.model, "documents": page.library.stats().sources}


@router.post("/api/ask")
async def ask(page: Page, body: Question) -> dict[str, Any]:
    """Answer a question by quotes, in the same queue as the questions of the page."""
    work = page.queue.join(lambda: page.library.ask(body.question, documents=body.documents).to_dict())
    return await asyncio.wrap_future(work)


@router.post("/api/search")
def search(page: Page, body: SearchQuestion) -> dict[str, Any]:
    """The best passages for a question."""
    hits = page.library.search(body.question, body.k, documents=body.documents)
    return {"question": body.question, "hits": to_json(hits)}


@router.get("/api/status")
def status(page: Page) -> dict[str, Any]:
    """The state of the library and of the work in the background."""
    library, now, stats = page.library, page.background.status, page.library.stats()
    return {
        "model": now.model,
        "busy": now.busy,
        "message": now.message,
        "problem": now.problem,
        "documents": stats.sources,
        "waiting": stats.waiting,
        "version": f"{now.changes}-{stats.sources}-{stats.documents}",
        "waiting_by": waiting_json(library) if stats.waiting else {},
        "report": report_json(now.report) if now.report else None,
        "missing": missing_json(now),
        "examples": page.suggestions.questions() if stats.sources else [],
        "accept": sorted(supported_suffixes()),
        "max_file_bytes": library.settings.max_file_bytes,
        "writer": page.writer_choice.status(),
    }


@router.get(_DOCUMENT)
def document(
    page: Page,
    document_id: str,
    start: Offset = 0,
    end: Offset = 0,
    before: Offset | None = None,
    after: Offset | None = None,
) -> dict[str, Any]:
    """The text of a document around ``text[start:end]``, or before or after a piece of it."""
    found = page.library.document(document_id)
    try:
        shown = window(found, start, end, before=before, after=after)
    except ValueError as error:
        raise HTTPException(400, str(error)) from error
    return {**_heading_json(page, found, start, end), "pdf": has_pictures(found), **shown}


def _heading_json(page: PageState, document: Document, start: int, end: int) -> dict[str, Any]:
    source = next((source for source in page.library.sources() if source.document_id == document.id), None)
    path, source_id = (source.path, source.id) if source else ("", 0)
    words = document.text[start:end]
    return {
        "document_id": document.id,
        "title": source_name(source) if source else upright(document.title or "Document"),
        "name": upright(PurePath(path).name),
        "path": upright(path),
        "notes": [note.message for note in document.report.notes],
        "link": quote_href(document.id, start, end, source_id, words, library_id=page.library.id),
    }


@router.get(f"{_DOCUMENT}/pages")
async def pages(page: Page, document_id: str, start: Offset = 0, end: Offset = 0) -> dict[str, Any]:
    """The number of a PDF's pages, and where on them ``text[start:end]`` is."""
    return await page.drawing.run(lambda: page.pictures.pages(document_id, start, end))


@router.get(f"{_DOCUMENT}/page/{{number}}")
async def picture(
    page: Page, document_id: str, number: int, width: Annotated[int, Query(ge=50, le=MAX_WIDTH)] = 1000
) -> Response:
    """One page as a PNG."""
    drawn = await page.drawing.run(lambda: page.pictures.picture(document_id, number, width))
    return Response(drawn, media_type="image/png")
