"""The routes of the dialog “Language model”; those that contact the address or change the settings are not GET."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException

from qa.generation import is_loopback
from qa.web.state import Page, PageState
from qa.web.writer_settings import Wanted

router = APIRouter()
_PATH = "/api/language-model"
_ELSEWHERE = (
    "The language model can only be set up on the machine that serves this page: in its environment, or in the page "
    "while it is served to that machine only."
)


def _is_here(request: Request, page: PageState) -> bool:
    return is_loopback(page.access.host) and is_loopback(request.client.host if request.client else "")


def only_here(request: Request, page: Page) -> None:
    """Refuse requests from other machines with status 403."""
    if not _is_here(request, page):
        raise HTTPException(403, _ELSEWHERE)


def _shown(page: PageState) -> dict[str, Any]:
    return {**page.writer_choice.status(), "editable": True, "settings": page.writer_choice.shown()}


@router.get(_PATH)
def settings(request: Request, page: Page) -> dict[str, Any]:
    """The settings without the key; for other machines only whether and which model writes."""
    if _is_here(request, page):
        return _shown(page)
    return {**page.writer_choice.status(), "editable": False, "why": _ELSEWHERE}


@router.put(_PATH, dependencies=[Depends(only_here)])
def save(page: Page, wanted: Wanted) -> dict[str, Any]:
    """Save the settings and use them from now on."""
    page.writer_choice.save(wanted)
    return _shown(page)


@router.delete(_PATH, dependencies=[Depends(only_here)])
def turn_off(page: Page) -> dict[str, Any]:
    """Delete the settings."""
    page.writer_choice.turn_off()
    return _shown(page)


@router.post(f"{_PATH}/models", dependencies=[Depends(only_here)])
def models(page: Page, wanted: Wanted) -> dict[str, Any]:
    """The models that an address offers."""
    return {"models": page.writer_choice.models(wanted)}


@router.post(f"{_PATH}/test", dependencies=[Depends(only_here)])
def try_out(page: Page, wanted: Wanted) -> dict[str, Any]:
    """How long a model takes for one word."""
    return {"seconds": page.writer_choice.try_out(wanted)}
