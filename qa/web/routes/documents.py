"""The routes of the documents: their list, adding, reading again, removing, and bringing folders up to date."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from qa.errors import FileError
from qa.library import Library
from qa.types import AddReport, FileOutcome, Source
from qa.web.jobs import Background, Status, is_refused
from qa.web.render import source_name

UPLOADS_AT_ONCE = 2
"""Each is held in memory whole while it is read."""
UPLOAD_IDLE_SECONDS = 60.0
"""An upload of which nothing has come for so long is given up: a phone that lost its net would hold up all others."""
MAX_NAME_CHARS = 1000
MAX_FOLDER_CHARS = 1000
REMARKS_SHOWN = 200
"""A report with more files to remark upon names so many; their number is said."""
_PLAIN = frozenset({"added", "updated", "moved", "unchanged", "removed"})


class Chosen(BaseModel):
    """Body of the routes that do something with documents, by the numbers of their sources."""

    model_config = ConfigDict(extra="forbid")
    documents: list[int] = Field(min_length=1)


class Place(BaseModel):
    """Body of ``/api/sync/remove``: a folder of which the status says that much of it is missing."""

    model_config = ConfigDict(extra="forbid")
    place: str


def document_routes(library: Library, background: Background) -> APIRouter:
    """All of them; those that change documents answer when it is done."""
    router = APIRouter()
    uploads, turn = asyncio.Semaphore(UPLOADS_AT_ONCE), asyncio.Lock()

    async def in_turn(work: Callable[[], AddReport]) -> AddReport:
        """One change after another, as the library takes them: those that wait take none of the server's threads."""
        async with turn:
            return await run_in_threadpool(work)

    @router.get("/api/documents")
    def documents() -> dict[str, Any]:
        top = str(library.folder / "uploads")
        return {"documents": [_source_json(source, top) for source in library.sources()]}

    @router.post("/api/documents")
    async def upload(
        request: Request,
        name: Annotated[str, Query(min_length=1, max_length=MAX_NAME_CHARS)],
        folder: Annotated[str, Query(max_length=MAX_FOLDER_CHARS)] = "",
    ) -> dict[str, Any]:
        """The body is the file; its size was checked on the way in."""
        file_name = _file_name(name)
        async with uploads:
            data = await _body(request)
            return report_json(await in_turn(lambda: background.add_upload(file_name, data, folder)))

    @router.get("/api/documents/{source_id}")
    def details(source_id: int) -> dict[str, Any]:
        return _details_json(library, library.source(source_id))

    @router.post("/api/documents/remove")
    async def remove(body: Chosen) -> dict[str, Any]:
        return report_json(await in_turn(lambda: background.remove(body.documents)))

    @router.post("/api/documents/read")
    async def read_again(body: Chosen) -> dict[str, Any]:
        return report_json(await in_turn(lambda: background.read_again(body.documents)))

    @router.post("/api/sync")
    async def bring_up_to_date() -> dict[str, Any]:
        report = await in_turn(background.bring_up_to_date)
        return {**report_json(report), "missing": missing_json(background.status)}

    @router.post("/api/sync/remove")
    async def remove_missing(body: Place) -> dict[str, Any]:
        report = await in_turn(lambda: background.remove_missing(body.place))
        return {**report_json(report), "missing": missing_json(background.status)}

    return router


def report_json(report: AddReport) -> dict[str, Any]:
    """An ``AddReport`` for the page: how many files came out how, and which of them a person should know of.

    A folder of which much is missing is not among them (``missing_json``).
    """
    files = [outcome for outcome in report.files if not is_refused(outcome)]
    counts: dict[str, int] = {}
    for outcome in files:
        counts[outcome.status] = counts.get(outcome.status, 0) + 1
    remarks = [outcome for outcome in files if len(files) == 1 or outcome.status not in _PLAIN or outcome.notes]
    return {
        "read": sum(counts.get(status, 0) for status in ("added", "updated", "moved", "unchanged")),
        "total": len(files),
        "counts": counts,
        "remarks": len(remarks),
        "files": [_outcome_json(outcome) for outcome in remarks[:REMARKS_SHOWN]],
        "waiting": report.waiting,
    }


def missing_json(status: Status) -> list[dict[str, str]]:
    """The questions that bringing folders up to date has left: remove what is missing, or not?"""
    return [{"place": outcome.path, "message": outcome.notes[0].message} for outcome in status.missing]


def waiting_json(library: Library) -> dict[str, list[int]]:
    """Document id → passages with a vector, and all its passages; only documents that wait for some."""
    return {key: [total - waiting, total] for key, (waiting, total) in library.waiting().items()}


def _source_json(source: Source, uploads: str) -> dict[str, Any]:
    return {
        "id": source.id,
        "title": source_name(source),
        "name": PurePath(source.path).name,
        "folder": _folder(source, uploads),
        "path": source.path,
        "document_id": source.document_id,
        "upload": source.upload,
        "size": source.size,
        "added": source.added,
    }


def _folder(source: Source, uploads: str) -> str:
    """The folders above a document, from the one that was added or dropped on; empty for a file by itself."""
    above = os.path.dirname(source.path)
    top = uploads if source.upload else os.path.dirname(source.root.rstrip(os.sep)) if source.root else above
    inside = os.path.relpath(above, top) if top and (above + os.sep).startswith(top.rstrip(os.sep) + os.sep) else ""
    return "" if inside == "." else inside.replace(os.sep, "/")


def _details_json(library: Library, source: Source) -> dict[str, Any]:
    """What there is to know of a document before it is opened or removed."""
    document = library.document(source.document_id)
    same = [other for other in library.sources() if other.document_id == source.document_id and other.id != source.id]
    waiting = waiting_json(library).get(source.document_id)
    return {
        **_source_json(source, str(library.folder / "uploads")),
        "pages": document.report.pages,
        "language": document.language,
        "notes": [note.message for note in document.report.notes],
        "waiting": waiting,
        "also": [source_name(other) for other in same],
        "in_folder": source.root,
    }


def _outcome_json(outcome: FileOutcome) -> Mapping[str, Any]:
    return {
        "name": PurePath(outcome.path).name,
        "source": outcome.source_id,
        "status": outcome.status,
        "reason": outcome.reason,
        "notes": [note.message for note in outcome.notes],
    }


async def _body(request: Request) -> bytes:
    """The file of an upload. Raises ``HTTPException`` when it stops coming."""
    parts: list[bytes] = []
    try:
        async with asyncio.timeout(UPLOAD_IDLE_SECONDS) as patience:
            async for part in request.stream():
                parts.append(part)
                patience.reschedule(asyncio.get_running_loop().time() + UPLOAD_IDLE_SECONDS)
    except TimeoutError as error:
        raise HTTPException(408, "The file stopped coming. Add it again.") from error
    except ClientDisconnect as error:
        raise HTTPException(400, "The file did not come whole. Add it again.") from error
    return b"".join(parts)


def _file_name(name: str) -> str:
    """The last part of an upload's name without control characters; raises FileError when nothing is left."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(sign for sign in last if sign.isprintable()).strip().lstrip(".")
    if not clean:
        raise FileError(name, "this is not a usable file name.")
    return clean
