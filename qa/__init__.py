"""Verbatim: answers made of words from your own documents.

The public names load at first use: ``import qa`` is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa.errors import VerbatimError
    from qa.generation import Writer
    from qa.library import Library, retrieve
    from qa.settings import LanguageModel, Settings, load_language_model
    from qa.types import Answer, Citation, Document, Hit, Passage, Source, Statement

_HOMES = {
    "qa.errors": ("VerbatimError",),
    "qa.generation": ("Writer",),
    "qa.library": ("Library", "retrieve"),
    "qa.settings": ("LanguageModel", "Settings", "load_language_model"),
    "qa.types": ("Answer", "Citation", "Document", "Hit", "Passage", "Source", "Statement"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Answer",
    "Citation",
    "Document",
    "Hit",
    "LanguageModel",
    "Library",
    "Passage",
    "Settings",
    "Source",
    "Statement",
    "VerbatimError",
    "Writer",
    "load_language_model",
    "retrieve",
]


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first asked for (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
