"""The pages of a PDF: ``/api/document/{id}/pages`` and ``…/page/{number}``, which counts from 1."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from qa.web.page_pictures import MAX_WIDTH
from qa.web.state import Page

router = APIRouter()


@router.get("/api/document/{document_id}/pages")
async def pages(
    page: Page, document_id: str, start: Annotated[int, Query(ge=0)] = 0, end: Annotated[int, Query(ge=0)] = 0
) -> dict[str, Any]:
    """The number of pages, and where on them ``text[start:end]`` is."""
    return await page.drawing.run(lambda: page.pictures.pages(document_id, start, end))


@router.get("/api/document/{document_id}/page/{number}")
async def picture(
    page: Page, document_id: str, number: int, width: Annotated[int, Query(ge=50, le=MAX_WIDTH)] = 1000
) -> Response:
    """One page as a PNG."""
    drawn = await page.drawing.run(lambda: page.pictures.picture(document_id, number, width))
    return Response(drawn, media_type="image/png")
