"""The routes of the documents. Those that change documents answer when it is done."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import PurePath
from tempfile import TemporaryFile
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from qa.codec import to_json
from qa.errors import FileError
from qa.files import writing_to
from qa.ingest.sync import UNCONFIRMED
from qa.library import Library
from qa.storage.layout import Layout
from qa.text.languages import language_name
from qa.types import AddReport, FileOutcome, Source
from qa.web.escape import upright
from qa.web.jobs import Status, is_refused
from qa.web.render import source_name
from qa.web.state import Page

router = APIRouter()
MAX_NAME_CHARS = 1000
REMARKS_SHOWN = 200
_PLAIN = frozenset({"added", "updated", "moved", "unchanged", "removed"})


class Chosen(BaseModel, extra="forbid"):
    """Documents, by the ids of their sources."""

    documents: list[int] = Field(min_length=1)


class Folder(BaseModel, extra="forbid"):
    """A folder that the status asks about."""

    folder: str


@router.get("/api/documents")
def documents(page: Page) -> dict[str, Any]:
    """All documents, in the order in which they were added."""
    uploads = str(Layout(page.library.folder).uploads)
    return {"documents": [_source_json(source, uploads) for source in page.library.sources()]}


@router.post("/api/documents")
async def upload(
    page: Page,
    request: Request,
    name: Annotated[str, Query(min_length=1, max_length=MAX_NAME_CHARS)],
    folder: Annotated[str, Query(max_length=MAX_NAME_CHARS)] = "",
) -> dict[str, Any]:
    """Add a file, which is the body, limited by ``qa.web.security``. It is not in memory before its turn."""
    file_name = _file_name(name)
    with writing_to(page.library.folder), TemporaryFile(dir=page.library.folder) as body:
        try:
            async for part in request.stream():
                body.write(part)
        except ClientDisconnect as error:
            raise HTTPException(400, "The upload was interrupted. Add the file again.") from error
        body.seek(0)
        return report_json(await page.changes.run(lambda: page.background.add_upload(file_name, body.read(), folder)))


@router.get("/api/documents/{source_id}")
def details(page: Page, source_id: int) -> dict[str, Any]:
    """The facts about a document that a user may want before opening or removing it."""
    source = page.library.source(source_id)
    document = page.library.document(source.document_id)
    same = [other for other in page.library.sources() if other.document_id == document.id and other.id != source_id]
    return {
        **_source_json(source, str(Layout(page.library.folder).uploads)),
        "pages": document.report.pages,
        "language": language_name(document.language or ""),
        "notes": [note.message for note in document.report.notes],
        "waiting": waiting_json(page.library).get(document.id),
        "also": [source_name(other) for other in same],
        "in_folder": source.root,
    }


@router.post("/api/documents/remove")
async def remove(page: Page, body: Chosen) -> dict[str, Any]:
    """Remove documents without a trace."""
    return report_json(await page.changes.run(lambda: page.background.remove(body.documents)))


@router.post("/api/documents/read")
async def read_again(page: Page, body: Chosen) -> dict[str, Any]:
    """Read the files of these documents again."""
    return report_json(await page.changes.run(lambda: page.background.read_again(body.documents)))


@router.post("/api/sync")
async def sync(page: Page) -> dict[str, Any]:
    """Update all added folders."""
    report = await page.changes.run(page.background.sync)
    return {**report_json(report), "missing": missing_json(page.background.status)}


@router.post("/api/sync/confirm")
async def confirm(page: Page, body: Folder) -> dict[str, Any]:
    """Read a folder that was not added on this machine, or remove the documents whose files are missing in one, as the
    user has confirmed."""
    report = await page.changes.run(lambda: page.background.confirm(body.folder))
    return {**report_json(report), "missing": missing_json(page.background.status)}


def report_json(report: AddReport) -> dict[str, Any]:
    """The number of files by outcome, and those a user should know about, without the folders of ``missing_json``."""
    files = [outcome for outcome in report.files if not is_refused(outcome)]
    counts = Counter(outcome.status for outcome in files)
    remarks = [outcome for outcome in files if len(files) == 1 or outcome.status not in _PLAIN or outcome.notes]
    return {
        "read": counts["added"] + counts["updated"] + counts["moved"] + counts["unchanged"],
        "total": len(files),
        "counts": {status: count for status, count in counts.items() if count},
        "remarks": len(remarks),
        "files": [_outcome_json(outcome) for outcome in remarks[:REMARKS_SHOWN]],
        "waiting": report.waiting,
    }


def missing_json(status: Status) -> list[dict[str, Any]]:
    """The questions that updating folders has left open: are the missing documents to be removed, or, if ``new``, the
    files to be read?"""
    notes = [(outcome.path, outcome.notes[0]) for outcome in status.missing]
    return [
        {"folder": path, "message": note.message[:1].upper() + note.message[1:], "new": note.code == UNCONFIRMED}
        for path, note in notes
    ]


def waiting_json(library: Library) -> dict[str, list[int]]:
    """Document id → its passages with embeddings, and all its passages; only documents that wait for some."""
    return {key: [total - waiting, total] for key, (waiting, total) in library.waiting().items()}


def _source_json(source: Source, uploads: str) -> dict[str, Any]:
    name, folder = upright(PurePath(source.path).name), upright(_folder(source, uploads))
    shown = {"title": source_name(source), "name": name, "folder": folder, "path": upright(source.path)}
    return {**to_json(source), **shown}


def _folder(source: Source, uploads: str) -> str:
    """The folders above a document, beginning with the one that was added or dropped; empty for a single file."""
    above = os.path.dirname(source.path)
    top = uploads if source.upload else os.path.dirname(source.root.rstrip(os.sep)) if source.root else above
    inside = os.path.relpath(above, top) if top and (above + os.sep).startswith(top.rstrip(os.sep) + os.sep) else ""
    return "" if inside == "." else inside.replace(os.sep, "/")


def _outcome_json(outcome: FileOutcome) -> dict[str, Any]:
    notes = [note.message for note in outcome.notes]
    shown = {"status": outcome.status, "reason": outcome.reason, "notes": notes}
    return {"name": upright(PurePath(outcome.path).name), "source": outcome.source_id, **shown}


def _file_name(name: str) -> str:
    """The last part of an upload's name without control characters; raises ``FileError`` when nothing is left."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(char for char in last if char.isprintable()).strip().lstrip(".")
    if not clean:
        raise FileError(name, "this is not a usable file name.")
    return clean
