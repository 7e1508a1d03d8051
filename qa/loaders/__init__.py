"""A file → ``Document``: one table of suffixes, one guarded process for everything that can go wrong while reading."""

from __future__ import annotations

from qa.loaders.ocr import is_installed as ocr_is_installed
from qa.loaders.ocr.scan import Scan, Scans
from qa.loaders.reading import FileReader
from qa.loaders.registry import document_id, loaders_version, scanned_id, supported_suffixes

__all__ = [
    "FileReader",
    "Scan",
    "Scans",
    "document_id",
    "loaders_version",
    "ocr_is_installed",
    "scanned_id",
    "supported_suffixes",
]
