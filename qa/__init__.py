"""Verbatim: answers made of words from your own documents.

The public names load at first use: ``import qa`` is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa.conversation.conversation import Conversation
    from qa.errors import VerbatimError
    from qa.generation import Writer
    from qa.library import Library, retrieve
    from qa.settings import LanguageModel, Settings, load_language_model
    from qa.types import (
        AddReport,
        Answer,
        Citation,
        Document,
        FileOutcome,
        Hit,
        Note,
        Passage,
        Progress,
        Source,
        Statement,
    )

__version__ = "0.1.0"

_MODULES = {
    "AddReport": "qa.types",
    "Answer": "qa.types",
    "Citation": "qa.types",
    "Conversation": "qa.conversation.conversation",
    "Document": "qa.types",
    "FileOutcome": "qa.types",
    "Hit": "qa.types",
    "LanguageModel": "qa.settings",
    "Library": "qa.library",
    "Note": "qa.types",
    "Passage": "qa.types",
    "Progress": "qa.types",
    "Settings": "qa.settings",
    "Source": "qa.types",
    "Statement": "qa.types",
    "VerbatimError": "qa.errors",
    "Writer": "qa.generation",
    "load_language_model": "qa.settings",
    "retrieve": "qa.library",
}

__all__ = [
    "AddReport",
    "Answer",
    "Citation",
    "Conversation",
    "Document",
    "FileOutcome",
    "Hit",
    "LanguageModel",
    "Library",
    "Note",
    "Passage",
    "Progress",
    "Settings",
    "Source",
    "Statement",
    "VerbatimError",
    "Writer",
    "load_language_model",
    "retrieve",
]


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return __all__
