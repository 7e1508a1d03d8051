"""All routes of the page in one application. Errors are ``{"error": message}`` with messages meant for people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from qa import errors
from qa.errors import VerbatimError, error_words
from qa.web.gradio_bridge import page_html
from qa.web.routes import conversations, documents, language_model, library, links
from qa.web.state import PageState

STATIC = Path(__file__).parents[1] / "static"
_STATUS_CODES: tuple[tuple[type[VerbatimError], int], ...] = (
    (errors.QuestionError, 400),
    (errors.FilterError, 404),
    (errors.NotFoundError, 404),
    (errors.FileError, 422),
    (errors.LibraryBusy, 503),
    (errors.ModelError, 503),
    (errors.ReaderError, 503),
    (errors.WriterError, 502),
    (errors.LibraryNotWritable, 507),
    (errors.LibraryError, 500),
    (VerbatimError, 400),
)
_frame = APIRouter()


def make_app(page: PageState) -> FastAPI:
    """The application for a page, without Gradio's own routes."""

    @asynccontextmanager
    async def closing(_app: FastAPI) -> AsyncIterator[None]:
        yield
        page.pictures.close()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=closing)
    app.state.page = page
    for routes in (library, language_model, conversations, documents, links):
        app.include_router(routes.router)
    app.include_router(_frame)  # the last: it answers what nothing before has answered
    app.mount("/ui", StaticFiles(directory=STATIC))
    for kind in (VerbatimError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _error)
    return app


@_frame.get("/")
def frame() -> HTMLResponse:
    """The page."""
    return HTMLResponse(page_html(), headers={"cache-control": "no-cache"})


@_frame.get("/favicon.ico")
def icon() -> FileResponse:
    """The icon, for browsers that do not look into the page."""
    return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")


@_frame.api_route("/api/{rest:path}", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
def not_found(rest: str) -> None:
    """Unknown routes do not fall through to Gradio."""
    raise HTTPException(404, f"Not found: /api/{rest}")


async def _error(_request: Request, error: Exception) -> JSONResponse:
    match error:
        case RequestValidationError():
            code, message = 422, "; ".join(map(_problem, error.errors()))
        case HTTPException():
            code, message = error.status_code, error.detail
        case _:
            code = next((code for kind, code in _STATUS_CODES if isinstance(error, kind)), 500)
            message = error_words(error)
    return JSONResponse({"error": message}, code)


def _problem(problem: dict[str, Any]) -> str:
    """What is wrong with one value of a request."""
    return f"{'.'.join(map(str, problem['loc'][1:]))}: {problem['msg']}"
