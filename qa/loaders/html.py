"""x"""
from __future__ import annotations
import re
from qa.loaders.base import TextBuilder
def add_html(builder: TextBuilder, html: str, *, first_line: int) -> None:
    builder.block("paragraph", re.sub(r"<!--.*?(?:-->|\Z)|<[^>]*>","",html, flags=re.S), lines=(first_line,))
