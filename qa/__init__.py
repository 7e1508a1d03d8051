"""Verbatim: answers made of words that stand in your documents."""

from qa.errors import VerbatimError
from qa.library import Library
from qa.retrieval import retrieve
from qa.settings import Settings
from qa.types import Answer, Citation, Document, Hit, Passage, Source, Statement

__all__ = [
    "Answer",
    "Citation",
    "Document",
    "Hit",
    "Library",
    "Passage",
    "Settings",
    "Source",
    "Statement",
    "VerbatimError",
    "retrieve",
]
