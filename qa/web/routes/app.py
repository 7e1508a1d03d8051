"""The page's own HTTP routes: JSON in and out, errors as ``{"error": message}`` with messages meant for people."""

from __future__ import annotations

import asyncio
from pathlib import Path, PurePath
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from embeddings import replace_surrogates
from qa.codec import to_json
from qa.errors import (
    FileError,
    FilterError,
    LibraryBusy,
    LibraryError,
    LibraryNotWritable,
    ModelError,
    NotFoundError,
    QuestionError,
    ReaderError,
    VerbatimError,
    WriterError,
    error_words,
)
from qa.library import Library
from qa.loaders import supported_suffixes
from qa.web.document_view import window
from qa.web.gradio_page import page_html
from qa.web.jobs import Background
from qa.web.queue import Line
from qa.web.render import quote_href, source_name
from qa.web.routes.conversations import conversation_routes
from qa.web.routes.documents import document_routes, missing_json, report_json, waiting_json
from qa.web.routes.language_model import language_model_routes
from qa.web.routes.links import place_routes
from qa.web.routes.page_images import is_pdf, picture_routes
from qa.web.security import Access
from qa.web.suggesting import Suggester
from qa.web.writer_settings import WriterChoice

STATIC = Path(__file__).parents[1] / "static"
_STATUS_CODES: tuple[tuple[type[VerbatimError], int], ...] = (
    (QuestionError, 400),
    (FilterError, 404),
    (NotFoundError, 404),
    (FileError, 422),
    (LibraryBusy, 503),
    (ModelError, 503),
    (ReaderError, 503),
    (WriterError, 502),
    (LibraryNotWritable, 507),
    (LibraryError, 500),
)


class Question(BaseModel):
    """Body of ``/api/ask``; ``documents`` limits it to these source numbers or paths."""

    model_config = ConfigDict(extra="forbid")
    question: Annotated[str, AfterValidator(replace_surrogates)]
    documents: list[int | str] | None = None


class SearchQuestion(Question):
    """Body of ``/api/search``."""

    k: int = Field(10, ge=1, le=100)


def add_routes(
    app: FastAPI,
    library: Library,
    background: Background,
    line: Line,
    examples: tuple[str, ...],
    choice: WriterChoice,
    access: Access,
) -> None:
    """Put all routes and the error answers on ``app``. ``line``: where those who ask on the page wait, too;
    ``examples``: questions offered on the empty page; ``choice``: of the language model that writes the answers."""
    app.include_router(_reading_routes(library, background, Suggester(library, background, examples), choice))
    app.include_router(language_model_routes(choice, access))
    app.include_router(_asking_routes(library, line))
    app.include_router(conversation_routes(library))
    app.include_router(document_routes(library, background))
    app.include_router(picture_routes(library))
    app.include_router(place_routes(library))
    app.include_router(_page_routes())
    app.mount("/ui", StaticFiles(directory=STATIC))
    app.add_exception_handler(VerbatimError, _verbatim_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected_error)


def _page_routes() -> APIRouter:
    router, page = APIRouter(), page_html()

    @router.get("/")
    def frame() -> HTMLResponse:
        return HTMLResponse(page, headers={"cache-control": "no-cache"})

    @router.get("/favicon.ico")
    def icon() -> FileResponse:
        return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")

    @router.api_route("/api/{rest:path}", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    def nothing(rest: str) -> None:
        raise HTTPException(404, "There is nothing here.")

    return router


def _reading_routes(library: Library, background: Background, suggester: Suggester, choice: WriterChoice) -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    def health() -> dict[str, Any]:
        return {"status": "ok", "model": background.status.model, "documents": library.stats().sources}

    @router.get("/api/status")
    def status() -> dict[str, Any]:
        return {**_status_json(library, background, suggester), "writer": choice.status()}

    @router.get("/api/document/{document_id}")
    def document(
        document_id: str,
        start: Annotated[int, Query(ge=0)] = 0,
        end: Annotated[int, Query(ge=0)] = 0,
        before: Annotated[int | None, Query(ge=0)] = None,
        after: Annotated[int | None, Query(ge=0)] = None,
    ) -> dict[str, Any]:
        return _document_json(library, document_id, start, end, before, after)

    return router


def _asking_routes(library: Library, line: Line) -> APIRouter:
    router = APIRouter()

    @router.post("/api/ask")
    async def ask(body: Question) -> dict[str, Any]:
        work = line.join(lambda: library.ask(body.question, documents=body.documents).to_dict())
        return await asyncio.wrap_future(work)

    @router.post("/api/search")
    def search(body: SearchQuestion) -> dict[str, Any]:
        hits = library.search(body.question, body.k, documents=body.documents)
        return {"question": body.question, "hits": to_json(hits)}

    return router


def _status_json(library: Library, background: Background, suggester: Suggester) -> dict[str, Any]:
    status, stats = background.status, library.stats()
    version = f"{status.changes}-{stats.sources}-{stats.documents}"
    return {
        "model": status.model,
        "busy": status.busy,
        "message": status.message,
        "problem": status.problem,
        "documents": stats.sources,
        "waiting": stats.waiting,
        "version": version,
        "waiting_by": waiting_json(library) if stats.waiting else {},
        "report": report_json(status.report) if status.report else None,
        "missing": missing_json(status),
        "examples": list(suggester.questions(version)) if stats.sources else [],
        "looking": suggester.looking,
        "accept": sorted(supported_suffixes()),
        "max_file_bytes": library.settings.max_file_bytes,
    }


def _document_json(
    library: Library, document_id: str, start: int, end: int, before: int | None, after: int | None
) -> dict[str, Any]:
    document = library.document(document_id)
    try:
        shown = window(document, start, end, before=before, after=after)
    except ValueError as error:
        raise HTTPException(400, str(error)) from error
    source = next((source for source in library.sources() if source.document_id == document_id), None)
    title = source_name(source) if source else document.title or "Document"
    path = source.path if source else ""
    notes = [note.message for note in document.report.notes]
    place = {"document_id": document_id, "title": title, "name": PurePath(path).name, "path": path}
    words, mark = document.text[start:end], library.id
    link = quote_href(document_id, start, end, source.id if source else 0, words, mark=mark)
    return {**place, "notes": notes, "link": link, "pdf": is_pdf(document), **shown}


def _error(code: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status_code=code)


async def _verbatim_error(_request: Request, error: Exception) -> JSONResponse:
    code = next((code for kind, code in _STATUS_CODES if isinstance(error, kind)), 400)
    return _error(code, error_words(error))


async def _validation_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = (f"{'.'.join(str(part) for part in problem['loc'][1:])}: {problem['msg']}" for problem in error.errors())
    return _error(422, "; ".join(problems))


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, str(error.detail))


async def _unexpected_error(_request: Request, error: Exception) -> JSONResponse:
    return _error(500, error_words(error))
