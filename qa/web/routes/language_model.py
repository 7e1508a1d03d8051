"""Routes of the dialog “Language model”: only this machine may change settings, and a key is never sent back."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException

from qa.generation import is_loopback
from qa.web.security import Access
from qa.web.writer_settings import Wanted, WriterChoice

_ELSEWHERE = (
    "The language model can only be set up on the machine that serves this page: in its environment, or in the page "
    "while it is served to that machine only."
)


def language_model_routes(choice: WriterChoice, access: Access) -> APIRouter:
    """The routes that the dialog calls. Those that contact the address or change the settings are not GET."""
    router = APIRouter()

    def here(request: Request) -> bool:
        return is_loopback(access.host) and is_loopback(request.client.host if request.client else "")

    def only_here(request: Request) -> None:
        if not here(request):
            raise HTTPException(403, _ELSEWHERE)

    def shown() -> dict[str, Any]:
        return {**choice.status(), "editable": True, "settings": choice.shown()}

    @router.get("/api/language-model")
    def settings(request: Request) -> dict[str, Any]:
        return shown() if here(request) else {**choice.status(), "editable": False, "why": _ELSEWHERE}

    @router.put("/api/language-model", dependencies=[Depends(only_here)])
    def save(wanted: Wanted) -> dict[str, Any]:
        choice.save(wanted)
        return shown()

    @router.delete("/api/language-model", dependencies=[Depends(only_here)])
    def turn_off() -> dict[str, Any]:
        choice.turn_off()
        return shown()

    @router.post("/api/language-model/models", dependencies=[Depends(only_here)])
    def models(wanted: Wanted) -> dict[str, Any]:
        return {"models": choice.models(wanted)}

    @router.post("/api/language-model/test", dependencies=[Depends(only_here)])
    def try_out(wanted: Wanted) -> dict[str, Any]:
        return {"seconds": choice.try_out(wanted)}

    return router
