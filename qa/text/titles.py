"""Titles for files that give themselves none."""

from __future__ import annotations

import re
from pathlib import PurePath


def title_words(path: str) -> str:
    """The name of a file as words: ``annual_report-2024.pdf`` becomes ``annual report 2024``."""
    return " ".join(re.split(r"[\s_-]+", PurePath(path).stem)).strip()
