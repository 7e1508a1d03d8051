"""A file → ``Document``: one table of suffixes, one guarded process for everything that can go wrong while reading."""

from __future__ import annotations

from qa.loaders.reading import FileReader
from qa.loaders.registry import document_id, loaders_version, supported_suffixes

__all__ = ["FileReader", "document_id", "loaders_version", "supported_suffixes"]
