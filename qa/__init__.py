"""Verbatim: answers made of words that stand in your documents."""

from qa.errors import VerbatimError
from qa.library import Library
from qa.retrieval import retrieve
from qa.settings import LanguageModel, Settings, load_language_model
from qa.types import Answer, Citation, Document, Hit, Passage, Source, Statement
from qa.writer import Writer

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
