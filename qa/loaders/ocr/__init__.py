"""Reading pictures of text: pages without a text layer, and picture files, by OCR on this machine."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

INSTALL = "pip install 'verbatim-qa[ocr]'"
"""The command after which pages can be read by OCR."""


@cache
def is_installed() -> bool:
    """True if pages can be read by OCR here."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None
